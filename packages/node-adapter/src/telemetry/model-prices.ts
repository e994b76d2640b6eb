import type { TokenPrice } from '@corral/core';
import * as z from 'zod';
import { AdapterError } from '../errors.js';

/** What the tokens of a model cost. */
export interface ModelPrice extends TokenPrice {
  /** The name of the model, or the beginning of its name with `*` at the end; `*` alone is every model. */
  readonly model: string;
  /** Who serves it, such as `openai`. Default: whoever it is. */
  readonly provider?: string | undefined;
}

const usd = z.number().nonnegative();
const priceSchema = z.strictObject({
  model: z.string().min(1),
  provider: z.string().min(1).optional(),
  inputUsdPer1M: usd,
  outputUsdPer1M: usd,
});
const pricesSchema = z.array(priceSchema);

/**
 * The prices of models, as their owner wrote them down. Names are compared exactly, and of several prices that fit the
 * most exact one counts: a full name before a longer beginning before a shorter one, and of two that are as exact the one
 * that names the provider. Of equal ones, the later.
 */
export class ModelPrices {
  readonly #prices: readonly ModelPrice[];

  /** @throws AdapterError `invalid_option` for a price that is no number of at least 0, and for a model without name */
  constructor(prices: readonly ModelPrice[]) {
    const latestFirst = parseModelPrices(prices).toReversed();
    this.#prices = latestFirst.toSorted((a, b) => exactness(b) - exactness(a));
  }

  /** What a model of this provider costs; `null` where no price is known. */
  of(model: string, provider: string): TokenPrice | null {
    const price = this.#prices.find((each) => fits(each, model, provider));
    if (!price) return null;
    const { inputUsdPer1M, outputUsdPer1M } = price;
    return { inputUsdPer1M, outputUsdPer1M };
  }
}

/**
 * Reads a list of prices from what was in a file.
 * @throws AdapterError `invalid_option`, which says where the list is wrong
 */
export function parseModelPrices(json: unknown): readonly ModelPrice[] {
  const parsed = pricesSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'list'}: ${message}`);
  throw new AdapterError(
    'invalid_option',
    `Expected a list of prices {model, provider?, inputUsdPer1M, outputUsdPer1M}, got wrong ${where.join(', ')}`,
  );
}

function fits(price: ModelPrice, model: string, provider: string): boolean {
  if (price.provider !== undefined && price.provider !== provider) return false;
  return price.model.endsWith('*') ? model.startsWith(price.model.slice(0, -1)) : price.model === model;
}

/** Names have at most a few hundred characters, so that a full one is above all beginnings. */
function exactness({ model, provider }: ModelPrice): number {
  const name = model.endsWith('*') ? model.length - 1 : Number.MAX_SAFE_INTEGER / 4;
  return name * 2 + (provider === undefined ? 0 : 1);
}
