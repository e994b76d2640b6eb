import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstJsonObject } from './json-answer.js';
import { readJudgement } from './judge-output.js';
import { readPlan } from './plan-job.js';

describe('firstJsonObject', () => {
  it('finds an object whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string().map((text) => text.replace(/[{}"]/g, '')),
        fc.string(),
        (object, before, after) => {
          const text = JSON.stringify(object);
          expect(firstJsonObject(`${before}\n${text}\n${after}`)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it.each([
    ['a fence', '```json\n{"a":1}\n```', { a: 1 }],
    ['braces in strings', 'x {"a":"}{\\""} y', { a: '}{"' }],
    ['an attempt before it', 'like {this}: {"a":1}', { a: 1 }],
    ['nothing', 'no', undefined],
    ['a list', '[1]', undefined],
    ['a beginning', '{"a":', undefined],
  ])('reads %s', (_what, text, object) => {
    expect(firstJsonObject(text)).toEqual(object);
  });

  it('gives up soon on a text full of braces', () => {
    const startedMs = performance.now();
    expect(firstJsonObject('{'.repeat(500_000))).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});

describe('readPlan', () => {
  it('makes tasks that a runner takes, of any JSON', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.jsonValue({ maxDepth: 2 }),
            fc.record({
              title: fc.string(),
              prompt: fc.string({ unit: 'binary' }),
              dependsOn: fc.array(fc.oneof(fc.integer({ min: -1, max: 12 }), fc.string())),
            }),
          ),
          { maxLength: 12 },
        ),
        (tasks) => {
          const plan = readPlan({ tasks }, 8) ?? [];
          const faults = plan.filter(({ taskId, prompt, dependsOn = [] }, place) => {
            const earlier = plan.slice(0, place).map((task) => task.taskId);
            const isNamed = taskId === `task-${place + 1}` && dependsOn.every((id) => earlier.includes(id));
            return !isNamed || prompt.trim() === '' || /\p{Surrogate}|\u0000/u.test(prompt);
          });
          expect([faults, plan.length <= 8]).toEqual([[], true]);
        },
      ),
    );
    expect(readPlan({ tasks: 'none' }, 8)).toBeUndefined();
  });

  it('understands names and ids in place of numbers', () => {
    const rows = [
      { id: 'a', title: 'First', prompt: 'x' },
      { prompt: 'y', dependsOn: ['a'] },
      { prompt: 'z', dependsOn: ['First', 'task-2'] },
    ];
    expect(readPlan({ tasks: rows }, 8)?.map(({ dependsOn }) => dependsOn)).toEqual([
      [],
      ['task-1'],
      ['task-1', 'task-2'],
    ]);
  });
});

describe('readJudgement', () => {
  it.each([
    [80, 0.8],
    [0, 0],
    [100, 1],
    [0.8, 0.8],
    ['70', 0.7],
    ['70/100', 0.7],
    [101, undefined],
    [-1, undefined],
    ['good', undefined],
    [null, undefined],
  ])('reads a score of %j as %j', (given, score) => {
    expect(readJudgement({ score: given, feedback: 'x' })?.score).toBe(score);
  });
});
