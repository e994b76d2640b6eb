import type { JobText } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { YamlJobReader, type YamlJobReaderOptions } from './yaml-job-reader.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

function make(options?: YamlJobReaderOptions) {
  const reader = new YamlJobReader(options);
  dispose.push(() => reader.dispose());
  const refusal = (yaml: unknown) =>
    reader.read({ yaml } as JobText).then(
      () => undefined,
      (error: { code: string; details: Record<string, unknown> }) => error,
    );
  return { reader, read: (yaml: string) => reader.read({ yaml }), refusal };
}

const small = 'projectDescription: x';
/** It takes the thread a while. */
const slowText = '---\n'.repeat(65_000);

describe('YamlJobReader', () => {
  it('reads jobs one after the other, each with its own answer', async () => {
    const { read } = make();
    const texts = Array.from({ length: 20 }, (_, n) => `project_description: job ${n}\nbudgetUsd: ${n + 1}`);
    const jobs = await Promise.all(texts.map(read));
    expect(jobs).toEqual(texts.map((_, n) => ({ project_description: `job ${n}`, budgetUsd: n + 1 })));
  });

  it('says where a text stops being YAML', async () => {
    const { refusal } = make();
    expect(await refusal('projectDescription: x\nlabels: [a\n')).toMatchObject({
      code: 'invalid_yaml',
      details: { line: 3, column: 1, problem: expect.any(String) as string },
    });
  });

  it('says on which line a field is wrong, whatever its spelling', async () => {
    const { refusal } = make();
    const text = 'project_description: x\n\ntime_limit_s: soon\ntasks:\n  - prompt: a\n  - title: b\n';
    const { code, details } = (await refusal(text))!;
    expect(code).toBe('invalid_job');
    const { fields, lines } = details as { fields: Record<string, string>; lines: Record<string, number> };
    expect(Object.keys(lines).sort()).toEqual(Object.keys(fields).sort());
    expect(new Set(Object.values(lines))).toEqual(new Set([3, 6]));
    const camel = (await refusal('projectDescription: x\ntimeLimitS: soon'))?.details['lines'];
    expect(camel).toEqual({ timeLimitS: 2 });
    // What is missing is missed where it belongs.
    expect((await refusal('labels: []'))?.details['lines']).toEqual({});
  });

  it.each([42, null, undefined, {}, ['a']])('refuses %j as no text', async (yaml) => {
    expect(await make().refusal(yaml)).toMatchObject({ code: 'invalid_yaml' });
  });

  it('I51 refuses one byte more than 256 KiB, however many characters that are', async () => {
    const { refusal } = make();
    for (const text of ['#'.repeat(262_145), '\u20ac'.repeat(87_382)])
      expect(await refusal(text)).toMatchObject({ code: 'yaml_too_large' });
    expect(await refusal('#'.repeat(262_144))).toMatchObject({ code: 'invalid_yaml' });
    expect(await refusal(`#${'\u20ac'.repeat(87_381)}`)).toMatchObject({ code: 'invalid_yaml' });
  });

  it('gives up a text that takes longer than a second, and reads the next one', async () => {
    const clock = new SimulatedClock();
    const { read, refusal } = make({ clock });
    await read(small);
    const [slow, next] = [refusal(slowText), read(small)];
    // As far as to the question, and not to its answer.
    for (let step = 0; step < 20; step++) await Promise.resolve();
    await clock.advance(1000);
    expect(await slow).toMatchObject({
      code: 'invalid_yaml',
      details: { problem: 'The text takes too long to read' },
    });
    expect(await next).toEqual({ projectDescription: 'x' });
  });

  it('lets the thread go when nobody needs it, begins another, and leaves nothing', async () => {
    const clock = new SimulatedClock();
    const { reader, read } = make({ clock });
    await reader.dispose();
    expect(clock.timerCount).toBe(0);
    const second = new YamlJobReader({ clock });
    for (let n = 0; n < 3; n++) await second.read({ yaml: small });
    expect(clock.timerCount).toBe(1);
    await clock.advance(30_000);
    expect(clock.timerCount).toBe(0);
    expect(await second.read({ yaml: small })).toEqual({ projectDescription: 'x' });
    await second.dispose();
    await second.dispose();
    expect(clock.timerCount).toBe(0);
    expect(await read(small)).toEqual({ projectDescription: 'x' });
    expect(clock.timerCount).toBe(0);
  });
});
