import type { BulkProgress, HubFace, ModelStatus } from '@corral/core';
import type { StateGroup } from './arrangement.js';

/** What a hub does with all models now. */
export type Activity = ReturnType<HubFace['activity']>;

const connectionTexts = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting… these are the last known numbers',
  closed: 'Not connected',
} as const;

/** What each group of states is called. */
export const groupTexts: Readonly<Record<StateGroup, string>> = {
  active: 'Active',
  loading: 'Loading',
  sleeping: 'Sleeping',
  failed: 'Failed',
  stopped: 'Stopped',
};

/** How many models there are, and how many of them are active. */
export function countText(models: readonly ModelStatus[]): string {
  const active = models.filter(({ state }) => state === 'ready').length;
  return `${modelsText(models.length)}, ${active} active`;
}

/** How the hub is reached, and why not; without any model a grid says why in place of its cards, and once is enough. */
export function connectionText(hub: HubFace): string {
  const { connection, error } = hub;
  const says = connection !== 'live' && error && hub.models().length > 0;
  return `${connectionTexts[connection]}${says ? ` ${error.message}` : ''}`;
}

/** How far a scan and a start or stop of all models have come. */
export function progressText({ scan, bulk }: Activity, scanIsAsked: boolean): string {
  const texts: string[] = [];
  if (scan) texts.push(`Scanning ${scan.done} of ${scan.total}`);
  else if (scanIsAsked) texts.push('Scanning…');
  if (bulk) {
    const doing = bulk.action === 'start' ? 'Starting' : 'Stopping';
    texts.push(`${doing} ${bulk.done} of ${bulk.total}${bulk.failed > 0 ? `, ${bulk.failed} failed` : ''}`);
  }
  return texts.join(' · ');
}

/** What did not work when all models were to start or stop; it stays until the next time. */
export function outcomeText(outcome: BulkProgress | undefined): string | undefined {
  if (!outcome || outcome.failed === 0) return undefined;
  const { failed, total, action } = outcome;
  return `${failed} of ${modelsText(total)} did not ${action}`;
}

function modelsText(count: number): string {
  return `${count} ${count === 1 ? 'model' : 'models'}`;
}
