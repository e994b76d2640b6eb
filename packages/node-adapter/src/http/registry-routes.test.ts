import { CorralError, type Endpoint } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { twoModelHub } from './api.fixture.js';
import { createApi } from './api.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

async function make() {
  const hub = await twoModelHub();
  const clock = new SimulatedClock();
  const api = createApi(hub, { clock });
  dispose.push(() => hub.dispose());
  dispose.push(() => api.dispose());
  const register = vi
    .spyOn(hub, 'registerEndpoint')
    .mockImplementation(async ({ host }) => ({ id: host }) as unknown as Endpoint);
  const post = (body: unknown): Promise<Response> =>
    Promise.resolve(
      api.fetch(
        new Request('http://localhost/api/registry/endpoints', {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      ),
    );
  return { clock, register, post };
}

describe('I19 registrations', () => {
  it('are ten a minute; the eleventh hears when to come back, and nothing is called for it', async () => {
    const { clock, register, post } = await make();
    for (let i = 0; i < 10; i++) {
      expect((await post({ host: `box-${i}.lan` })).status).toBe(201);
      await clock.advance(1000);
    }
    const late = await post({ host: 'box-10.lan' });
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '50']);
    expect(await late.json()).toMatchObject({ error: { code: 'rate_limited', retryable: true } });
    expect(register).toHaveBeenCalledTimes(10);
    await clock.advance(50_000);
    expect((await post({ host: 'box-10.lan' })).status).toBe(201);
  });

  it('do not count when they are refused: whoever mistypes an address may go on typing', async () => {
    const { register, post } = await make();
    register.mockRejectedValue(new CorralError('blocked_address', 'This address is never called'));
    for (let i = 0; i < 20; i++) expect((await post({ host: 'x' })).status).toBe(422);
    register.mockResolvedValue({ id: 'x' } as unknown as Endpoint);
    for (let i = 0; i < 10; i++) expect((await post({ host: 'x' })).status).toBe(201);
    expect((await post({ host: 'x' })).status).toBe(429);
  });

  it('do not count when their body is not one', async () => {
    const { register, post } = await make();
    for (let i = 0; i < 20; i++) expect((await post({ socketPath: '/x' })).status).toBe(400);
    expect(register).not.toHaveBeenCalled();
    expect((await post({ host: 'x' })).status).toBe(201);
  });

  it('say 409 when there are as many endpoints as there may be', async () => {
    const { register, post } = await make();
    register.mockRejectedValue(new CorralError('limit_reached', 'There are 1000 endpoints'));
    const response = await post({ host: 'x' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { code: 'limit_reached' } });
  });
});
