import { CorralError } from '@corral/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dotted,
  grouped,
  ipv4Form,
  ipv4Values,
  ipv6Form,
  ipv6Values,
  type Verdict,
  verdictOf4,
  verdictOf6,
} from './address-forms.fixture.js';
import { judgeAddress, judgePort } from './egress-policy.js';
import { parseEndpointUrl } from './endpoint-address.js';
import { parseEndpointParts } from './endpoint-parts.js';

const runs = { numRuns: 100_000 };

function judged(ip: string, allowPublic: boolean): Verdict {
  const verdict = judgeAddress(ip, { allowPublic });
  return verdict.allowed ? 'allowed' : verdict.code;
}

function typed(form: string, allowPublic: boolean): string {
  try {
    return parseEndpointUrl(`${form}:8080`, { allowPublic }) && 'allowed';
  } catch (error) {
    return error instanceof CorralError ? error.code : String(error);
  }
}

/** The verdict on a form that is typed into the field of a host. */
function typedAsHost(host: string, allowPublic: boolean): string {
  try {
    return parseEndpointParts({ host, port: 8080 }, { allowPublic }) && 'allowed';
  } catch (error) {
    return error instanceof CorralError ? error.code : String(error);
  }
}

/** A plain comparison: `expect` takes longer than what is tested, 100 000 times over. */
function same(what: string, ...verdicts: readonly string[]): void {
  if (new Set(verdicts).size > 1) throw new Error(`${what}: ${verdicts.join(' ≠ ')}`);
}

describe('judgeAddress', () => {
  it('P-8 judges IPv4 alike in every form, as the policy says', () => {
    const cases = ipv4Values.chain((value) => fc.tuple(fc.constant(value), ipv4Form(value), fc.boolean()));
    fc.assert(
      fc.property(cases, ([value, form, allowPublic]) => {
        const canonical = dotted(value);
        const expected = verdictOf4(value, allowPublic);
        same(
          form,
          typed(form, allowPublic),
          typedAsHost(form, allowPublic),
          typed(canonical, allowPublic),
          judged(canonical, allowPublic),
          expected,
        );
      }),
      runs,
    );
  });

  it('P-8 judges IPv6 alike in every form, as the policy says', () => {
    const cases = ipv6Values.chain((value) => fc.tuple(fc.constant(value), ipv6Form(value), fc.boolean()));
    fc.assert(
      fc.property(cases, ([value, form, allowPublic]) => {
        const canonical = grouped(value).join(':');
        const expected = verdictOf6(value, allowPublic);
        same(form, typed(form, allowPublic), typedAsHost(form, allowPublic), expected);
        same(form, judged(canonical, allowPublic), expected);
        same(form, judged(form.slice(1, -1), allowPublic), expected);
      }),
      runs,
    );
  });

  it.each(['', 'box.lan', '127.1', 'fe80::1%eth0', '127.0.0.1 ', '[::1]'])(
    'blocks `%s`, which is no address',
    (ip) => {
      expect(judged(ip, true)).toBe('blocked_address');
    },
  );

  it('keeps the internet off unless it is told otherwise', () => {
    expect(judgeAddress('8.8.8.8', {})).toEqual({ allowed: false, code: 'egress_public_disabled' });
  });
});

describe('judgePort', () => {
  it.each([0, -1, 1.5, 65_536, Number.NaN, 22, 79, 444, 1023, 2049, 5060])('I15 blocks %d', (port) => {
    expect(judgePort(port)).toEqual({ allowed: false, code: 'blocked_port' });
  });

  it('I15 leaves 80, 443 and all from 1024 up open but for 35', () => {
    const open = Array.from({ length: 65_536 }, (_, port) => port).filter((port) => judgePort(port).allowed);
    expect(open.slice(0, 3)).toEqual([80, 443, 1024]);
    expect(open.length).toBe(2 + (65_536 - 1024) - 16 - 18 - 1);
  });
});
