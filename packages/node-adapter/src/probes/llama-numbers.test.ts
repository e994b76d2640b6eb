import { describe, expect, it } from 'vitest';
import type { BoundedAnswer } from './bounded-request.js';
import { LlamaNumbers } from './llama-numbers.js';
import { ProbeFailure } from './probe-failure.js';

const answer = (status: number, text = '', startMark?: string): BoundedAnswer => ({
  status,
  text,
  headers: startMark === undefined ? {} : { 'process-start-time-unix': startMark },
  durationMs: 1,
});
const metrics = (finished: number, processing = 0, deferred = 0): string =>
  [
    `llamacpp:tokens_predicted_total ${finished}`,
    'llamacpp:prompt_tokens_total 16',
    'llamacpp:prompt_seconds_total 0.5',
    `llamacpp:requests_processing ${processing}`,
    `llamacpp:requests_deferred ${deferred}`,
  ].join('\n');
const slots = (decoded: number): string =>
  JSON.stringify([
    { id_task: 4, is_processing: true, n_ctx: 512, n_prompt_tokens: 9, next_token: [{ n_decoded: decoded }] },
    { is_processing: false, n_ctx: 512 },
  ]);

function make() {
  const numbers = new LlamaNumbers();
  const asked: string[] = [];
  const read = (ofMetrics: BoundedAnswer, ofSlots: BoundedAnswer | ProbeFailure = answer(500)) =>
    numbers.read(async (page) => {
      asked.push(page);
      const reply = page === '/metrics' ? ofMetrics : ofSlots;
      if (reply instanceof ProbeFailure) throw reply;
      return reply;
    });
  return { numbers, asked, read };
}

describe('LlamaNumbers', () => {
  it('tells all that the two pages hold', async () => {
    const { numbers, read } = make();
    expect(await read(answer(200, metrics(100, 1, 2), '77'), answer(200, slots(5)))).toEqual({
      generatedTokens: { total: 105, atMs: expect.any(Number), epoch: '77' },
      promptTokens: 16,
      promptSeconds: 0.5,
      load: { processing: 1, deferred: 2 },
      slots: 2,
      contextUsedTokens: 9,
      contextSizeTokens: 512,
      source: 'llama-server /metrics + /slots',
    });
    expect(numbers.isBusy).toBe(true);
  });

  it('asks for /slots only while requests run, also when some wait', async () => {
    const { asked, read } = make();
    await read(answer(200, metrics(100)));
    await read(answer(200, metrics(100, 0, 3)));
    expect(asked).toEqual(['/metrics', '/metrics']);
  });

  it('without /slots knows the tokens only when a request has ended', async () => {
    const { read } = make();
    const off = answer(501);
    const total = async (finished: number, processing: number) =>
      (await read(answer(200, metrics(finished, processing)), off))?.generatedTokens?.total ?? null;
    expect(await total(100, 0)).toBe(100);
    expect(await total(100, 1)).toBeNull();
    expect(await total(100, 1)).toBeNull();
    expect(await total(140, 1)).toBe(140);
    expect(await total(140, 1)).toBeNull();
    expect(await total(140, 0)).toBe(140);
  });

  it.each([501, 404, 403])(
    'F42 asks for a page once that is refused with %i, until another process',
    async (status) => {
      const { numbers, asked, read } = make();
      for (let i = 0; i < 3; i++) expect(await read(answer(status))).toBeNull();
      expect(asked).toEqual(['/metrics']);
      numbers.forgetProcess();
      await read(answer(200, metrics(1)));
      expect(asked).toHaveLength(2);
    },
  );

  it('asks again for what did not come this once', async () => {
    const { asked, read } = make();
    for (const status of [500, 503, 401, 429]) expect(await read(answer(status))).toBeNull();
    expect(asked).toHaveLength(4);
  });

  it('does not know the tokens when the busy slots did not come', async () => {
    const { read } = make();
    const reading = await read(answer(200, metrics(100, 1)), answer(500));
    expect(reading).toMatchObject({ generatedTokens: null, load: { processing: 1, deferred: 0 } });
    await expect(
      read(answer(200, metrics(100, 1)), new ProbeFailure('timeout', 'No answer in time')),
    ).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('F38 begins anew with a new start mark, and where there is none with a total that fell', async () => {
    const { read } = make();
    const counter = async (finished: number, mark?: string) =>
      (await read(answer(200, metrics(finished), mark)))?.generatedTokens;
    expect(await counter(500, 'a')).toMatchObject({ total: 500, epoch: 'a' });
    expect(await counter(3, 'b')).toMatchObject({ total: 3, epoch: 'b' });
    expect(await counter(600)).toMatchObject({ total: 600, epoch: null });
    const after = await counter(2);
    expect(after?.total).toBe(2);
    expect(after?.epoch).not.toBeNull();
  });

  it.each([
    ['no numbers at all', '<!doctype html>'],
    ['values out of their range', 'llamacpp:tokens_predicted_total -5\nllamacpp:requests_processing NaN'],
  ])('F37 F46 has none from %s', async (_, text) => {
    expect(await make().read(answer(200, text))).toBeNull();
  });

  it('leaves out what a build does not tell', async () => {
    const { read } = make();
    expect(await read(answer(200, 'llamacpp:prompt_tokens_total 5'))).toMatchObject({
      generatedTokens: null,
      promptTokens: 5,
      promptSeconds: null,
      load: null,
      slots: null,
    });
  });
});
