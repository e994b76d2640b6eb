/** A graphics card or another accelerator. `null` means unknown, also where its driver says `[N/A]`. */
export interface GpuResources {
  /** Its place among the cards of the host, from 0. */
  readonly index: number;
  readonly name: string | null;
  /** Bytes. */
  readonly vramUsed: number | null;
  readonly vramTotal: number | null;
  /** Share of the last moment in which anything ran on it, 0–100. 100 does not mean that it is saturated. */
  readonly utilizationPercent: number | null;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
}

/** What a machine has, and how much of it is in use. `null` means unknown. */
export interface ResourceReading {
  /** 0–100 of all its processors, or of what its container may use. */
  readonly cpuPercent: number | null;
  /** Processors, or the share of them that its container may use: may be a fraction. */
  readonly cpuCount: number | null;
  /** Bytes that are really needed: without caches that can be given back. */
  readonly ramUsed: number | null;
  /** Bytes; the limit of the container where there is one. */
  readonly ramTotal: number | null;
  /** What sets `ramTotal`. */
  readonly ramLimit: 'host' | 'container';
  /** Bytes of all cards together; `null` without a card, with unified memory, and where none of them tells. */
  readonly vramUsed: number | null;
  readonly vramTotal: number | null;
  /** `unified`: processors and graphics share `ram`, so there is one bar. */
  readonly memoryKind: 'discrete' | 'unified';
  /** Share of the last 10 s in which some work waited for memory, 0–100 (Linux PSI). */
  readonly memoryPressurePercent: number | null;
  readonly gpus: readonly GpuResources[];
}

/** A machine with its resources. From `stale` on all numbers are `null`: nobody knows them any more. */
export interface HostResources extends ResourceReading {
  readonly hostId: string;
  readonly name: string;
  /** `local`: the machine of the hub. `agent`: one that reports by `corral agent`. */
  readonly source: 'local' | 'agent';
  /** `stale` after 3 intervals without a report, `lost` after 10. */
  readonly status: 'live' | 'stale' | 'lost';
  /** Its IP addresses: an endpoint at one of them runs on it. */
  readonly addresses: readonly string[];
  /** When the hub got the last numbers, ISO 8601, by the hub's clock. */
  readonly reportedAt: string | null;
  /** How far the host's clock is ahead of the hub's, in ms. For display alone. */
  readonly clockSkewMs: number | null;
  /** System and processor, for people: `Linux 6.1, 16 × AMD …`. */
  readonly system: string | null;
}
