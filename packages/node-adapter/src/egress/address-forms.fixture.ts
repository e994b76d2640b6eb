import fc from 'fast-check';

/** IPv4 as a number, IPv6 as one of 128 bits: nothing here reads a text, so nothing here can misread one. */
export type Verdict = 'allowed' | 'blocked_address' | 'egress_public_disabled';

const v4 = (a: number, b = 0, c = 0, d = 0): bigint => BigInt(((a * 256 + b) * 256 + c) * 256 + d);
type Block = readonly [base: bigint, bits: number];

const never4: readonly Block[] = [
  [v4(0), 8],
  [v4(169, 254), 16],
  [v4(100, 100, 100, 200), 32],
  [v4(168, 63, 129, 16), 32],
  [v4(192, 0, 0, 192), 32],
  [v4(224), 4],
  [v4(240), 4],
];
const local4: readonly Block[] = [
  [v4(127), 8],
  [v4(10), 8],
  [v4(172, 16), 12],
  [v4(192, 168), 16],
  [v4(100, 64), 10],
];
const never6: readonly Block[] = [
  [(0xfd00_0ec2n << 96n) | 0x254n, 128],
  [(0xfd20_00cen << 96n) | 0x254n, 128],
  [(0xfd00_0042n << 96n) | 0x42n, 128],
  [0xfe80n << 112n, 10],
  [0xff00n << 112n, 8],
  [0n, 128],
];
const local6: readonly Block[] = [
  [1n, 128],
  [0xfc00n << 112n, 7],
];
const mapped = 0xffffn << 32n;
const nat64 = 0x0064_ff9bn << 96n;
const sixToFour = 0x2002n << 112n;
const teredo = 0x2001_0000n << 96n;

const inside = (value: bigint, [base, bits]: Block, width: number): boolean =>
  value >> BigInt(width - bits) === base >> BigInt(width - bits);

/** What the policy's own words say of an IPv4 address. */
export function verdictOf4(value: bigint, allowPublic: boolean): Verdict {
  if (never4.some((block) => inside(value, block, 32))) return 'blocked_address';
  if (local4.some((block) => inside(value, block, 32))) return 'allowed';
  return allowPublic ? 'allowed' : 'egress_public_disabled';
}

/** What the policy's own words say of an IPv6 address. */
export function verdictOf6(value: bigint, allowPublic: boolean): Verdict {
  const last = value & 0xffff_ffffn;
  if (inside(value, [mapped, 96], 128) || inside(value, [nat64, 96], 128))
    return verdictOf4(last, allowPublic);
  if (inside(value, [sixToFour, 16], 128)) return verdictOf4((value >> 80n) & 0xffff_ffffn, allowPublic);
  if (inside(value, [teredo, 32], 128)) {
    const both = [(value >> 64n) & 0xffff_ffffn, last ^ 0xffff_ffffn].map((part) =>
      verdictOf4(part, allowPublic),
    );
    return (
      both.find((one) => one === 'blocked_address') ?? both.find((one) => one !== 'allowed') ?? 'allowed'
    );
  }
  if (never6.some((block) => inside(value, block, 128))) return 'blocked_address';
  if (local6.some((block) => inside(value, block, 128))) return 'allowed';
  if (!inside(value, [0x2000n << 112n, 3], 128)) return 'blocked_address';
  return allowPublic ? 'allowed' : 'egress_public_disabled';
}

/** Values all over, inside of the blocks, and right at their edges. */
function valuesAround(blocks: readonly Block[], width: number): fc.Arbitrary<bigint> {
  const max = (1n << BigInt(width)) - 1n;
  const anywhere = fc.bigInt({ min: 0n, max });
  const near = fc
    .tuple(fc.constantFrom(...blocks), anywhere, fc.constantFrom(-1n, 0n, 1n, null))
    .map(([[base, bits], low, edge]) => {
      const mask = (1n << BigInt(width - bits)) - 1n;
      if (edge === null) return (base & ~mask) | (low & mask);
      return edge === 1n ? (base | mask) + 1n : base + edge;
    });
  return fc
    .oneof({ weight: 1, arbitrary: anywhere }, { weight: 4, arbitrary: near })
    .map((value) => value & max);
}

