import type { JobLogEvent } from '@corral/core';
import { fixture, html } from '@open-wc/testing';
import { drawn } from '../testing/frames.fixture.js';
import './define.js';
import type { LogStream } from './log-stream.js';

export const logLine = (number: number, facts: Partial<JobLogEvent> = {}): JobLogEvent => ({
  type: 'log',
  seq: number + 1,
  ts: new Date(Date.UTC(2026, 0, 1) + number * 10).toISOString(),
  level: 'info',
  msg: `line ${number}`,
  taskId: null,
  ...facts,
});

export const logLines = (count: number, from = 0): JobLogEvent[] =>
  Array.from({ length: count }, (_, i) => logLine(from + i));

export async function log(lines: readonly JobLogEvent[] = []): Promise<LogStream> {
  const element = await fixture<LogStream>(html`<log-stream></log-stream>`);
  element.appendLines(lines);
  await drawn(4);
  return element;
}

const all = (element: Element, selector: string): HTMLElement[] => [
  ...(element.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? []),
];

export const shownMessages = (element: Element): string[] =>
  all(element, '.message').map((one) => one.textContent);

/** Messages of the lines that a person sees without scrolling. */
export function seenMessages(element: Element): string[] {
  const area = all(element, '.lines')[0]?.getBoundingClientRect();
  if (!area) return [];
  const isSeen = (row: HTMLElement): boolean => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > area.top + 1 && top < area.bottom - 1;
  };
  return all(element, '.row')
    .filter(isSeen)
    .map((row) => row.querySelector('.message')?.textContent ?? '');
}

export const buttonOf = (element: Element, text: string): HTMLButtonElement => {
  const found = all(element, 'button').find((one) => one.textContent.trim().startsWith(text));
  if (!found) throw new Error(`Expected a button ${text}`);
  return found as HTMLButtonElement;
};

export async function scrollTo(element: Element, top: number): Promise<void> {
  const [area] = all(element, '.lines');
  if (area) area.scrollTop = top;
  await drawn(3);
}
