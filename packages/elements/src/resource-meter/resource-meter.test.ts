import { expect } from '@open-wc/testing';
import { gigabyteText } from './resource-meter.js';

describe('memory as text', () => {
  it('is in gigabytes, and never reads as nothing where there is something', () => {
    const texts = [0, 1, 7_300_000, 99_999_999, 100_000_000, 4_700_000_000].map(gigabyteText);
    expect(texts.map((text) => text.replace(/\s/g, ' '))).to.deep.equal([
      '0 GB',
      '0.000001 MB',
      '7.3 MB',
      '100 MB',
      '0.1 GB',
      '4.7 GB',
    ]);
  });
});
