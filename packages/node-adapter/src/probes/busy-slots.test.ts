import { describe, expect, it } from 'vitest';
import { parseSlots } from './busy-slots.js';

const slot = (id_task: number, n_decoded: number, is_processing = true) => ({
  id_task,
  is_processing,
  n_ctx: 2048,
  n_prompt_tokens: 16 + n_decoded,
  next_token: [{ n_decoded }],
});

describe('parseSlots', () => {
  it('reads the array of newer builds and the object of older ones', () => {
    const slots = [
      slot(1, 5),
      { id_task: 2, is_processing: true, n_ctx: 2048, next_token: { n_decoded: 7 } },
      slot(3, 9, false),
    ];
    const busy = parseSlots(JSON.stringify(slots));
    expect([...(busy?.running ?? [])]).toEqual([
      [1, 5],
      [2, 7],
    ]);
    // The older build does not tell what is in its slot.
    expect(busy).toMatchObject({ contextUsedTokens: null, contextSizeTokens: 4096, slots: 3 });
  });

  it('adds the context of busy slots alone, which holds prompt and answer already', () => {
    const busy = parseSlots(JSON.stringify([slot(1, 5), slot(2, 4), slot(3, 900, false)]));
    expect(busy).toMatchObject({ contextUsedTokens: 41, contextSizeTokens: 4096, slots: 3 });
  });

  it('knows no context while nothing runs, not one of 0', () => {
    const idle = [{ id: 0, n_ctx: 8192, speculative: false, is_processing: false }];
    expect(parseSlots(JSON.stringify(idle))).toMatchObject({
      contextUsedTokens: null,
      contextSizeTokens: null,
      slots: 1,
    });
  });

  it.each(['', '{', '{}', 'null', '"x"', '<html>', '1'])('knows nothing from %j', (text) => {
    expect(parseSlots(text)).toBeNull();
  });

  it('F36 is not harmed by JSON of any depth', () => {
    expect(parseSlots(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)?.running.size).toBe(0);
    expect(parseSlots('['.repeat(1_000_000))).toBeNull();
  });

  it.each(['[null]', '[1]', '[{}]', '[[]]'])(
    'leaves out slots that are not what they should be: %s',
    (text) => {
      expect(parseSlots(text)?.running.size).toBe(0);
    },
  );

  it.each([
    '[{"is_processing":true}]',
    '[{"is_processing":true,"id_task":"1","next_token":[]}]',
    '[{"is_processing":true,"id_task":1,"next_token":[{"n_decoded":-1}]}]',
    '[{"is_processing":true,"id_task":1,"next_token":[{"n_decoded":"9"}]}]',
    '[{"is_processing":true,"id_task":1,"next_token":[{"n_decoded":1e999}]}]',
  ])('knows nothing when a busy slot cannot be counted: %s', (text) => {
    expect(parseSlots(text)).toBeNull();
  });
});
