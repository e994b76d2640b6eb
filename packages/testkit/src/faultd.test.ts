import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultBehaviour } from './fault-behaviours.ts';
import { type Faultd, type FaultTarget, startFaultd } from './faultd.ts';

let faultd: Faultd;
beforeEach(async () => {
  faultd = await startFaultd();
});
afterEach(() => faultd.close());

const open = (behaviour: FaultBehaviour) => faultd.open(behaviour);
const metric = async ({ url }: FaultTarget) =>
  /^llamacpp:tokens_predicted_total (\S+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];

/** The bytes of the body as they come over the wire within `ms`. */
function readFor(url: string, ms: number): Promise<{ headers: IncomingMessage['headers']; bytes: number }> {
  return new Promise((resolve, reject) => {
    const request = get(url, (response) => {
      let bytes = 0;
      response.on('data', (data: Buffer) => (bytes += data.length)).on('error', () => undefined);
      setTimeout(() => resolve({ headers: response.headers, bytes }), ms).unref();
      setTimeout(() => request.destroy(), ms);
    }).on('error', reject);
  });
}

describe('startFaultd', () => {
  it('opens a port for each behaviour asked for', async () => {
    const other = await startFaultd({ behaviours: ['ok', 'loading'] });
    expect(other.targets.map((target) => target.behaviour)).toEqual(['ok', 'loading']);
    await other.close();
  });

  it('answers like a ready llama-server, then as told', async () => {
    const target = await open('ok');
    expect((await fetch(`${target.url}/health`)).status).toBe(200);
    target.behave('loading');
    expect((await fetch(`${target.url}/health`)).status).toBe(503);
    expect(target.requests.get('/health')).toBe(2);
  });

  it('counts up, and starts again from nothing when told', async () => {
    const target = await open('ok');
    expect([await metric(target), await metric(target)]).toEqual(['1010', '1020']);
    target.behave('reset-counter');
    expect(await metric(target)).toBe('10');
    target.behave('nan');
    expect(await metric(target)).toBe('1e400');
  });

  it('hangs, with the connection open', async () => {
    const target = await open('hang');
    await expect(fetch(target.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
    expect(target.peakSockets).toBe(1);
  });

  it('drips slowly and pours without end', async () => {
    const { bytes } = await readFor((await open('drip')).url, 1500);
    expect(bytes).toBeGreaterThanOrEqual(1);
    expect(bytes).toBeLessThanOrEqual(2);
    expect((await readFor((await open('huge')).url, 300)).bytes).toBeGreaterThan(2 ** 20);
  });

  it('packs much into little', async () => {
    const { headers, bytes } = await readFor((await open('gzip')).url, 200);
    expect(headers['content-encoding']).toBe('gzip');
    expect(bytes).toBeLessThan(100_000);
  });

  it('redirects, resets and shows a login page', async () => {
    const redirect = await fetch((await open('redirect')).url, { redirect: 'manual' });
    expect(redirect.headers.get('location')).toContain('169.254.169.254');
    await expect(fetch((await open('reset')).url)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    const page = await fetch((await open('wrong-type')).url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
  });

  it('closes with requests under way and refuses afterwards', async () => {
    const target = await open('hang');
    const pending = fetch(target.url);
    const failed = expect(pending).rejects.toThrow();
    await expect.poll(() => target.openSockets).toBe(1);
    await faultd.close();
    await failed;
    await expect(fetch(target.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await faultd.close();
  });
});
