import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { CorralError } from '../errors.js';
import { jobSpecSchema } from './job-schemas.js';
import { checkJobRequest } from './job-spec.js';
import { cycleIn } from './task-cycle.js';

const base = { projectDescription: 'Say hello' };

/** What a request is refused for: its code, and the fields that are named. */
function refusal(facts: unknown): { code: string; fields: string[] } {
  try {
    checkJobRequest(facts);
  } catch (error) {
    if (!(error instanceof CorralError)) throw error;
    return { code: error.code, fields: Object.keys((error.details as { fields: object }).fields) };
  }
  return { code: 'accepted', fields: [] };
}
const field = (facts: object) => refusal({ ...base, ...facts });

describe('checkJobRequest', () => {
  it('I56 fills in what is missing', () => {
    expect(checkJobRequest(base)).toEqual({
      projectDescription: 'Say hello',
      successCriteria: [],
      budgetUsd: 8,
      budgetTokens: null,
      timeLimitS: 5400,
      concurrency: 3,
      maxIterations: 3,
      targetScore: 0.8,
      model: null,
      labels: [],
      tasks: null,
    });
  });

  it('knows keys in camelCase and snake_case, and not both of one field', () => {
    const snake = {
      project_description: 'Say hello',
      success_criteria: '- prints hello\n* exits with 0\n1. is short\n\n-\n2) has a test',
      budget_usd: 0.5,
      budget_tokens: 1000,
      time_limit_s: 60,
      max_iterations: 2,
      target_score: 1,
      tasks: [
        { task_id: 'a', prompt: 'x' },
        { prompt: 'Second\nline', depends_on: ['a', 'a'] },
      ],
    };
    expect(checkJobRequest(snake)).toMatchObject({
      successCriteria: ['prints hello', 'exits with 0', 'is short', 'has a test'],
      budgetUsd: 0.5,
      timeLimitS: 60,
      tasks: [
        { taskId: 'a', title: 'x', prompt: 'x', dependsOn: [] },
        { taskId: 'task-2', title: 'Second', prompt: 'Second\nline', dependsOn: ['a'] },
      ],
    });
    expect(field({ budgetUsd: 1, budget_usd: 2 })).toEqual({ code: 'invalid_job', fields: ['budgetUsd'] });
    expect(field({ tasks: [{ prompt: 'x', taskId: 'a', task_id: 'a' }] }).fields).toEqual(['tasks.0.taskId']);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
    ['no description', {}],
    ['an empty description', { projectDescription: ' \n ' }],
    ['a number for a description', { projectDescription: 7 }],
    ['an unknown field', { ...base, colour: 'red' }],
    ['a key of every object', JSON.parse('{"projectDescription":"x","__proto__":{"admin":true}}')],
    ['a constructor', { ...base, constructor: 1 }],
  ])('refuses %s', (_name, request) => {
    expect(refusal(request).code).toBe('invalid_job');
  });

  it.each([0, -1, -0, Infinity, -Infinity, Number.NaN, 1e12, Number('9007199254740993')])(
    'I47 I56 refuses a budget, a time and a concurrency of %s',
    (number) => {
      for (const name of ['budgetUsd', 'budgetTokens', 'timeLimitS', 'concurrency', 'maxIterations']) {
        if (name === 'budgetTokens' && number === 1e12) continue;
        expect(field({ [name]: number })).toEqual({ code: 'out_of_range', fields: [name] });
      }
    },
  );

  it.each(['5', '∞', true, null, {}, [5]])('I47 I56 refuses %j where a number belongs', (value) => {
    for (const name of ['budgetUsd', 'timeLimitS', 'concurrency', 'targetScore'])
      expect(field({ [name]: value })).toEqual({ code: 'invalid_job', fields: [name] });
  });

  it('refuses halves of counts, and scores beyond 1', () => {
    expect(field({ concurrency: 2.5, maxIterations: 21, targetScore: 1.01, timeLimitS: 2_592_001 })).toEqual({
      code: 'out_of_range',
      fields: ['timeLimitS', 'concurrency', 'maxIterations', 'targetScore'],
    });
  });

  it('I57 refuses what is too many or too long', () => {
    const task = { prompt: 'x' };
    const many = (count: number) => Array.from({ length: count }, () => ({ ...task }));
    expect(field({ tasks: many(1001) })).toEqual({ code: 'limit_exceeded', fields: ['tasks'] });
    expect(field({ tasks: many(1000) }).code).toBe('accepted');
    const prompt = 'é'.repeat(32_768);
    expect(field({ tasks: [{ prompt: `${prompt}x` }] })).toEqual({
      code: 'limit_exceeded',
      fields: ['tasks.0.prompt'],
    });
    expect(field({ tasks: [{ prompt }] }).code).toBe('accepted');
    expect(field({ labels: Array.from({ length: 201 }, (_, i) => `l${i}`) }).code).toBe('limit_exceeded');
    expect(field({ labels: ['x'.repeat(129)] })).toEqual({ code: 'limit_exceeded', fields: ['labels.0'] });
    expect(field({ successCriteria: 'x\n'.repeat(201) }).code).toBe('limit_exceeded');
    expect(field({ successCriteria: ['x'.repeat(4097)] }).fields).toEqual(['successCriteria.0']);
    expect(field({ projectDescription: 'x'.repeat(65_537) }).code).toBe('limit_exceeded');
    expect(field({ tasks: [{ prompt: 'x', title: 'x'.repeat(201) }] }).fields).toEqual(['tasks.0.title']);
  });

  it('I57 refuses ids that are not one of a kind, or that are paths', () => {
    const ids = (...taskIds: unknown[]) =>
      field({ tasks: taskIds.map((taskId) => ({ taskId, prompt: 'x' })) });
    expect(ids('a', 'b', 'a')).toEqual({ code: 'duplicate_task_id', fields: ['tasks.2.taskId'] });
    expect(ids('task-2', undefined).code).toBe('duplicate_task_id');
    for (const id of ['../x', '..', '.', '', 'a/b', 'a b', 'x'.repeat(65), 'é', 'a\n'])
      expect(ids(id)).toEqual({ code: 'invalid_id', fields: ['tasks.0.taskId'] });
    expect(ids(7).code).toBe('invalid_job');
  });

  it('refuses tasks that wait for nobody, or for each other', () => {
    const order = (...needs: string[][]) =>
      field({ tasks: needs.map((dependsOn, index) => ({ taskId: `t${index}`, prompt: 'x', dependsOn })) });
    expect(order([], ['t9'])).toEqual({ code: 'invalid_job', fields: ['tasks.1.dependsOn'] });
    expect(order(['t0'])).toEqual({ code: 'invalid_job', fields: ['tasks.0.dependsOn'] });
    expect(order(['t2'], ['t0'], ['t1'], []).fields).toHaveLength(3);
    expect(order([], ['t0'], ['t0', 't1']).code).toBe('accepted');
    expect(field({ tasks: [] })).toEqual({ code: 'invalid_job', fields: ['tasks'] });
  });

  it.each(['a\0b', '\ud800', 'a\u202eb', 'a\u001b[31mb', '\u2066x'])('refuses %j in a text', (text) => {
    const facts = { projectDescription: text, labels: [text], model: text, successCriteria: [text] };
    expect(refusal({ ...facts, tasks: [{ prompt: text, title: text }] })).toEqual({
      code: 'invalid_job',
      fields: [
        'projectDescription',
        'successCriteria.0',
        'model',
        'labels.0',
        'tasks.0.prompt',
        'tasks.0.title',
      ],
    });
  });

  it('keeps texts of many languages, and one form of each label', () => {
    const spec = checkJobRequest({
      projectDescription: 'שלום\tعالم 👩‍🚀\r\nline',
      labels: ['e\u0301', '\u00e9', ' x '],
    });
    expect(spec.projectDescription).toBe('שלום\tعالم 👩‍🚀\r\nline');
    expect(spec.labels).toEqual(['\u00e9', 'x']);
  });

  it('I58 leaves templates as they are', () => {
    const text = "{{constructor.constructor('return process')()}} ${7*7} <%= 1 %> #{1} %s $1 $&";
    const spec = checkJobRequest({
      projectDescription: text,
      successCriteria: [text],
      tasks: [{ prompt: text }],
    });
    expect([spec.projectDescription, spec.successCriteria[0], spec.tasks?.[0]?.prompt]).toEqual([
      text,
      text,
      text,
    ]);
  });

  it('names every problem, the gravest first, and not without end', () => {
    expect(field({ budgetUsd: 0, concurrency: 'x', labels: ['x'.repeat(200)], colour: 1 })).toEqual({
      code: 'invalid_job',
      fields: ['colour', 'budgetUsd', 'concurrency', 'labels.0'],
    });
    const unknown = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, 1]));
    expect(field(unknown).fields).toHaveLength(50);
    expect(field({ ['x'.repeat(1000)]: 1, 'a\u202eb': 1 }).fields).toEqual(['x'.repeat(64), 'a\ufffdb']);
  });

  it('answers with a job or a typed refusal, whatever comes', () => {
    const odd = [
      null,
      undefined,
      0,
      -0,
      1,
      0.5,
      Number.NaN,
      Infinity,
      7n,
      true,
      '',
      ' ',
      'x',
      '../x',
      '\ud800',
    ];
    const objects = [
      [],
      {},
      [null],
      ['x'],
      ['x', 'x'],
      [[[]]],
      { length: 9 },
      new Date(0),
      () => {},
      Symbol('x'),
    ];
    const unit = fc.constantFrom('a', '-', '.', ' ', '\n', '\0', 'é', '\u202e', '\ud800', '👩');
    const text = fc.string({ unit, maxLength: 100 });
    const value = fc.oneof(fc.constantFrom<unknown>(...odd, ...objects), text);
    const optional = { requiredKeys: [] };
    const task = fc.record({ prompt: value, taskId: value, title: value, depends_on: value }, optional);
    const tasks = fc.oneof(value, fc.array(task, { maxLength: 4 }));
    const request = fc.record(
      {
        projectDescription: value,
        success_criteria: value,
        budgetUsd: value,
        labels: value,
        model: value,
        tasks,
      },
      optional,
    );
    fc.assert(
      fc.property(fc.oneof(value, request), fc.boolean(), (facts, isBased) => {
        const whole = isBased && typeof facts === 'object' && facts !== null ? { ...base, ...facts } : facts;
        try {
          z.parse(jobSpecSchema, checkJobRequest(whole));
        } catch (error) {
          expect(error).toBeInstanceOf(CorralError);
          expect(Object.keys((error as CorralError).details?.['fields'] as object).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('finds circles of any length without going deep', () => {
    const chain = Array.from({ length: 10_000 }, (_, i) => ({
      taskId: `${i}`,
      dependsOn: i ? [`${i - 1}`] : [],
    }));
    expect(cycleIn(chain)).toEqual([]);
    chain[0] = { taskId: '0', dependsOn: ['9999'] };
    expect(cycleIn(chain)).toHaveLength(10_000);
  });
});
