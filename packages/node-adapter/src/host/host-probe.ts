import type { ResourceReading } from '@corral/core';
import { AmdGpus } from './amd-gpus.js';
import { type GpuReading, type GpuSource, sumVram } from './gpu-source.js';
import {
  type HostDescription,
  type HostIdentityOptions,
  hostAddresses,
  hostIdentity,
} from './host-identity.js';
import { LinuxResources, type LinuxResourcesOptions, type MainResourceReader } from './linux-resources.js';
import { ListedGpus } from './listed-gpus.js';
import { NvidiaGpus } from './nvidia-gpus.js';
import { OtherResources } from './other-resources.js';

/** How a {@link HostProbe} looks at its machine; everything has a default. */
export interface HostProbeOptions extends LinuxResourcesOptions, HostIdentityOptions {
  /** Default: `/sys`. */
  readonly sysRoot?: string;
  /** Default: as fits the platform. */
  readonly resources?: () => MainResourceReader;
  /** The cards, in the order in which they are numbered. Default: all that the platform tells. */
  readonly gpus?: () => Promise<readonly GpuSource[]>;
}

/**
 * Reads the resources of this machine: on Linux straight from /proc, /sys and control groups; elsewhere from the runtime,
 * with systeminformation for what that does not tell. Watching costs some hundredths of a millisecond a reading and runs
 * no program but one `nvidia-smi` where there is one.
 */
export class HostProbe {
  readonly #options: HostProbeOptions;
  #identity: ReturnType<typeof hostIdentity> | undefined;
  #resources: MainResourceReader | undefined;
  #gpus: readonly GpuSource[] = [];
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HostProbeOptions = {}) {
    this.#options = options;
  }

  /** Finds what there is to read. A reading does so, too, if nobody has. */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /**
   * The resources now; what is not to be had is `null`. Load is that since the reading before, so the first has none, and
   * cards that a program tells come a moment later.
   */
  async read(): Promise<ResourceReading> {
    await this.open();
    const gpus = this.#gpus.flatMap((source) => source.read());
    const isUnified = gpus.length > 0 && gpus.every((gpu) => gpu.isUnified);
    const vram = sumVram(gpus);
    return {
      ...(this.#resources?.read() ?? nothing),
      vramUsed: vram.used,
      vramTotal: vram.total,
      memoryKind: isUnified ? 'unified' : 'discrete',
      gpus: gpus.map((gpu, index) => numbered(gpu, index)),
    };
  }

  /** What the machine is called and where it is. All but the addresses stays the same. */
  describe(): HostDescription {
    this.#identity ??= hostIdentity(this.#options);
    return { ...this.#identity, addresses: hostAddresses(this.#options) };
  }

  /** Gives everything back; resolves when no program of ours is left. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#opening;
    this.#resources?.close();
    this.#resources = undefined;
    await Promise.all(this.#gpus.map((gpus) => gpus.close()));
    this.#gpus = [];
  }

  async #open(): Promise<void> {
    if (this.#closing) return;
    const { platform = process.platform, resources, gpus } = this.#options;
    this.#resources =
      resources?.() ??
      (platform === 'linux' ? new LinuxResources(this.#options) : new OtherResources({ platform }));
    this.#gpus = await (gpus?.() ?? this.#findGpus(platform));
  }

  async #findGpus(platform: NodeJS.Platform): Promise<readonly GpuSource[]> {
    const nvidia = new NvidiaGpus(this.#options);
    await nvidia.open();
    if (platform === 'linux') return [nvidia, new AmdGpus(this.#options.sysRoot)];
    const listed = new ListedGpus({ platform });
    // It takes seconds, and nobody has to wait for names.
    void listed.open();
    return [nvidia, listed];
  }
}

const nothing = {
  cpuPercent: null,
  cpuCount: null,
  ramUsed: null,
  ramTotal: null,
  ramLimit: 'host',
  memoryPressurePercent: null,
} as const;

function numbered(gpu: GpuReading, index: number): ResourceReading['gpus'][number] {
  const { name, vramUsed, vramTotal, utilizationPercent, temperatureC, powerW } = gpu;
  return { index, name, vramUsed, vramTotal, utilizationPercent, temperatureC, powerW };
}
