import type { JobLogEvent, JobLogLevel } from '@corral/core';
import type { LogStream } from '@corral/elements';
import type { Meta, StoryObj } from '@storybook/web-components-vite';
import { getStorybookHelpers } from '@wc-toolkit/storybook-helpers';
import { html, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';

const { args, argTypes, template } = getStorybookHelpers<LogStream>('log-stream', {
  excludeCategories: ['methods'],
});

const texts: readonly (readonly [JobLogLevel, string])[] = [
  ['info', 'Begins: Write the tests'],
  ['debug', 'def test_prints_the_weather_of_a_city(capsys, monkeypatch):'],
  ['debug', '    monkeypatch.setattr(weather, "fetch", lambda city: {"city": city, "sky": "rain"})'],
  ['info', 'Iteration 2: the score of 0.612 is below 0.8'],
  ['warn', 'The answer was cut off: it reached the limit of tokens'],
  ['info', 'Completed with a score of 0.931'],
  ['error', 'The endpoint failed while it answered; it is tried again in 4 s'],
];

/** So many lines of a job, a fifth of a second apart. */
function linesOf(count: number): JobLogEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const [level, msg] = texts[i % texts.length] as (typeof texts)[number];
    const ts = new Date(Date.UTC(2026, 0, 1, 12) + i * 200).toISOString();
    return { type: 'log', seq: i + 1, ts, level, msg, taskId: i % 7 === 5 ? null : `task-${1 + (i % 4)}` };
  });
}

/** Lines come in by a method: it is there as soon as the element is defined. */
function given(lines: readonly JobLogEvent[]): ReturnType<typeof ref> {
  return ref(async (element) => {
    if (!element) return;
    await customElements.whenDefined('log-stream');
    customElements.upgrade(element);
    (element as LogStream).appendLines(lines);
  });
}

const plain = (lines: readonly JobLogEvent[]): TemplateResult =>
  html`<log-stream ${given(lines)}></log-stream>`;

const meta = {
  title: 'Elements/Log stream',
  component: 'log-stream',
  args,
  argTypes,
  render: (shown) => template(shown),
} satisfies Meta;
export default meta;
type Story = StoryObj<Partial<LogStream>>;

/** No lines yet. */
export const Waiting: Story = {};

/** A log of a few minutes, at its end. */
export const Lines: Story = {
  parameters: { controls: { disable: true } },
  render: () => plain(linesOf(400)),
};

/** 120,000 lines: the newest 100,000 are kept. */
export const HundredThousand: Story = {
  parameters: { controls: { disable: true } },
  render: () => plain(linesOf(120_000)),
};

/** Warnings and errors alone. */
export const Filtered: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`<log-stream level="warn" ${given(linesOf(400))}></log-stream>`,
};

/** Long lines are broken; some lines were lost on the way. */
export const Wrapped: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`<log-stream wrap gap ${given([...linesOf(40), longLine(40)])}></log-stream>`,
};

/** Texts that would do harm, or break the layout, if they were more than text. */
export const HostileTexts: Story = {
  parameters: { controls: { disable: true } },
  render: () =>
    plain(
      [
        '<script>alert(1)</script>',
        '<img src=x onerror=alert(1)>',
        '\u202Egpj.exe',
        'مرحبا بالعالم، هذا سطر من اليمين إلى اليسار',
        'two\nlines, and a tab\there',
        '\u001B[31mred\u001B[0m',
        'z̷̢̛a̶l̸g̴o̵ 👩‍👩‍👧‍👦 你好',
      ].map((msg, i) => ({ ...longLine(i), level: 'info', msg, taskId: msg })),
    ),
};

/** In a narrow place, levels are letters and tasks are left out. */
export const Narrow: Story = {
  parameters: { controls: { disable: true } },
  render: () => html`<div style="max-width: 330px">${plain(linesOf(60))}</div>`,
};

function longLine(i: number): JobLogEvent {
  const ts = new Date(Date.UTC(2026, 0, 1, 12, 1) + i * 200).toISOString();
  const msg = `Score 0.412: ${'the tests do not cover a city that does not exist, '.repeat(8)}and so on`;
  return { type: 'log', seq: i + 1, ts, level: 'warn', msg, taskId: 'task-3' };
}
