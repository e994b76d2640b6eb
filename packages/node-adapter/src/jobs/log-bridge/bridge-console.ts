import { format } from 'node:util';
import type { JobLogger, Unsubscribe } from '@corral/core';
import { logToJob } from './job-log-record.js';

const methods = ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const;

/** The part of a console that is bridged. */
export type BridgedConsole = Record<(typeof methods)[number], (...args: unknown[]) => void>;

/**
 * Puts what is printed to a console on the stream of a job as well; it is printed all the same. Several jobs can be bridged
 * at once and get everything. A log that itself prints to the console is no endless loop: what it prints stays there.
 *
 * @returns its undo, in any order with others
 * @example
 * const undo = bridgeConsole(context.log);
 * try { await work(); } finally { undo(); }
 */
export function bridgeConsole(log: JobLogger, target: BridgedConsole = console): Unsubscribe {
  const bridge = bridges.get(target) ?? new ConsoleBridge(target);
  bridges.set(target, bridge);
  return bridge.add(log);
}

/** One for each console, or undoing out of order would leave a dead one in between. */
const bridges = new WeakMap<BridgedConsole, ConsoleBridge>();

class ConsoleBridge {
  readonly #target: BridgedConsole;
  readonly #logs = new Set<{ readonly log: JobLogger }>();
  #originals: Partial<BridgedConsole> = {};
  #isLogging = false;

  constructor(target: BridgedConsole) {
    this.#target = target;
  }

  add(log: JobLogger): Unsubscribe {
    const entry = { log };
    if (this.#logs.size === 0) this.#install();
    this.#logs.add(entry);
    return () => {
      if (this.#logs.delete(entry) && this.#logs.size === 0) this.#remove();
    };
  }

  #install(): void {
    for (const method of methods) {
      const original = this.#target[method];
      this.#originals[method] = original;
      this.#target[method] = (...args) => {
        original.apply(this.#target, args);
        this.#log(method, args);
      };
    }
  }

  #remove(): void {
    Object.assign(this.#target, this.#originals);
    this.#originals = {};
  }

  #log(level: string, args: readonly unknown[]): void {
    if (this.#isLogging) return;
    this.#isLogging = true;
    try {
      for (const { log } of this.#logs) logToJob(log, level, format(...args));
    } catch {
      // Values that throw when they are printed, such as some proxies.
    } finally {
      this.#isLogging = false;
    }
  }
}
