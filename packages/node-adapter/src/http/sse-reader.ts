import type { Clock, TimerHandle } from '@corral/core';
import { httpLimits } from './http-limits.js';
import { heartbeat, type SseFrame } from './sse-frame.js';
import type { SseSink } from './sse-sink.js';

/** What a reader asks of the stream it belongs to. */
export interface SseReaderHost {
  readonly clock: Clock;
  /** Frames that bring a reader up to date: `lagged`, then those that had to wait for it, then a snapshot. */
  catchUp(kept: readonly SseFrame[]): readonly SseFrame[];
}

/**
 * One reader of the event stream. While it keeps up every frame goes straight to its sink. When more than 256 KiB lie
 * unread it lags: state is dropped for it, frames that must arrive are kept, and once it has read everything it gets
 * `lagged`, those, and a fresh snapshot. A reader that takes nothing for 10 s is cut.
 */
export class SseReader {
  readonly #sink: SseSink;
  readonly #host: SseReaderHost;
  #lagging = false;
  #kept: SseFrame[] = [];
  #keptBytes = 0;
  #cutTimer: TimerHandle | undefined;

  constructor(sink: SseSink, host: SseReaderHost) {
    this.#sink = sink;
    this.#host = host;
    sink.onDrain(() => this.#caughtUp());
  }

  /** Whether frames are being dropped for this reader. */
  get lagging(): boolean {
    return this.#lagging;
  }

  send(frame: SseFrame): void {
    if (this.#lagging) this.#keep(frame);
    else if (this.#fits(frame.bytes)) this.#sink.write(frame.bytes);
    else {
      this.#lagging = true;
      this.#expectProgress();
      this.#keep(frame);
    }
  }

  beat(): void {
    if (!this.#lagging) this.#sink.write(heartbeat);
  }

  /** Ends the stream politely. */
  end(): void {
    this.dispose();
    this.#sink.end();
  }

  /** Ends the stream at once: what lies unread is for this reader no more. */
  cut(): void {
    this.dispose();
    if (this.#sink.bufferedBytes > 0) this.#sink.destroy();
    else this.#sink.end();
  }

  /** Forgets timers; the sink is on its own. */
  dispose(): void {
    this.#host.clock.clearTimeout(this.#cutTimer);
  }

  /** Cuts a reader that takes nothing at all; one that is merely slow may take its time. */
  #expectProgress(): void {
    const before = this.#sink.bufferedBytes;
    this.#cutTimer = this.#host.clock.setTimeout(() => {
      if (this.#sink.bufferedBytes < before) this.#expectProgress();
      else this.#sink.destroy();
    }, httpLimits.laggingMs);
  }

  /** A frame of any size fits into an empty queue; otherwise one large snapshot could never be sent. */
  #fits(bytes: Uint8Array): boolean {
    const buffered = this.#sink.bufferedBytes;
    return buffered === 0 || buffered + bytes.byteLength <= httpLimits.streamQueueBytes;
  }

  #keep(frame: SseFrame): void {
    if (!frame.critical) return;
    this.#kept.push(frame);
    this.#keptBytes += frame.bytes.byteLength;
    if (this.#keptBytes > httpLimits.streamQueueBytes) this.#sink.destroy();
  }

  #caughtUp(): void {
    if (!this.#lagging) return;
    this.#lagging = false;
    this.#host.clock.clearTimeout(this.#cutTimer);
    const frames = this.#host.catchUp(this.#kept);
    this.#kept = [];
    this.#keptBytes = 0;
    for (const frame of frames) this.#sink.write(frame.bytes);
  }
}
