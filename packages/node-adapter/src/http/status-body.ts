import type { Hub } from '@corral/core';
import type { EventStream } from './event-stream.js';

/** A body with its validator, serialised once for all who ask. */
export interface SharedBody {
  readonly etag: string;
  readonly bytes: Uint8Array;
}

/** Serialises an answer at most once per event of the stream, whoever asks however often. */
export class SharedJson {
  readonly #stream: EventStream;
  readonly #build: () => unknown;
  #eventId: string | undefined;
  #body: SharedBody | undefined;

  constructor(stream: EventStream, build: () => unknown) {
    this.#stream = stream;
    this.#build = build;
  }

  /** The body as it is now. */
  current(): SharedBody {
    const { lastEventId } = this.#stream;
    if (!this.#body || this.#eventId !== lastEventId) {
      this.#eventId = lastEventId;
      this.#body = {
        etag: `"${lastEventId}"`,
        bytes: new TextEncoder().encode(JSON.stringify(this.#build())),
      };
    }
    return this.#body;
  }
}

/** What `GET /api/models/status` says. */
export function modelsStatus(hub: Hub): unknown {
  const { models, rejected, metrics, metricsTimestamp } = hub.snapshot();
  return { models, rejected, metrics, metricsTimestamp };
}
