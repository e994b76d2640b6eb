import { describe, expect, it } from 'vitest';
import { sourcesList } from './apt-private.ts';

describe('sourcesList', () => {
  it('names each suite once, signed by the given key and for one architecture', () => {
    const text = sourcesList({
      mirror: 'http://mirror.test/debian',
      keyring: '/keys/debian.gpg',
      architecture: 'arm64',
      packages: { forky: ['a', 'b'], bookworm: ['c'] },
    });
    const options = 'arch=arm64 target=Packages lang=none signed-by=/keys/debian.gpg';
    expect(text.split('\n')).toEqual([
      `deb [${options}] http://mirror.test/debian forky main`,
      `deb [${options}] http://mirror.test/debian bookworm main`,
      '',
    ]);
  });
});
