import type { ModelAccess } from '@corral/core';

/** One real chat; the answer is how many tokens the server says that it generated. */
export async function chat({ baseUrl, apiKey }: ModelAccess, maxTokens: number): Promise<number> {
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({
      messages: [{ role: 'user', content: 'The rain' }],
      max_tokens: maxTokens,
      ignore_eos: true,
    }),
  });
  const { timings } = (await response.json()) as { timings: { predicted_n: number } };
  return timings.predicted_n;
}
