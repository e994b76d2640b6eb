import {
  type MetricsField,
  type MetricsReading,
  type MetricsSnapshot,
  type MetricsWindow,
  metricsFields,
} from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';

/** When the newest reading of a story was taken: the same picture in every run. */
export const storyNowMs = Date.UTC(2026, 0, 15, 10, 15, 20);

const nothingKnown = Object.fromEntries(
  metricsFields.map((field) => [field, null]),
) as unknown as MetricsReading;

/** A reading for stories: what is not given is unknown. */
export function oneSnapshot(
  backendId: string,
  facts: Partial<Omit<MetricsSnapshot, 'backendId' | 'id'>> = {},
  atMs = storyNowMs,
): MetricsSnapshot {
  const at = new Date(atMs).toISOString();
  return { ...nothingKnown, name: backendId, at, ...facts, id: `${backendId}@${at}`, backendId };
}

/** How a simulated backend behaves. */
interface Character {
  readonly backendId: string;
  readonly name: string;
  /** Between 0 and 1: where in its waves it is. */
  readonly phase: number;
  readonly ramTotal?: number;
  readonly gpuMemoryTotal?: number;
  readonly hasQueue?: boolean;
}

const characters: readonly Character[] = [
  { backendId: 'workstation', name: 'workstation', phase: 0, ramTotal: 64e9, gpuMemoryTotal: 24e9 },
  { backendId: 'rack-2', name: 'rack-2', phase: 0.4, ramTotal: 256e9, gpuMemoryTotal: 96e9 },
  { backendId: 'mac-studio', name: 'mac-studio', phase: 0.7, ramTotal: 192e9 },
  { backendId: 'llama-server', name: 'llama-server on 8080', phase: 0.2, hasQueue: true },
];

/** What each simulated backend says at a time: waves, with now and then a short peak. */
export function snapshotsAt(atMs: number): MetricsSnapshot[] {
  return characters.map(({ backendId, name, phase, ramTotal, gpuMemoryTotal, hasQueue }) => {
    const seconds = atMs / 1000 + phase * 300;
    const slow = 0.5 + 0.5 * Math.sin(seconds / 47);
    const quick = 0.5 + 0.5 * Math.sin(seconds / 5.3) * Math.cos(seconds / 3.1);
    const peak = Math.floor(seconds) % 83 === 0 ? 1 : 0;
    if (hasQueue) return oneSnapshot(backendId, { name, queueDepth: Math.round(slow * 4 + peak * 3) }, atMs);
    const facts: Partial<Record<MetricsField, number>> = {
      cpuUtilization: Math.min(100, 12 + 46 * slow + 14 * quick + 30 * peak),
      ramUsed: (ramTotal ?? 0) * (0.42 + 0.12 * slow),
      ramTotal: ramTotal ?? 0,
    };
    if (gpuMemoryTotal === undefined) return oneSnapshot(backendId, { name, ...facts }, atMs);
    const gpu = {
      gpuUtilization: Math.min(100, 96 * slow * (0.7 + 0.3 * quick)),
      gpuMemoryUsed: gpuMemoryTotal * (0.55 + 0.2 * slow),
      gpuMemoryTotal,
      gpuTemperature: 44 + 28 * slow,
    };
    return oneSnapshot(backendId, { name, ...facts, ...gpu }, atMs);
  });
}

/** What the simulated backends said in the last minutes; nothing in the seconds of `holes`, counted back from now. */
export function windowsOf(
  minutes: number,
  holes: readonly (readonly [from: number, to: number])[] = [],
): MetricsWindow[] {
  const readings = Array.from({ length: minutes * 60 }, (_, i) => minutes * 60 - 1 - i)
    .filter((ago) => !holes.some(([from, to]) => ago >= from && ago <= to))
    .map((ago) => snapshotsAt(storyNowMs - ago * 1000));
  return characters.map(({ backendId, name }, index) => {
    const own = readings.flatMap((snapshots) => snapshots[index] ?? []);
    const known = metricsFields.filter((field) => own.some((snapshot) => snapshot[field] !== null));
    const columns = known.map((field) => [field, own.map((snapshot) => snapshot[field])] as const);
    return {
      backendId,
      name,
      atMs: own.map(({ at }) => Date.parse(at)),
      values: Object.fromEntries(columns),
    };
  });
}

/** A hub with readings of the last minutes. */
export function hubWithReadings(
  minutes = 15,
  holes: readonly (readonly [number, number])[] = [],
): SimulatedHub {
  const hub = new SimulatedHub();
  hub.fleet.setWindows(windowsOf(minutes, holes));
  hub.fleet.collect(snapshotsAt(storyNowMs));
  return hub;
}

/** A hub whose backends have a new reading with every tick. */
export function liveHub(minutes: number): SimulatedHub {
  const hub = hubWithReadings(minutes);
  let seconds = 0;
  hub.subscribe('models:sampled', () => {
    seconds += 1;
    hub.fleet.collect(snapshotsAt(storyNowMs + seconds * 1000));
  });
  return hub;
}
