import type { GpuReading, GpuSource } from './gpu-source.js';

/** A card as an inventory lists it. */
export interface ListedGpu {
  readonly vendor: string;
  readonly model: string;
  /** MiB; `null` where it has none of its own. */
  readonly vram: number | null;
}

/** How {@link ListedGpus} works; everything has a default. */
export interface ListedGpusOptions {
  readonly platform?: NodeJS.Platform;
  readonly architecture?: string;
  /** Lists the cards; takes seconds. Default: by systeminformation. */
  readonly list?: () => Promise<readonly ListedGpu[]>;
}

const mib = 1024 ** 2;

/**
 * The cards of macOS and Windows as an inventory lists them: names and sizes alone, for nothing tells their use without
 * rights of its own. Cards of NVIDIA are left out, as their own program tells more. On Apple silicon all memory is one.
 */
export class ListedGpus implements GpuSource {
  readonly #isAppleSilicon: boolean;
  readonly #list: () => Promise<readonly ListedGpu[]>;
  #gpus: readonly GpuReading[] = [];
  #listing: Promise<void> | undefined;

  constructor(options: ListedGpusOptions = {}) {
    const { platform = process.platform, architecture = process.arch } = options;
    this.#isAppleSilicon = platform === 'darwin' && architecture === 'arm64';
    this.#list =
      options.list ?? (async () => (await (await import('systeminformation')).graphics()).controllers);
  }

  /** Asks for the list, once. Until it is there, and where it is not to be had, there are no cards. */
  open(): Promise<void> {
    this.#listing ??= this.#list().then(
      (listed) => {
        this.#gpus = listed.filter(({ vendor }) => !/nvidia/i.test(vendor)).map((gpu) => this.#reading(gpu));
      },
      () => undefined,
    );
    return this.#listing;
  }

  read(): readonly GpuReading[] {
    return this.#gpus;
  }

  async close(): Promise<void> {
    this.#gpus = [];
  }

  #reading({ model, vram }: ListedGpu): GpuReading {
    const hasOwnMemory = !this.#isAppleSilicon && vram !== null && vram > 0;
    return {
      name: model === '' ? null : model.slice(0, 120),
      vramUsed: null,
      vramTotal: hasOwnMemory ? vram * mib : null,
      utilizationPercent: null,
      temperatureC: null,
      powerW: null,
      isUnified: this.#isAppleSilicon,
    };
  }
}
