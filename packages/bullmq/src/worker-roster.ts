import type { Redis } from 'ioredis';
import type { QueueKeys } from './queue-keys.js';

/** What a worker says of itself, again and again. */
export interface WorkerBeat {
  /** Tasks that it carries out at the same time. */
  readonly places: number;
  /** How many it has now, of each hub. */
  readonly busy: Readonly<Record<string, number>>;
}

/** Knows which workers there are. What nobody has confirmed for a while is not known any more. */
export class WorkerRoster {
  readonly #redis: Redis;
  readonly #keys: QueueKeys;
  #beats: readonly WorkerBeat[] = [];

  constructor(redis: Redis, keys: QueueKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Looks who is there. A rejection leaves nobody. */
  async look(): Promise<void> {
    try {
      const workerIds = await this.#redis.smembers(this.#keys.workers);
      const beats = await Promise.all(
        workerIds.map((workerId) => this.#redis.get(this.#keys.beat(workerId))),
      );
      const gone = workerIds.filter((_, place) => beats[place] === null);
      if (gone.length > 0) await this.#redis.srem(this.#keys.workers, ...gone);
      this.#beats = beats.flatMap((beat) => readBeat(beat) ?? []);
    } catch (error) {
      this.#beats = [];
      throw error;
    }
  }

  /** Places that no task of another hub has. */
  placesFor(hub: string): number {
    return this.#beats.reduce((sum, { places, busy }) => {
      const others = Object.entries(busy).filter(([key]) => key !== hub);
      return sum + Math.max(0, places - others.reduce((tasks, [, count]) => tasks + count, 0));
    }, 0);
  }
}

function readBeat(text: string | null): WorkerBeat | undefined {
  try {
    const { places, busy } = JSON.parse(text ?? 'null') as Partial<WorkerBeat>;
    return typeof places === 'number' && typeof busy === 'object' ? { places, busy } : undefined;
  } catch {
    return undefined;
  }
}
