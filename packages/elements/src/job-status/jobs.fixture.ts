import type { Job } from '@corral/core';
import { SimulatedHub, simulatedJob } from '@corral/core/testing';
import { fixture, html } from '@open-wc/testing';
import type { TemplateResult } from 'lit';
import '../corral-provider/define.js';
import { drawn, inside } from '../testing/frames.fixture.js';

const noCounts: Job['taskCounts'] = { pending: 0, running: 0, completed: 0, degraded: 0, failed: 0 };

/** How many tasks there are in each state; those that are not given are none. */
export const counts = (given: Partial<Job['taskCounts']>): Job['taskCounts'] => ({ ...noCounts, ...given });

/** A running job whose description is its id. */
export const job = (jobId: string, facts: Partial<Job> = {}): Job =>
  simulatedJob({ jobId, projectDescription: jobId, ...facts });

/** A job that has ended. @param at the hour in which it was made: later ones come first */
export const ended = (
  jobId: string,
  at: number,
  status: 'done' | 'failed' | 'cancelled' = 'done',
  facts: Partial<Job> = {},
): Job =>
  job(jobId, {
    status,
    finalStatus: status,
    createdAt: new Date(Date.UTC(2026, 0, 1, at)).toISOString(),
    endedAt: new Date(Date.UTC(2026, 0, 1, at, 30)).toISOString(),
    ...facts,
  });

/** A hub with these jobs. */
export function hubOf(jobs: readonly Job[]): SimulatedHub {
  const hub = new SimulatedHub();
  for (const one of jobs) hub.jobs.add(one);
  return hub;
}

/** An element under a provider with this hub. */
export async function under<E extends HTMLElement>(hub: SimulatedHub, content: TemplateResult): Promise<E> {
  const provider = await fixture<HTMLElement>(
    html`<corral-provider .hub=${hub}>${content}</corral-provider>`,
  );
  await drawn();
  return provider.firstElementChild as E;
}

/** Every element for a selector in a shadow tree. */
export const all = <E extends Element = HTMLElement>(host: Element, selector: string): E[] => [
  ...(host.shadowRoot?.querySelectorAll<E>(selector) ?? []),
];

/** What a person reads, with white space as it is shown. */
export const read = (element: Element | null | undefined): string =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();

/** What a person reads in an element of a shadow tree. */
export const readIn = (host: Element, selector: string): string =>
  read(host.shadowRoot?.querySelector(selector));

/** Presses a button, and waits until that is drawn. */
export async function press(host: Element, selector: string): Promise<void> {
  inside(host, selector).click();
  await drawn();
}

/** Types into a field as a person does, and leaves it. */
export async function type(host: Element, selector: string, text: string): Promise<void> {
  const field = inside<HTMLInputElement>(host, selector);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
  await drawn();
}

/** A promise with its ends. */
export function waiting<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
