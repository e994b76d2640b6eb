import { setTimeout as sleep } from 'node:timers/promises';
import type { Hub } from '@corral/node-adapter';

const prompts = [
  'The morning came',
  'Behind the barn',
  'Nobody had asked',
  'A red horse',
  'When the rain stopped',
];

/** Sends a light load of real chats to every model that is ready. The answer ends it. */
export function keepBusy(hub: Hub): () => void {
  const over = new AbortController();
  const busy = new Set<string>();
  const look = (): void => {
    for (const { modelId, state } of hub.models()) {
      if (state !== 'ready' || busy.has(modelId)) continue;
      busy.add(modelId);
      void chat(hub, modelId, over.signal).finally(() => busy.delete(modelId));
    }
  };
  const timer = setInterval(look, 1000);
  return () => {
    clearInterval(timer);
    over.abort();
  };
}

/** One chat and a pause. A model that goes away in the middle is no error here. */
async function chat(hub: Hub, modelId: string, signal: AbortSignal): Promise<void> {
  try {
    const { baseUrl, apiKey } = await hub.modelAccess(modelId);
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({
        messages: [{ role: 'user', content: prompts[Math.floor(Math.random() * prompts.length)] }],
        max_tokens: 60 + Math.floor(Math.random() * 500),
      }),
    });
    await response.text();
    await sleep(300 + Math.random() * 2500, undefined, { signal });
  } catch {
    await sleep(500);
  }
}
