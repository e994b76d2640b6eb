/** Who answers at a host, where it is known by another name. */
const providerOfHost: readonly (readonly [host: RegExp, provider: string])[] = [
  [/^api\.anthropic\.com$/, 'anthropic'],
  [/^api\.openai\.com$/, 'openai'],
  [/^generativelanguage\.googleapis\.com$/, 'google'],
  [/^api\.moonshot\.[a-z]+$/, 'kimi'],
  [/^api\.deepseek\.com$/, 'deepseek'],
];

/** Who serves a URL: a name such as `openai`, and for a host that has none, the host with its port. */
export function providerAt(url: URL): string {
  return providerOfHost.find(([host]) => host.test(url.hostname))?.[1] ?? url.host;
}
