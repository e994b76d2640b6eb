import { type Clock, childSignal, type JobEventBatch, type JobsFace, type TimerHandle } from '@corral/core';
import { httpLimits } from './http-limits.js';
import { heartbeat, retryField, sseFrame } from './sse-frame.js';
import type { SseSink } from './sse-sink.js';

/** What a {@link JobStream} is made of. */
export interface JobStreamOptions {
  readonly jobs: JobsFace;
  readonly jobId: string;
  /** The number of the last event that the reader has. */
  readonly after: number;
  readonly clock: Clock;
  /** How long the reader is to wait before it comes back. */
  readonly retryMs: number;
  /** Whether the reader has something that is none of ours, and is to begin anew. */
  readonly reset: boolean;
}

/**
 * The events of one job for one reader. They are asked for only as fast as the reader takes them: what it has not read
 * waits in the store, and a reader that takes nothing for 10 s is cut.
 */
export class JobStream {
  readonly #options: JobStreamOptions;
  readonly #following = childSignal();
  readonly #batches: AsyncIterator<JobEventBatch>;
  #first: Promise<IteratorResult<JobEventBatch>> | undefined;
  #sink: SseSink | undefined;
  #wake: () => void = () => {};
  #waiting = false;
  #cutTimer: TimerHandle | undefined;

  constructor(options: JobStreamOptions) {
    const { jobs, jobId, after } = options;
    this.#options = options;
    this.#batches = jobs.events(jobId, { after, signal: this.#following.signal })[Symbol.asyncIterator]();
  }

  /** Whether it was ended from here. */
  get isOver(): boolean {
    return this.#following.signal.aborted;
  }

  /** Waits for the first step. @returns whether there is anything to tell @throws CorralError `unknown_job` */
  async hasEvents(): Promise<boolean> {
    this.#first ??= this.#batches.next();
    return (await this.#first).done !== true;
  }

  /** Writes everything to the reader, to the end of one of them. @throws what following throws */
  async serve(sink: SseSink): Promise<void> {
    this.#sink = sink;
    sink.onDrain(() => this.#wake());
    sink.onClose(() => {
      this.#stop();
      this.#wake();
    });
    const { retryMs, reset } = this.#options;
    this.#write(retryField(retryMs));
    if (reset) this.#write(resetFrame);
    try {
      let step = await (this.#first ?? this.#batches.next());
      while (step.done !== true) {
        await this.#tell(step.value);
        if (this.isOver) break;
        step = await this.#batches.next();
      }
    } finally {
      this.#stop();
      sink.end();
    }
  }

  beat(): void {
    if (!this.#waiting) this.#write(heartbeat);
  }

  /** Ends it politely. */
  end(): void {
    this.#stop();
    this.#sink?.end();
    this.#wake();
  }

  /** Ends it at once: what lies unread is for this reader no more. */
  cut(): void {
    this.#stop();
    if (this.#sink && this.#sink.bufferedBytes > 0) this.#sink.destroy();
    else this.#sink?.end();
    this.#wake();
  }

  #stop(): void {
    this.#options.clock.clearTimeout(this.#cutTimer);
    if (this.isOver) return;
    this.#following.abort();
    // What waits for the reader between two steps hears of no signal.
    void this.#batches.return?.().catch(() => {});
  }

  async #tell({ events, gap }: JobEventBatch): Promise<void> {
    let piece: Uint8Array[] = gap ? [resetFrame] : [];
    let bytes = 0;
    for (const event of events) {
      const frame = sseFrame(`${event.seq}`, '', JSON.stringify(event)).bytes;
      piece.push(frame);
      bytes += frame.byteLength;
      if (bytes < httpLimits.jobStreamPieceBytes) continue;
      this.#write(Buffer.concat(piece));
      piece = [];
      bytes = 0;
      await this.#drained();
      if (this.isOver) return;
    }
    if (piece.length > 0) this.#write(Buffer.concat(piece));
    await this.#drained();
  }

  #write(bytes: Uint8Array): void {
    if (!this.isOver) this.#sink?.write(bytes);
  }

  /** Waits while more lies unread than may. */
  async #drained(): Promise<void> {
    const sink = this.#sink;
    if (!sink || this.isOver || sink.bufferedBytes < httpLimits.streamQueueBytes) return;
    this.#waiting = true;
    this.#expectProgress(sink);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#waiting = false;
    this.#options.clock.clearTimeout(this.#cutTimer);
  }

  /** Cuts a reader that takes nothing at all; one that is merely slow may take its time. */
  #expectProgress(sink: SseSink): void {
    const before = sink.bufferedBytes;
    this.#cutTimer = this.#options.clock.setTimeout(() => {
      if (sink.bufferedBytes < before) this.#expectProgress(sink);
      else this.cut();
    }, httpLimits.laggingMs);
  }
}

const resetFrame = sseFrame('', 'reset', '{}').bytes;
