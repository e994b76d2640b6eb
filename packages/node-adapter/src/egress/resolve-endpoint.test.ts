import type { LookupAddress } from 'node:dns';
import { CorralError } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { describe, expect, it } from 'vitest';
import { parseEndpointUrl } from './endpoint-address.js';
import { NameResolver } from './name-resolver.js';
import { type ResolveEndpointPolicy, resolveEndpoint } from './resolve-endpoint.js';

const hosts: Record<string, string[]> = {
  'box.lan': ['192.168.1.5', 'fd00::5'],
  'example.com': ['93.184.215.14'],
  'mixed.example': ['93.184.215.14', '169.254.169.254'],
  'mapped.example': ['::ffff:169.254.169.254'],
  'self.lan': ['192.168.1.9'],
};

async function resolve(name: string): Promise<LookupAddress[]> {
  const found = hosts[name];
  if (found === undefined) throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

function register(text: string, policy: ResolveEndpointPolicy = {}, signal?: AbortSignal) {
  const names = new NameResolver({ clock: new SimulatedClock(), resolve });
  return resolveEndpoint(parseEndpointUrl(text, { allowPublic: true }), policy, names, signal);
}

describe('resolveEndpoint', () => {
  it('I1 names the addresses of what is allowed', async () => {
    expect(await register('box.lan:8080')).toEqual({ addresses: hosts['box.lan'], failure: null });
    expect(await register('[fd00::5]:8080')).toEqual({ addresses: ['fd00::5'], failure: null });
  });

  it.each([
    ['mixed.example:8080', true, 'blocked_address'], // I8
    ['mapped.example:8080', true, 'blocked_address'],
    ['example.com:8080', false, 'egress_public_disabled'], // I10
    ['mixed.example:8080', false, 'blocked_address'],
    ['8.8.8.8:8080', false, 'egress_public_disabled'],
  ])('I8 I10 refuses `%s` with the internet %s: `%s`', async (text, allowPublic, code) => {
    const error = await register(text, { allowPublic }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CorralError);
    expect(error).toMatchObject({ code, details: { fields: { url: expect.any(String) } } });
  });

  it('I10 lets the internet in when it is allowed', async () => {
    expect(await register('example.com:8080', { allowPublic: true })).toMatchObject({ failure: null });
  });

  it('I18 finds ourselves behind a name', async () => {
    const self = [{ host: '192.168.1.9', port: 3000 }];
    await expect(register('self.lan:3000', { self })).rejects.toMatchObject({ code: 'self_reference' });
    expect(await register('self.lan:3001', { self })).toMatchObject({ failure: null });
  });

  it('lets a name pass that cannot be resolved now, and says why', async () => {
    expect(await register('off.lan:8080')).toMatchObject({
      addresses: [],
      failure: { code: 'name_not_found' },
    });
    expect(await register('box.lan', {}, AbortSignal.abort())).toMatchObject({
      failure: { code: 'aborted' },
    });
  });
});
