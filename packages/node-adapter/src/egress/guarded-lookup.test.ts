import type { LookupAddress, LookupOptions } from 'node:dns';
import { SimulatedClock } from '@corral/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dotted, grouped, ipv4Values, ipv6Values, verdictOf4, verdictOf6 } from './address-forms.fixture.js';
import { guardedLookup } from './guarded-lookup.js';
import { NameResolver } from './name-resolver.js';

interface Answer {
  readonly error: unknown;
  readonly address: unknown;
  readonly family: unknown;
}

function ask(found: LookupAddress[], options: LookupOptions, allowPublic = false): Promise<Answer> {
  const names = new NameResolver({ clock: new SimulatedClock(), resolve: async () => found });
  const lookup = guardedLookup(names, { allowPublic });
  return new Promise((resolve) =>
    lookup('box.lan', options, (error, address, family) => resolve({ error, address, family })),
  );
}

const lan: LookupAddress[] = [
  { address: 'fd00::5', family: 6 },
  { address: '192.168.1.5', family: 4 },
];

describe('guardedLookup', () => {
  it('answers as sockets ask: all, the first, or the first of a family', async () => {
    expect(await ask(lan, { all: true })).toMatchObject({ error: null, address: lan });
    expect(await ask(lan, {})).toMatchObject({ error: null, address: 'fd00::5', family: 6 });
    expect(await ask(lan, { family: 4 })).toMatchObject({ address: '192.168.1.5', family: 4 });
    expect(await ask(lan, { family: 'IPv4', all: true })).toMatchObject({ address: [lan[1]] });
    expect(await ask(lan.slice(1), { family: 6 })).toMatchObject({ error: { code: 'name_not_found' } });
  });

  it('I8 refuses a name for one of its addresses, also when the socket would not see that one', async () => {
    const mixed = [...lan, { address: '169.254.169.254', family: 4 }];
    expect(await ask(mixed, { all: true })).toMatchObject({ error: { code: 'blocked_address' } });
    expect(await ask(mixed, { family: 6 })).toMatchObject({ error: { code: 'blocked_address' } });
    const both = [{ address: '8.8.8.8', family: 4 }, ...mixed];
    expect(await ask(both, { all: true })).toMatchObject({ error: { code: 'blocked_address' } });
  });

  it('I10 refuses the internet until it is allowed', async () => {
    const found = [...lan, { address: '93.184.215.14', family: 4 }];
    expect(await ask(found, { all: true })).toMatchObject({ error: { code: 'egress_public_disabled' } });
    expect(await ask(found, { all: true }, true)).toMatchObject({ address: found });
  });

  it('blocks a link-local address with its zone', async () => {
    const found = [{ address: 'fe80::1%eth0', family: 6 }];
    expect(await ask(found, { all: true }, true)).toMatchObject({ error: { code: 'blocked_address' } });
  });

  it('P-9 gives sockets all that was judged, and nothing when any of it is refused', async () => {
    const one = fc.oneof(
      ipv4Values.map((value) => ({ address: dotted(value), family: 4, verdict: verdictOf4(value, false) })),
      ipv6Values.map((value) => ({
        address: grouped(value).join(':'),
        family: 6,
        verdict: verdictOf6(value, false),
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 3 }), async (found) => {
        const verdicts = found.map(({ verdict }) => verdict);
        const { error, address } = await ask(found, { all: true });
        if (verdicts.every((verdict) => verdict === 'allowed')) expect(address).toEqual(found);
        else {
          const hardest = verdicts.includes('blocked_address') ? 'blocked_address' : 'egress_public_disabled';
          expect({ error, address }).toMatchObject({ error: { code: hardest }, address: '' });
        }
      }),
      { numRuns: 100_000 },
    );
  });
});
