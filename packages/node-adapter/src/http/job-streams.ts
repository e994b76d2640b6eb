import { type Clock, CorralError, type JobsFace, type TimerHandle } from '@corral/core';
import type { Logger } from '../logger.js';
import type { Caller } from './callers.js';
import { httpLimits } from './http-limits.js';
import { JobStream } from './job-stream.js';
import type { SseSink } from './sse-sink.js';

/** What {@link JobStreams} are made of. */
export interface JobStreamsOptions {
  readonly jobs: JobsFace;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  readonly heartbeatMs?: number;
}

/** The open streams of jobs. */
export class JobStreams {
  readonly #options: JobStreamsOptions;
  readonly #streams = new Map<JobStream, Caller | null>();
  #beatTimer: TimerHandle | undefined;
  #disposed = false;

  constructor(options: JobStreamsOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get readerCount(): number {
    return this.#streams.size;
  }

  /**
   * Begins to follow a job for a reader. It counts from now on, so that whoever is not welcome any more is cut even before
   * anything was written: {@link serve} or {@link forget} it.
   * @param after the number of the last event that the reader has; `null` for one that is none of ours
   */
  begin(jobId: string, after: number | null, caller: Caller | null): JobStream {
    const { jobs, clock, random = Math.random } = this.#options;
    const { least, most } = httpLimits.retryMs;
    const retryMs = least + (most - least) * random();
    const place = { after: after ?? 0, reset: after === null };
    const stream = new JobStream({ jobs, jobId, ...place, clock, retryMs });
    if (this.#disposed) stream.end();
    if (this.#streams.size === 0) this.#expectBeat();
    this.#streams.set(stream, caller);
    return stream;
  }

  /** Serves a reader to the end. */
  serve(stream: JobStream, sink: SseSink): void {
    stream
      .serve(sink)
      .catch((error: unknown) => {
        // It was removed meanwhile, or the hub ends: the reader hears it when it comes back.
        if (!(error instanceof CorralError)) this.#options.logger.error('a job stream broke', { error });
      })
      .finally(() => this.forget(stream));
  }

  /** Ends a stream that is not served any more. */
  forget(stream: JobStream): void {
    stream.end();
    this.#streams.delete(stream);
    if (this.#streams.size === 0) this.#options.clock.clearTimeout(this.#beatTimer);
  }

  /** Ends the streams of callers who are not welcome any more. */
  cut(isWelcome: (caller: Caller) => boolean): void {
    for (const [stream, caller] of [...this.#streams])
      if (caller !== null && !isWelcome(caller)) {
        stream.cut();
        this.forget(stream);
      }
  }

  /** Ends every stream. */
  dispose(): void {
    this.#disposed = true;
    for (const stream of [...this.#streams.keys()]) this.forget(stream);
  }

  #expectBeat(): void {
    const { clock, heartbeatMs = httpLimits.heartbeatMs } = this.#options;
    this.#beatTimer = clock.setTimeout(() => {
      for (const stream of this.#streams.keys()) stream.beat();
      this.#expectBeat();
    }, heartbeatMs);
  }
}
