import type { Clock, TimerHandle } from '../clock.js';
import { limits } from '../limits.js';
import { backOffMs } from './back-off.js';

/** What a {@link BackendGate} works with. */
export interface BackendGateOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** How many tasks could begin now; `null`: nobody knows. */
  readonly free: () => number | null;
  /** Hears that it is worth another look. */
  readonly onMayOpen: () => void;
}

/**
 * Says how many tasks of a job may begin, and when to look again where there are none. It looks when it is told that
 * something was freed, and now and then by the clock; never in a loop, not even when work fails as soon as it begins.
 */
export class BackendGate {
  readonly #options: BackendGateOptions;
  #timer: TimerHandle | undefined;
  #isShut = false;
  /** How often work found no endpoint, one time after another. */
  #refusals = 0;
  /** Whether the one that went ahead is not back. */
  #isProbing = false;
  /** How often there was no slot, one time after another. */
  #polls = 0;
  #notBeforeMs = 0;

  constructor(options: BackendGateOptions) {
    this.#options = options;
  }

  /** How many tasks may begin now. Where it is 0, `onMayOpen` follows. */
  slots(): number {
    const free = this.#isShut ? 0 : (this.#options.free() ?? Infinity);
    if (free <= 0) {
      this.#arm();
      return 0;
    }
    this.#polls = 0;
    return free;
  }

  /** Something begins. After a refusal one goes ahead and looks; others wait for what it finds. */
  began(): void {
    if (this.#refusals === 0) return;
    this.#isProbing = true;
    this.#isShut = true;
    this.#arm();
  }

  /** Whether the last work found no endpoint. */
  get isRefused(): boolean {
    return this.#refusals > 0;
  }

  /** Work found no endpoint. */
  refused(): void {
    this.#isShut = true;
    // Ten that began together found nothing once, and not ten times.
    if (this.#refusals === 0 || this.#isProbing) this.#refusals += 1;
    this.#isProbing = false;
    this.#notBeforeMs = this.#options.clock.now() + limits.taskRetryMs.first;
    this.#disarm();
    this.#arm();
  }

  /** Work found an endpoint. */
  passed(): void {
    this.#refusals = 0;
    this.#isProbing = false;
    this.#isShut = false;
  }

  /** There may be more slots than before, on endpoints that may be new. */
  freed(): void {
    const earlyMs = this.#notBeforeMs - this.#options.clock.now();
    this.#disarm();
    if (!this.#isShut || earlyMs <= 0) this.#look();
    else this.#timer = this.#options.clock.setTimeout(() => this.#look(), earlyMs);
  }

  /** Another job needs fewer of the slots that there are. */
  shared(): void {
    if (!this.#isShut) this.#options.onMayOpen();
  }

  /** Leaves no timer. */
  dispose(): void {
    this.#disarm();
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    const { clock, random } = this.#options;
    const misses = Math.max(1, this.#refusals, this.#polls);
    const look = (): void => {
      this.#polls += 1;
      this.#look();
    };
    this.#timer = clock.setTimeout(look, backOffMs(limits.taskRetryMs, misses, random));
  }

  #disarm(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    this.#isShut = false;
    this.#options.onMayOpen();
  }
}
