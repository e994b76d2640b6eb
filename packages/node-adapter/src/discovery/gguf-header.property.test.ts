import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawGguf, rawHeader, smallModel } from './gguf-bytes.fixture.js';
import { type GgufHeader, readGgufHeader } from './gguf-header.js';
import { GgufRejection } from './gguf-rejection.js';

const whole = rawGguf(smallModel);

/** The header, or the typed rejection; anything else fails the test, and so does a loop, by its time. */
async function outcome(bytes: Buffer): Promise<GgufHeader | GgufRejection> {
  const source = {
    read: async (buffer: Buffer, offset: number, length: number, position: number) => ({
      bytesRead: bytes.copy(buffer, offset, position, position + length),
    }),
  };
  return readGgufHeader(source, bytes.length).catch((error: unknown) => {
    expect(error).toBeInstanceOf(GgufRejection);
    return error as GgufRejection;
  });
}

describe('readGgufHeader with broken files', () => {
  it('rejects a valid file that was cut anywhere', async () => {
    for (let bytes = 0; bytes < whole.length; bytes++) {
      expect(await outcome(whole.subarray(0, bytes))).toMatchObject({
        code: bytes < 4 ? 'not_gguf' : 'incomplete',
      });
    }
    expect(await outcome(whole)).not.toBeInstanceOf(GgufRejection);
  });

  it('rejects any generated model that was cut, and takes it whole', async () => {
    const dims = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    const tensors = fc.array(fc.record({ dims }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        tensors,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (list, part) => {
          const bytes = rawGguf({ ...smallModel, tensors: list });
          const cut = bytes.subarray(0, Math.floor(bytes.length * part));
          expect(await outcome(cut)).toBeInstanceOf(GgufRejection);
          expect(await outcome(bytes)).toMatchObject({
            parameterCount: list.reduce((sum, tensor) => sum + tensor.dims.reduce((a, b) => a * b), 0),
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('survives every value of every byte of a header', async () => {
    const header = rawHeader(smallModel).length;
    for (let at = 0; at < header; at++) {
      const bytes = Buffer.from(whole);
      for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        bytes[at] = whole.readUInt8(at) ^ flip;
        await outcome(bytes);
      }
    }
  });

  it('survives several flipped bytes', async () => {
    const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(flips, async (list) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of list) bytes[at] = value;
        await outcome(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('survives random bytes after the magic', async () => {
    const counts = fc.tuple(fc.nat(3), fc.nat(3));
    await fc.assert(
      fc.asyncProperty(counts, fc.uint8Array({ maxLength: 600 }), async ([tensorCount, keyCount], bytes) => {
        await outcome(Buffer.concat([Buffer.from('GGUF'), bytes]));
        await outcome(Buffer.concat([rawHeader({ tensorCount, keyCount }), bytes]));
      }),
      { numRuns: 3000 },
    );
  });
});
