import { createHash, randomBytes } from 'node:crypto';

/** What a new token consists of. */
export interface NewSecret {
  /** Eight hexadecimal digits: public, and a part of the secret, so that a leaked one can be named and revoked. */
  readonly id: string;
  /** `corral_<id>_<43 characters of base64url>`. The prefix lets scanners of code and logs find it. */
  readonly secret: string;
}

/** Makes a secret with 256 random bits. @param random so many random bytes; default: the system's */
export function newSecret(random: (bytes: number) => Buffer = randomBytes): NewSecret {
  const id = random(4).toString('hex');
  return { id, secret: `corral_${id}_${random(32).toString('base64url')}` };
}

/**
 * What is kept of a secret, and what it is looked up by. A plain SHA-256 is enough: with 256 random bits there is nothing to
 * guess, which is what slow hashes and salts are for. Hashing first also means that what a caller sends never reaches a
 * query or a comparison as it is.
 */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
