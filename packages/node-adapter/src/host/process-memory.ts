import { readdir } from 'node:fs/promises';
import type { ServerMemory } from '@corral/core';
import { readDrmMemory } from './drm-memory.js';
import { NvidiaMemory } from './nvidia-memory.js';
import { readProcessStatus } from './process-status.js';

/** Where a {@link ProcessMemoryReader} looks for graphics cards; everything has a default. */
export interface ProcessMemoryReaderOptions {
  readonly nvidia?: NvidiaMemory;
  /** Whether a card with a DRM driver can compute here. Default: whether there is a `/dev/dri/renderD…`. */
  readonly hasDrmCard?: () => Promise<boolean>;
  /** Memory of a process on such cards. Default: by /proc/<pid>/fdinfo. */
  readonly readDrm?: (pid: number) => Promise<number | null>;
}

/** Reads the memory of processes. Which graphics cards there are is found out once. */
export class ProcessMemoryReader {
  readonly #nvidia: NvidiaMemory;
  readonly #findDrmCard: () => Promise<boolean>;
  readonly #readDrm: (pid: number) => Promise<number | null>;
  #cards: Promise<{ readonly nvidia: boolean; readonly drm: boolean }> | undefined;

  constructor(options: ProcessMemoryReaderOptions = {}) {
    this.#nvidia = options.nvidia ?? new NvidiaMemory();
    this.#findDrmCard = options.hasDrmCard ?? hasRenderNode;
    this.#readDrm = options.readDrm ?? ((pid) => readDrmMemory(pid));
  }

  /** `null` where the system does not tell, or when there is no such process. Never rejects. */
  async read(pid: number): Promise<ServerMemory | null> {
    const status = readProcessStatus(pid);
    if (!status) return null;
    const { bytes: vramBytes, source: vramSource } = await this.#readVram(pid);
    return { ...status, vramBytes, source: '/proc/<pid>/status', vramSource };
  }

  /** Ends a program that is still asked. */
  close(): void {
    this.#nvidia.close();
  }

  async #readVram(pid: number): Promise<{ readonly bytes: number | null; readonly source: string }> {
    this.#cards ??= this.#findCards();
    const { nvidia, drm } = await this.#cards;
    if (!nvidia && !drm) return noCard;
    const ofNvidia = nvidia ? await this.#nvidia.read(pid) : undefined;
    if (!drm && ofNvidia) return ofNvidia;
    const bytes = await this.#readDrm(pid);
    const ofDrm = {
      bytes,
      source: bytes === null ? 'the graphics driver does not tell' : '/proc/<pid>/fdinfo',
    };
    if (!ofNvidia) return ofDrm;
    // NVIDIA's own driver has DRM devices too, but tells nothing there: a 0 of them says nothing of CUDA.
    if (ofNvidia.bytes === null) return bytes ? ofDrm : ofNvidia;
    return bytes
      ? { bytes: ofNvidia.bytes + bytes, source: `${ofNvidia.source} + ${ofDrm.source}` }
      : ofNvidia;
  }

  async #findCards(): Promise<{ nvidia: boolean; drm: boolean }> {
    const [nvidia, drm] = await Promise.all([this.#nvidia.isThere(), this.#findDrmCard()]);
    return { nvidia, drm };
  }
}

const noCard = { bytes: null, source: 'no graphics card found' } as const;

async function hasRenderNode(): Promise<boolean> {
  const nodes = await readdir('/dev/dri').catch(() => []);
  return nodes.some((name) => name.startsWith('renderD'));
}
