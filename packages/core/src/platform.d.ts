/**
 * The few platform globals that core may touch. They exist alike in browsers, Node, Deno, Bun and workers.
 * Everything else of the DOM or of Node is invisible here on purpose: see docs/adr/0002-boundaries.md.
 */
declare function setTimeout(callback: () => void, delayMs?: number): object | number;
declare function clearTimeout(handle: object | number | undefined): void;
declare const performance: { now(): number };

interface AbortSignalEventListener {
  (): void;
}
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: AbortSignalEventListener, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: AbortSignalEventListener): void;
  throwIfAborted(): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
