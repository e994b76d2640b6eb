import { setTimeout as sleep } from 'node:timers/promises';
import type { Hub } from '@corral/node-adapter';

const prompts = [
  'The morning came',
  'Behind the barn',
  'Nobody had asked',
  'A red horse',
  'When the rain stopped',
];

/** Keeps a light load of short, real chats on every model of our own that is ready. The answer ends it. */
export function keepBusy(hub: Hub): () => void {
  const over = new AbortController();
  const busy = new Set<string>();
  const look = (): void => {
    for (const { modelId, state, control } of hub.models()) {
      if (state !== 'ready' || control !== 'owned' || busy.has(modelId)) continue;
      busy.add(modelId);
      void chatAway(hub, modelId, over.signal).finally(() => busy.delete(modelId));
    }
  };
  const timer = setInterval(look, 500);
  return () => {
    clearInterval(timer);
    over.abort();
  };
}

/** Chats several times a second, in waves, until the model goes away, which is no error here. */
async function chatAway(hub: Hub, modelId: string, signal: AbortSignal): Promise<void> {
  const phase = Math.random() * 6;
  try {
    const access = await hub.modelAccess(modelId);
    while (!signal.aborted) {
      const wave = 1 + Math.sin(phase + performance.now() / 3000);
      await chat(access, 15 + Math.floor(Math.random() * 40), signal);
      await sleep(80 + 180 * wave, undefined, { signal });
    }
  } catch {
    // Stopped, killed or restarted; the next look finds it again when it is ready.
  }
}

async function chat(
  { baseUrl, apiKey }: { readonly baseUrl: string; readonly apiKey: string | null },
  maxTokens: number,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({
      messages: [{ role: 'user', content: prompts[Math.floor(Math.random() * prompts.length)] }],
      max_tokens: maxTokens,
      ignore_eos: true,
    }),
  });
  if (!response.ok) throw new Error(`The server answered with ${response.status}`);
  await response.arrayBuffer();
}
