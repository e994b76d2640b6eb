import { CorralError } from '../errors.js';
import type { JobEventBatch } from './job-event.js';
import type { JobStore } from './ports.js';

/** Events that are read at once: a reader who stops holds no more than these. */
const pageLength = 500;

/** The stored events after a number, as many as make a page. @throws CorralError `store_failed` */
export async function nextPage(
  store: Pick<JobStore, 'events' | 'eventRange'>,
  jobId: string,
  after: number,
): Promise<JobEventBatch> {
  try {
    const events = await store.events(jobId, { after, limit: pageLength });
    const first = events[0]?.seq ?? 0;
    // Only when the first number is not the next one may some be gone, and it is worth a look.
    const range = first > after + 1 ? await store.eventRange(jobId) : undefined;
    return { events, gap: range !== undefined && range.first > after + 1 };
  } catch (cause) {
    throw new CorralError('store_failed', 'The events of this job cannot be read now', {
      cause,
      retryable: true,
    });
  }
}

/** All stored events after a number. */
export async function* storedEvents(
  store: Pick<JobStore, 'events' | 'eventRange'>,
  jobId: string,
  after: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobEventBatch> {
  let cursor = after;
  while (!signal?.aborted) {
    const page = await nextPage(store, jobId, cursor);
    const last = page.events.at(-1);
    if (!last) return;
    cursor = last.seq;
    yield page;
  }
}
