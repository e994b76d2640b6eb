import { describe, expect, it } from 'vitest';
import { simulatedModel } from '../testing/simulated-model.js';
import { assignTier, byTierThenName, effectiveTier } from './model.js';

describe('assignTier', () => {
  it.each([
    [0, 'fast'],
    [5_999_999_999, 'fast'],
    [6_000_000_000, 'balanced'],
    [15_999_999_999, 'balanced'],
    [16_000_000_000, 'powerful'],
  ] as const)('calls %d bytes %s', (bytes, tier) => {
    expect(assignTier(bytes)).toBe(tier);
  });
});

describe('byTierThenName', () => {
  it('orders by the tier that counts, then by file name', () => {
    const models = [
      simulatedModel({ modelId: 'z', assignedTier: 'fast' }),
      simulatedModel({ modelId: 'b', assignedTier: 'powerful' }),
      simulatedModel({ modelId: 'a', assignedTier: 'powerful' }),
      simulatedModel({ modelId: 'y', assignedTier: 'powerful', tierOverride: 'fast' }),
      simulatedModel({ modelId: 'm', assignedTier: 'balanced' }),
    ];
    expect(models.sort(byTierThenName).map(({ modelId }) => modelId)).toEqual(['y', 'z', 'm', 'a', 'b']);
    expect(byTierThenName(models[0]!, models[0]!)).toBe(0);
  });

  it('lets an override beat the assigned tier', () => {
    expect(effectiveTier({ assignedTier: 'fast', tierOverride: 'powerful' })).toBe('powerful');
    expect(effectiveTier({ assignedTier: 'fast', tierOverride: null })).toBe('fast');
  });
});
