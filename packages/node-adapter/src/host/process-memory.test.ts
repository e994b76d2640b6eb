import { describe, expect, it } from 'vitest';
import { NvidiaMemory } from './nvidia-memory.js';
import { ProcessMemoryReader } from './process-memory.js';

const { pid } = process;
const mib = 1024 ** 2;

function make(cards: { nvidia?: string; drm?: number | null }) {
  const nvidia = new NvidiaMemory({
    find: async () => (cards.nvidia === undefined ? null : '/usr/bin/nvidia-smi'),
    query: async () => cards.nvidia ?? '',
  });
  return new ProcessMemoryReader({
    nvidia,
    hasDrmCard: async () => cards.drm !== undefined,
    readDrm: async () => cards.drm ?? null,
  });
}

/** The first reading only sets nvidia-smi going. */
async function read(cards: { nvidia?: string; drm?: number | null }) {
  const reader = make(cards);
  await reader.read(pid);
  await new Promise(setImmediate);
  return reader.read(pid);
}

describe('ProcessMemoryReader', () => {
  it('tells what is resident, and from where', async () => {
    const memory = await read({});
    expect(memory).toMatchObject({ source: '/proc/<pid>/status', vramBytes: null });
    expect(memory?.vramSource).toBe('no graphics card found');
    expect(memory?.anonymousBytes).toBeGreaterThan(1e6);
    expect(memory?.mappedBytes).toBeGreaterThan(1e6);
  });

  it('knows nothing of a process that is not there', async () => {
    expect(await make({}).read(0x3fffff)).toBeNull();
  });

  it.each([
    [{ drm: 5 * mib }, 5 * mib, '/proc/<pid>/fdinfo'],
    [{ drm: 0 }, 0, '/proc/<pid>/fdinfo'],
    [{ drm: null }, null, 'the graphics driver does not tell'],
    [{ nvidia: `${pid}, 300\n` }, 300 * mib, 'nvidia-smi compute apps'],
    [{ nvidia: `${pid}, [N/A]\n` }, null, 'nvidia-smi does not tell'],
    [{ nvidia: '1, 300\n' }, null, 'nvidia-smi does not list this process'],
    // The DRM device of NVIDIA's driver says nothing of what CUDA holds.
    [{ nvidia: '', drm: 0 }, null, 'nvidia-smi does not list this process'],
    [{ nvidia: '', drm: 7 }, 7, '/proc/<pid>/fdinfo'],
    [{ nvidia: `${pid}, 1\n`, drm: 0 }, mib, 'nvidia-smi compute apps'],
    [{ nvidia: `${pid}, 1\n`, drm: mib }, 2 * mib, 'nvidia-smi compute apps + /proc/<pid>/fdinfo'],
  ])('with %o has %s on cards, from: %s', async (cards, vramBytes, vramSource) => {
    expect(await read(cards)).toMatchObject({ vramBytes, vramSource });
  });
});
