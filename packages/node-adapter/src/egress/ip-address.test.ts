import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embeddedIpv4, formatIpv4, parseIp } from './ip-address.js';

describe('parseIp', () => {
  it.each([
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    '0x1.2.3.4',
    ' 1.2.3.4',
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '1:2:3:4:5:6:7::8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'fe80::1%eth0',
    '[::1]',
  ])('does not take `%s` for an address', (text) => {
    expect(parseIp(text)).toBeNull();
  });

  it('reads and refuses exactly what sockets do, but for zones', () => {
    const piece = fc.constantFrom('0', '1', 'ff', '255', '256', 'abcd', ':', '::', '.', '%', '0', '10');
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(piece, { maxLength: 16 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (ip) => {
        const family = { 4: 4, 16: 6 }[parseIp(ip)?.length ?? 0] ?? 0;
        expect(family).toBe(ip.includes('%') ? 0 : isIP(ip));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('embeddedIpv4', () => {
  it.each([
    ['::ffff:10.1.2.3', ['10.1.2.3']],
    ['64:ff9b::a01:203', ['10.1.2.3']],
    ['2002:a01:203::1', ['10.1.2.3']],
    ['2001:0:a01:203:0:0:f5fe:fdfc', ['10.1.2.3', '10.1.2.3']],
    ['2001:1::a01:203', []],
    ['::a01:203', []],
    ['10.1.2.3', []],
  ])('finds in `%s` %j', (ip, found) => {
    expect(embeddedIpv4(parseIp(ip) ?? []).map(formatIpv4)).toEqual(found);
  });
});
