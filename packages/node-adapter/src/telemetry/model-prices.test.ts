import { describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import { ModelPrices, parseModelPrices } from './model-prices.js';

const cheap = { inputUsdPer1M: 0.1, outputUsdPer1M: 0.2 };
const dear = { inputUsdPer1M: 3, outputUsdPer1M: 15 };

describe('ModelPrices', () => {
  it('knows the price of a model by its name', () => {
    const prices = new ModelPrices([{ model: 'small', ...cheap }]);
    expect(prices.of('small', 'anyone')).toEqual(cheap);
    expect(prices.of('small-2', 'anyone')).toBeNull();
    expect(prices.of('Small', 'anyone')).toBeNull();
  });

  it('takes a star at the end for whatever follows, and nothing else for a pattern', () => {
    const prices = new ModelPrices([{ model: 'gpt.*', ...cheap }]);
    expect(prices.of('gpt.5-mini', 'openai')).toEqual(cheap);
    expect(prices.of('gpt-5-mini', 'openai')).toBeNull();
  });

  it('prefers full names to beginnings, longer ones to shorter ones, and a named provider to none', () => {
    const all = [
      { model: '*', inputUsdPer1M: 1, outputUsdPer1M: 1 },
      { model: 'gpt-*', inputUsdPer1M: 2, outputUsdPer1M: 2 },
      { model: 'gpt-*', provider: 'openai', inputUsdPer1M: 3, outputUsdPer1M: 3 },
      { model: 'gpt-5', inputUsdPer1M: 4, outputUsdPer1M: 4 },
    ];
    for (const listed of [all, all.toReversed()]) {
      const prices = new ModelPrices(listed);
      const inputOf = (model: string, provider: string) => prices.of(model, provider)?.inputUsdPer1M;
      expect(inputOf('gpt-5', 'openai')).toBe(4);
      expect(inputOf('gpt-4', 'openai')).toBe(3);
      expect(inputOf('gpt-4', 'azure')).toBe(2);
      expect(inputOf('llama', 'azure')).toBe(1);
    }
  });

  it('takes the later of two prices that are as exact', () => {
    const prices = new ModelPrices([
      { model: 'a', ...cheap },
      { model: 'a', ...dear },
    ]);
    expect(prices.of('a', 'anyone')).toEqual(dear);
  });

  it('has no price for a model of another provider', () => {
    const prices = new ModelPrices([{ model: 'a', provider: 'openai', ...cheap }]);
    expect(prices.of('a', 'azure')).toBeNull();
  });

  it.each([
    ['no list', { model: 'a' }],
    ['a negative price', [{ model: 'a', inputUsdPer1M: -1, outputUsdPer1M: 1 }]],
    ['a price without end', [{ model: 'a', inputUsdPer1M: Number.POSITIVE_INFINITY, outputUsdPer1M: 1 }]],
    ['a price that is no number', [{ model: 'a', inputUsdPer1M: '1', outputUsdPer1M: 1 }]],
    ['half a price', [{ model: 'a', inputUsdPer1M: 1 }]],
    ['no name', [{ model: '', ...cheap }]],
    ['a field nobody knows', [{ model: 'a', ...cheap, currency: 'EUR' }]],
  ])('refuses %s', (_, json) => {
    expect(() => parseModelPrices(json)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    expect(() => parseModelPrices(json)).toThrow(AdapterError);
  });

  it('reads a list as it is', () => {
    const json = [
      { model: 'b', ...dear },
      { model: 'a', provider: 'openai', ...cheap },
    ];
    expect(parseModelPrices(json)).toEqual(json);
  });
});