export const ipv4Values = valuesAround([...never4, ...local4], 32);

export const ipv6Values = fc.oneof(
  valuesAround([...never6, ...local6, [0x2000n << 112n, 3], [0n, 96]], 128),
  ipv4Values.map((inner) => mapped | inner),
  ipv4Values.map((inner) => nat64 | inner),
  fc
    .tuple(ipv4Values, fc.bigInt({ min: 0n, max: (1n << 80n) - 1n }))
    .map(([inner, low]) => sixToFour | (inner << 80n) | low),
  fc
    .tuple(ipv4Values, ipv4Values, fc.bigInt({ min: 0n, max: 0xffff_ffffn }))
    .map(([server, client, flags]) => teredo | (server << 64n) | (flags << 32n) | (client ^ 0xffff_ffffn)),
);

/** Four decimal numbers. */
export const dotted = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((by) => (value >> by) & 255n).join('.');

/** Eight groups, none left out. */
export const grouped = (value: bigint): string[] =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((by) => ((value >> by) & 0xffffn).toString(16));

const radixes = [
  (part: bigint): string => String(part),
  (part: bigint): string => `0x${part.toString(16)}`,
  (part: bigint): string => `0X${part.toString(16).toUpperCase()}`,
  (part: bigint): string => `0${part.toString(8)}`,
];
const digitRows = ['0123456789', '０１２３４５６７８９', '⓪①②③④⑤⑥⑦⑧⑨'];

/** An IPv4 address in any form in which a URL may hold it. */
export function ipv4Form(value: bigint): fc.Arbitrary<string> {
  return fc
    .record({
      parts: fc.integer({ min: 1, max: 4 }),
      radix: fc.array(fc.constantFrom(...radixes), { minLength: 4, maxLength: 4 }),
      digits: fc.constantFrom(...digitRows),
      dot: fc.constantFrom('.', '。', '．', '｡'),
      end: fc.constantFrom('', '.'),
      shape: fc.constantFrom('plain', 'plain', 'plain', 'mapped'),
    })
    .map(({ parts, radix, digits, dot, end, shape }) => {
      if (shape === 'mapped') return `[::ffff:${dotted(value)}]`;
      const lastBits = BigInt(8 * (5 - parts));
      const heads = [24n, 16n, 8n].slice(0, parts - 1).map((by) => (value >> by) & 255n);
      const all = [...heads, value & ((1n << lastBits) - 1n)];
      const text = all.map((part, index) => radix[index]!(part)).join(dot) + end;
      return text.replace(/\d/g, (digit) => [...digits][Number(digit)]!);
    });
}

/** An IPv6 address in any form in which a URL may hold it. */
export function ipv6Form(value: bigint): fc.Arbitrary<string> {
  return fc
    .record({
      start: fc.integer({ min: 0, max: 7 }),
      length: fc.integer({ min: 0, max: 8 }),
      padded: fc.boolean(),
      upper: fc.boolean(),
      tail: fc.boolean(),
    })
    .map(({ start, length, padded, upper, tail }) => {
      const groups = grouped(value);
      const written = tail ? [...groups.slice(0, 6), dotted(value & 0xffff_ffffn)] : groups;
      let end = start;
      while (end < start + length && written[end] === '0') end++;
      const pad = (group: string): string =>
        padded && !group.includes('.') ? group.padStart(4, '0') : group;
      const left = written.slice(0, start).map(pad).join(':');
      const right = written.slice(end).map(pad).join(':');
      const text = end > start ? `${left}::${right}` : written.map(pad).join(':');
      return `[${upper ? text.toUpperCase() : text}]`;
    });
}
