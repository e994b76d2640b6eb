import type { Hub } from '@corral/core';
import type { EventStream } from './event-stream.js';
import type { SeriesJson } from './series-json.js';

/** A body with its validator, serialised once for all who ask. */
export interface SharedBody {
  readonly etag: string;
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** Serialises an answer at most once per event of the stream, whoever asks however often. */
export class SharedText {
  readonly #stream: EventStream;
  readonly #write: () => string;
  readonly #contentType: string;
  #eventId: string | undefined;
  #body: SharedBody | undefined;

  /** @param write makes the text */
  constructor(stream: EventStream, write: () => string, contentType: string) {
    this.#stream = stream;
    this.#write = write;
    this.#contentType = contentType;
  }

  /** The body as it is now. */
  current(): SharedBody {
    const { lastEventId, isDisposed } = this.#stream;
    if (!this.#body || this.#eventId !== lastEventId || isDisposed) {
      this.#eventId = lastEventId;
      const contentType = this.#contentType;
      this.#body = { etag: `"${lastEventId}"`, bytes: Buffer.from(this.#write()), contentType };
    }
    return this.#body;
  }
}

/** A {@link SharedText} that is JSON. */
export class SharedJson extends SharedText {
  /** @param write makes the JSON text */
  constructor(stream: EventStream, write: () => string) {
    super(stream, write, 'application/json');
  }
}

/** What `GET /api/models/status` says, as JSON. */
export function statusJson(hub: Hub, seriesJson: SeriesJson): string {
  const models = hub.models();
  const metrics = models.flatMap(({ modelId }) => {
    const series = hub.series(modelId);
    return series ? [seriesJson.of(modelId, series)] : [];
  });
  const at = JSON.stringify(hub.metricsTimestamp);
  return (
    `{"models":${JSON.stringify(models)},"rejected":${JSON.stringify(hub.rejected())}` +
    `,"metrics":[${metrics.join()}],"metricsTimestamp":${at}}`
  );
}
