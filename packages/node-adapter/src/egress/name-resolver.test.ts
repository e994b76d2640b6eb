import type { LookupAddress } from 'node:dns';
import { sleep } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { describe, expect, it } from 'vitest';
import { EgressFailure } from './egress-failure.js';
import { NameResolver } from './name-resolver.js';

const lan: LookupAddress[] = [{ address: '192.168.1.5', family: 4 }];
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
const caught = (error: unknown) => error as EgressFailure;

/** Look-ups that end when the test says so. */
function slowNames() {
  const open = new Map<string, (addresses: LookupAddress[]) => void>();
  const asked: string[] = [];
  let most = 0;
  return {
    open,
    asked,
    most: () => most,
    resolve: (name: string) =>
      new Promise<LookupAddress[]>((resolve) => {
        asked.push(name);
        open.set(name, (addresses) => {
          open.delete(name);
          resolve(addresses);
        });
        most = Math.max(most, open.size);
      }),
  };
}

describe('NameResolver', () => {
  it.each([
    ['ENOTFOUND', 'name_not_found', false],
    ['ENODATA', 'name_not_found', false],
    ['EAI_AGAIN', 'lookup_failed', true],
    ['ESERVFAIL', 'lookup_failed', true],
    ['ETIMEOUT', 'timeout', true],
  ])('F48 tells `%s` by `%s`', async (dnsCode, code, retryable) => {
    const names = new NameResolver({ clock: new SimulatedClock(), resolve: failing(dnsCode) });
    const error = await names.addresses('box.lan').catch(caught);
    expect(error).toBeInstanceOf(EgressFailure);
    expect(error).toMatchObject({ code, retryable, cause: { code: dnsCode } });
  });

  it('takes no address for an unknown name', async () => {
    const names = new NameResolver({ clock: new SimulatedClock(), resolve: async () => [] });
    await expect(names.addresses('box.lan')).rejects.toMatchObject({ code: 'name_not_found' });
  });

  it('F48 gives up on a slow name service after its own deadline', async () => {
    const clock = new SimulatedClock();
    const slow = slowNames();
    const names = new NameResolver({ clock, resolve: slow.resolve });
    const outcome = names.addresses('box.lan').catch(caught);
    await clock.advance(2999);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1);
    expect(await outcome).toMatchObject({ code: 'timeout', retryable: true });
    expect(clock.timerCount).toBe(0);
  });

  it('ends with its signal, and says whether that was a deadline', async () => {
    const clock = new SimulatedClock();
    const names = new NameResolver({ clock, resolve: slowNames().resolve });
    const controller = new AbortController();
    const outcome = names.addresses('box.lan', controller.signal).catch(caught);
    controller.abort();
    expect(await outcome).toMatchObject({ code: 'aborted' });
    expect(clock.timerCount).toBe(0);
    await expect(names.addresses('box.lan', controller.signal)).rejects.toMatchObject({ code: 'aborted' });
    const deadline = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    await expect(names.addresses('box.lan', deadline)).rejects.toMatchObject({ code: 'timeout' });
  });

  it.each([undefined, 60_000])('F48 keeps an answer for 5 s and no longer', async (cacheMs) => {
    const clock = new SimulatedClock();
    let asked = 0;
    const resolve = async () => [{ address: `10.0.0.${++asked}`, family: 4 }];
    const names = new NameResolver({ clock, resolve, ...(cacheMs === undefined ? {} : { cacheMs }) });
    expect(await names.addresses('box.lan')).toMatchObject([{ address: '10.0.0.1' }]);
    await clock.advance(4999);
    expect(await names.addresses('box.lan')).toMatchObject([{ address: '10.0.0.1' }]);
    await clock.advance(1);
    expect(await names.addresses('box.lan')).toMatchObject([{ address: '10.0.0.2' }]);
  });

  it('does not keep failures', async () => {
    let asked = 0;
    const names = new NameResolver({
      clock: new SimulatedClock(),
      resolve: () => (++asked === 1 ? failing('ENOTFOUND')() : Promise.resolve(lan)),
    });
    await expect(names.addresses('box.lan')).rejects.toMatchObject({ code: 'name_not_found' });
    expect(await names.addresses('box.lan')).toBe(lan);
  });

  it('F49 runs at most two look-ups for 200 slow names, in turn; one while nobody knows the names', async () => {
    const clock = new SimulatedClock();
    const slow = slowNames();
    const names = new NameResolver({ clock, resolve: slow.resolve });
    for (const [round, most] of [
      [1, 1],
      [2, 2],
    ] as const) {
      const all = Promise.all(Array.from({ length: 200 }, (_, index) => names.addresses(`box${index}.lan`)));
      while (slow.asked.length < 200 * round || slow.open.size > 0) {
        for (const answer of [...slow.open.values()]) answer(lan);
        await clock.advance(1);
      }
      expect((await all).every((addresses) => addresses === lan)).toBe(true);
      expect(slow.most()).toBe(most);
      expect(new Set(slow.asked).size).toBe(200);
      await clock.advance(5000);
    }
  });

  it('F49 finds a name that works at once beside any number that take their time', async () => {
    const clock = new SimulatedClock();
    const slow = slowNames();
    const names = new NameResolver({ clock, resolve: slow.resolve });
    const find = async (): Promise<void> => {
      const found = names.addresses('good.lan');
      await clock.advance(0);
      slow.open.get('good.lan')?.(lan);
      expect(await found).toBe(lan);
    };
    await find();
    for (let index = 0; index < 200; index++) names.addresses(`box${index}.lan`).catch(caught);
    for (let i = 0; i < 3; i++) {
      await clock.advance(5000);
      await find();
    }
    expect(slow.asked.filter((name) => name === 'good.lan')).toHaveLength(4);
  });

  it('F49 keeps no place for a name that is not found any more', async () => {
    const clock = new SimulatedClock();
    const asked: string[] = [];
    let works = true;
    const names = new NameResolver({
      clock,
      resolve: async (name) => {
        asked.push(name);
        if (works) return lan;
        await sleep(clock, 1000);
        return failing('EAI_AGAIN')();
      },
    });
    const gone = ['a.lan', 'b.lan'];
    for (const name of gone) await names.addresses(name);
    await clock.advance(5000);
    works = false;
    for (const expected of [gone, gone.slice(0, 1)]) {
      asked.length = 0;
      for (const name of gone) names.addresses(name).catch(caught);
      await clock.advance(500);
      expect(asked).toEqual(expected);
      await clock.advance(5000);
    }
  });

  it('F49 lets look-ups that outlive their callers keep their place, and drops those that never began', async () => {
    const clock = new SimulatedClock();
    const slow = slowNames();
    const names = new NameResolver({ clock, resolve: slow.resolve });
    const outcomes = Array.from({ length: 200 }, (_, index) =>
      names.addresses(`box${index}.lan`).catch(caught),
    );
    await clock.advance(3000);
    expect(new Set((await Promise.all(outcomes)).map((error) => (error as EgressFailure).code))).toEqual(
      new Set(['timeout']),
    );
    const late = names.addresses('late.lan');
    await clock.advance(1);
    expect(slow.asked).toEqual(['box0.lan']);
    slow.open.get('box0.lan')?.(lan);
    await clock.advance(1);
    expect(slow.asked.slice(1)).toEqual(['late.lan']);
    slow.open.get('late.lan')?.(lan);
    expect(await late).toBe(lan);
  });

  it('asks once for all who wait for one name, each with a deadline of its own', async () => {
    const clock = new SimulatedClock();
    const slow = slowNames();
    const names = new NameResolver({ clock, resolve: slow.resolve });
    const early = names.addresses('box.lan').catch(caught);
    await clock.advance(2000);
    const late = names.addresses('box.lan');
    await clock.advance(1500);
    expect(await early).toMatchObject({ code: 'timeout' });
    slow.open.get('box.lan')?.(lan);
    expect(await late).toBe(lan);
    expect(slow.asked).toEqual(['box.lan']);
  });
});
