import { limits } from '@corral/core';
import { expect } from '@open-wc/testing';
import { type DraftField, emptyDraft, fieldOf, outcomeOf } from './job-draft.js';
import { offsetOf, textProblemOf } from './text-problem.js';

const problem = (field: DraftField, text: string): string | undefined =>
  outcomeOf({ ...emptyDraft, [field]: text }).problems[field];

describe('what a filled-in form comes to', () => {
  it('begins with the defaults of DESIGN: 8 USD, 5400 s, 3 at once', () => {
    expect(outcomeOf({ ...emptyDraft, projectDescription: ' Do it \n' })).to.deep.equal({
      request: {
        projectDescription: 'Do it',
        budgetUsd: 8,
        timeLimitS: 5400,
        concurrency: 3,
        maxIterations: 3,
        targetScore: 0.8,
      },
      problems: {},
    });
  });

  it('leaves out what is empty: the hub has defaults of its own', () => {
    const draft = { ...emptyDraft, projectDescription: 'x', budgetUsd: ' ', timeLimitS: '', concurrency: '' };
    expect(outcomeOf({ ...draft, maxIterations: '', targetScore: '' })).to.deep.equal({
      request: { projectDescription: 'x' },
      problems: {},
    });
  });

  it('takes criteria, a model and a limit of tokens', () => {
    const { request } = outcomeOf({
      ...emptyDraft,
      successCriteria: ' a\nb ',
      model: ' m ',
      budgetTokens: '5000',
    });
    expect([request.successCriteria, request.model, request.budgetTokens]).to.deep.equal(['a\nb', 'm', 5000]);
  });

  for (const [field, wrong, right] of [
    [
      'budgetUsd',
      ['0', '-1', 'Infinity', '∞', '1e12', '1000001', '1,5', '0x10', 'NaN', '5 USD'],
      ['0.01', '1000000'],
    ],
    ['timeLimitS', ['0', '-5', '2592001', '1h'], ['0.5', '2592000']],
    ['concurrency', ['0', '11', '2.5', 'x'], ['1', '10']],
    ['maxIterations', ['0', '21', '1.5'], ['1', '20']],
    ['targetScore', ['-0.1', '1.01'], ['0', '1', '0.75']],
    ['budgetTokens', ['0', '1.5', '-1'], ['1']],
  ] as const)
    it(`I56 judges ${field}`, () => {
      for (const text of wrong) expect(problem(field, text), text).to.match(/^Expected a /);
      for (const text of right) expect(problem(field, text), text).to.equal(undefined);
    });

  it('names ranges as people write them', () => {
    expect(problem('budgetUsd', '0')).to.equal('Expected a number above 0, at most 1,000,000');
    expect(problem('concurrency', '11')).to.equal(
      `Expected a whole number from 1 to ${limits.jobMost.concurrency}`,
    );
  });

  it('finds the field that a refusal means', () => {
    expect(['successCriteria.3', 'budgetUsd', 'tasks.1.prompt', 'toString'].map(fieldOf)).to.deep.equal([
      'successCriteria',
      'budgetUsd',
      undefined,
      undefined,
    ]);
  });
});

describe('what is wrong with a text', () => {
  it('is read from a refusal, whatever its details are', () => {
    const error = Object.assign(new Error('Expected YAML'), {
      details: {
        line: 3,
        column: 5,
        problem: 'bad indentation',
        fields: { budgetUsd: 'Too much', x: 5 },
        lines: { budgetUsd: 7 },
      },
    });
    expect(textProblemOf(error)).to.deep.equal({
      message: 'bad indentation',
      line: 3,
      column: 5,
      fields: [{ name: 'budgetUsd', problem: 'Too much', line: 7 }],
    });
    for (const details of [
      undefined,
      null,
      'x',
      { line: 0, column: -1, problem: 5, fields: [1], lines: 'x' },
      { line: 1.5 },
    ])
      expect(textProblemOf(Object.assign(new Error('No'), { details }))).to.deep.equal({
        message: 'No',
        line: undefined,
        column: undefined,
        fields: [],
      });
    expect(textProblemOf('gone').message).to.equal('gone');
  });

  it('has a place in the text, also where the text is shorter', () => {
    const text = 'one\ntwo\n\nfour';
    expect([
      offsetOf(text, 1, 1),
      offsetOf(text, 2, 3),
      offsetOf(text, 3, 9),
      offsetOf(text, 9, 1),
    ]).to.deep.equal([0, 6, 8, 13]);
  });
});
