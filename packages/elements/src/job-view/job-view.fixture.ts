import type { Job } from '@corral/core';
import { SimulatedHub, simulatedJob, simulatedTask } from '@corral/core/testing';
import { fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import type { LogStream } from '../log-stream/log-stream.js';
import { drawn } from '../testing/frames.fixture.js';
import './define.js';
import type { JobView } from './job-view.js';

export const jobWith = (facts: Partial<Job> = {}): Job => simulatedJob({ jobId: 'job-1', ...facts });

/** A hub with one job and its two tasks. */
export function hubWithJob(facts: Partial<Job> = {}): SimulatedHub {
  const hub = new SimulatedHub();
  hub.jobs.add(jobWith(facts), [
    simulatedTask({ taskId: 'task-1', title: 'Write it', status: 'completed', score: 0.9, costUsd: 0.01 }),
    simulatedTask({ taskId: 'task-2', title: 'Test it' }),
  ]);
  return hub;
}

export async function view(hub: SimulatedHub, jobId = 'job-1'): Promise<JobView> {
  const provider = await fixture(
    html`<corral-provider .hub=${hub}><job-view job-id=${jobId}></job-view></corral-provider>`,
  );
  await drawn(4);
  return provider.querySelector('job-view') as JobView;
}

export async function given(facts: Partial<JobView>): Promise<JobView> {
  const element = await fixture<JobView>(html`<job-view></job-view>`);
  Object.assign(element, facts);
  await drawn(4);
  return element;
}

export const all = <E extends Element = HTMLElement>(element: Element, selector: string): E[] => [
  ...(element.shadowRoot?.querySelectorAll<E>(selector) ?? []),
];
export const read = (element: Element | null | undefined): string =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
export const texts = (element: Element, selector: string): string[] => all(element, selector).map(read);
export const captions = (element: Element): string[] => texts(element, '.actions button');

/** Titles and states of the task cards. */
export const cards = (element: Element): string[] =>
  all(element, '.tasks task-card').map(
    (card) =>
      `${read(card.shadowRoot?.querySelector('h4'))}: ${read(card.shadowRoot?.querySelector('.badge'))}`,
  );

export const logOf = (element: Element): LogStream => all<LogStream>(element, 'log-stream')[0] as LogStream;
export const logged = (element: Element): string[] => texts(logOf(element), '.message');

export async function press(element: Element, caption: string): Promise<void> {
  const button = all<HTMLButtonElement>(element, 'button').find((one) => read(one) === caption);
  if (!button) throw new Error(`Expected a button ${caption}`);
  button.click();
  await drawn();
}
