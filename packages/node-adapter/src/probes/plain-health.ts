import { headerOf } from './bounded-request.js';
import type { AskServer } from './endpoint-probe.js';
import { unrecognised } from './watched-endpoint.js';

/**
 * Asks a health page whose body may be anything short, or empty: only a page for people, which whoever stands before a
 * server might show instead, is no answer. Resolves with how long it took, in ms.
 * @throws EndpointTrouble, ProbeFailure
 */
export async function needHealth(ask: AskServer, path: string): Promise<number> {
  const answer = await ask.need(path);
  const isPage = headerOf(answer, 'content-type')?.startsWith('text/html') || /^\s*</.test(answer.text);
  if (isPage || answer.text.length > 1024) throw unrecognised();
  return answer.durationMs;
}
