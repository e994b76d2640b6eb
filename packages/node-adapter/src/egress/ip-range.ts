import { type IpBytes, parseIp } from './ip-address.js';

/** A block of addresses: those whose first bits are these. */
export interface IpRange {
  readonly bytes: IpBytes;
  readonly bits: number;
}

/** Reads `10.0.0.0/8` and the like, from our own tables only. */
export function ipRange(text: string): IpRange {
  const [address = '', bits] = text.split('/');
  const bytes = parseIp(address);
  if (bytes === null) throw new TypeError(`Expected a range of addresses, got \`${text}\``);
  return { bytes, bits: bits === undefined ? bytes.length * 8 : Number(bits) };
}

/** Whether an address lies in any of the ranges of its own family. */
export function inAnyRange(bytes: IpBytes, ranges: readonly IpRange[]): boolean {
  return ranges.some((range) => inRange(bytes, range));
}

function inRange(bytes: IpBytes, range: IpRange): boolean {
  if (bytes.length !== range.bytes.length) return false;
  return range.bytes.every((byte, index) => {
    const bitsHere = Math.min(8, Math.max(0, range.bits - index * 8));
    const mask = (0xff << (8 - bitsHere)) & 0xff;
    return ((bytes[index] ?? 0) & mask) === (byte & mask);
  });
}
