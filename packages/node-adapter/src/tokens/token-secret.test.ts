import { describe, expect, it } from 'vitest';
import { hashOf, newSecret } from './token-secret.js';

describe('newSecret', () => {
  it('has its public id in it and 256 bits of its own', () => {
    const secrets = Array.from({ length: 100 }, () => newSecret());
    for (const { id, secret } of secrets) {
      expect(secret).toMatch(new RegExp(`^corral_${id}_[A-Za-z0-9_-]{43}$`));
      expect(id).toMatch(/^[0-9a-f]{8}$/);
    }
    expect(new Set(secrets.map(({ secret }) => secret.slice(16))).size).toBe(100);
  });

  it('can travel in a header whatever the random bytes are', () => {
    for (const byte of [0, 0xfb, 0xff])
      expect(newSecret((bytes) => Buffer.alloc(bytes, byte)).secret).toMatch(/^[\x21-\x7e]{59}$/);
  });
});

describe('hashOf', () => {
  it('is SHA-256', () => {
    expect(hashOf('abc').toString('hex')).toMatch(/^ba7816bf8f01cfea/);
  });
});
