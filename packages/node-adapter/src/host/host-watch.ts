import { type HostObservation, type ResourceReading, Sampler, systemClock } from '@corral/core';
import type { Logger } from '../logger.js';

/** The part of a host probe that is needed to watch the machine. */
export interface WatchedHost {
  read(): Promise<ResourceReading>;
  describe(): Omit<HostObservation, 'resources'>;
  close(): Promise<void>;
}

/** What a {@link HostWatch} is made of. */
export interface HostWatchOptions {
  readonly host: WatchedHost;
  /** Hears each reading. */
  readonly onRead: (observation: HostObservation) => void;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Measures this machine once an interval. A reading that fails is left out, and told in the log once. */
export class HostWatch {
  readonly #options: HostWatchOptions;
  readonly #sampler: Sampler;
  #wasRead = true;

  constructor(options: HostWatchOptions) {
    this.#options = options;
    this.#sampler = new Sampler({ onTick: () => this.#look() }, systemClock, options.intervalMs);
  }

  /** Measures once, so that load can be told from the next reading on, and then each interval. */
  async start(): Promise<void> {
    await this.#look();
    this.#sampler.start();
  }

  /** Ends; resolves when nothing is left of it. */
  async stop(): Promise<void> {
    await this.#sampler.stop();
    await this.#options.host.close();
  }

  async #look(): Promise<void> {
    const { host, onRead, logger } = this.#options;
    try {
      onRead({ ...host.describe(), resources: await host.read() });
      this.#wasRead = true;
    } catch (error) {
      if (this.#wasRead) logger.warn('this machine cannot be measured now', { error });
      this.#wasRead = false;
    }
  }
}
