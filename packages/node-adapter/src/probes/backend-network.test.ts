import { CorralError } from '@corral/core';
import { describe, expect, it, vi } from 'vitest';
import { BackendNetwork } from './backend-network.js';

const refusal = (error: unknown) =>
  error instanceof CorralError ? [error.code, Object.keys(error.details?.['fields'] ?? {})] : error;

describe('BackendNetwork.judgeParts', () => {
  it('I1 takes a place on this machine, with the default port where none is said', async () => {
    const address = await new BackendNetwork().judgeParts({ host: 'LOCALHOST' }, 11_434);
    expect(address).toEqual({ scheme: 'http', host: 'localhost', port: 11_434, basePath: '' });
  });

  it('does not refuse a name that leads nowhere now', async () => {
    const address = await new BackendNetwork().judgeParts({ host: 'switched-off.invalid' }, 11_434);
    expect(address.host).toBe('switched-off.invalid');
  });

  it.each([
    ['I18 F57 its own address by a name', { host: 'localhost', port: 8400 }, 'self_reference', 'host'],
    ['I3 metadata', { host: '0xA9FEA9FE' }, 'blocked_address', 'host'],
    ['I10 the public internet', { host: '8.8.8.8' }, 'egress_public_disabled', 'host'],
    ['I13 no text', { host: 7 }, 'invalid_host', 'host'],
    ['I14 a port that is none', { host: 'localhost', port: '1e3' }, 'invalid_port', 'port'],
    [
      'I22 a key with a header in it',
      { host: 'localhost', apiKey: 'x\r\nHost: y' },
      'invalid_api_key',
      'apiKey',
    ],
  ])('refuses %s at its field', async (_, parts, code, field) => {
    const network = new BackendNetwork({ self: [{ host: '127.0.0.1', port: 8400 }] });
    const outcome = await network.judgeParts(parts, 11_434).catch(refusal);
    expect(outcome).toEqual([code, [field]]);
  });

  it.each([
    [
      'I8',
      [
        { address: '192.168.1.2', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ],
      'blocked_address',
    ],
    ['I10', [{ address: '8.8.8.8', family: 4 }], 'egress_public_disabled'],
    ['I18', [{ address: '::1', family: 6 }], 'self_reference'],
  ])('%s refuses a name by where it leads: %j', async (_, addresses, code) => {
    const self = [{ host: '127.0.0.1', port: 11_434 }];
    const network = new BackendNetwork({ self, resolve: async () => addresses });
    const outcome = await network.judgeParts({ host: 'box.lan' }, 11_434).catch(refusal);
    expect(outcome).toEqual([code, ['host']]);
  });

  it('I9 F48 does not connect to a name that leads elsewhere than when it was judged', async () => {
    let address = '127.0.0.1';
    const network = new BackendNetwork({ resolve: async () => [{ address, family: 4 }] });
    const judged = await network.judgeParts({ host: 'box.lan' }, 11_434);
    // Later than an answer is kept.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 6000);
    address = '169.254.169.254';
    const target = { ...judged, apiKey: null, scrapeMetrics: false };
    expect(await network.connect(target, AbortSignal.timeout(3000))).toMatchObject({
      condition: 'blocked_address',
    });
    vi.restoreAllMocks();
  });

  it.each([
    ['F57 itself', { host: '127.0.0.1', port: 8400 }, 'blocked_address'],
    ['F57 itself by a name that moved', { host: 'me.lan', port: 8400 }, 'blocked_address'],
    ['I3 what no rule allows', { host: '169.254.169.254', port: 80 }, 'blocked_address'],
    ['I10 the internet, allowed in another life', { host: '8.8.8.8', port: 80 }, 'blocked_address'],
    ['F48 a name that nobody knows', { host: 'nowhere.lan', port: 80 }, 'name_not_found'],
  ])('does not connect to %s, though it was kept, and looks a name up once', async (_, place, condition) => {
    let lookUps = 0;
    const network = new BackendNetwork({
      self: [{ host: '0.0.0.0', port: 8400 }],
      resolve: async (name) => {
        lookUps += 1;
        if (name === 'me.lan') return [{ address: '::1', family: 6 }];
        throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
      },
    });
    const rest = { scheme: 'http', basePath: '', apiKey: null, scrapeMetrics: false } as const;
    for (const kind of [null, 'ollama'] as const) {
      lookUps = 0;
      const found = await network.connect({ ...place, ...rest, kind }, AbortSignal.timeout(3000));
      expect(found).toEqual({ condition, problem: expect.any(String) });
      expect(lookUps).toBeLessThanOrEqual(1);
    }
  });

  it('lets public addresses pass where they are switched on', async () => {
    const network = new BackendNetwork({ allowPublic: true });
    expect((await network.judgeParts({ host: '8.8.8.8', port: 80 }, 1)).host).toBe('8.8.8.8');
  });
});
