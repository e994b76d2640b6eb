/** An address as its bytes: 4 for IPv4, 16 for IPv6. */
export type IpBytes = readonly number[];

const decimalByte = /^(?:0|[1-9]\d{0,2})$/;
const hexGroup = /^[0-9a-f]{1,4}$/i;

/**
 * Reads an IPv4 address in four decimal numbers, or an IPv6 address without brackets and zone. Anything else is `null`:
 * odd forms such as `127.1` are not for us, since WHATWG URL has normalised them before.
 */
export function parseIp(text: string): IpBytes | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Writes IPv4 bytes as four decimal numbers. */
export function formatIpv4(bytes: IpBytes): string {
  return bytes.join('.');
}

/** The IPv4 address of an IPv4-mapped one (`::ffff:0:0/96`), which is that very address to every socket. */
export function mappedIpv4(bytes: IpBytes): IpBytes | null {
  return startsWith(bytes, mappedPrefix) ? bytes.slice(12) : null;
}

/**
 * The IPv4 addresses that packets to an IPv6 address may end at: mapped, NAT64 (`64:ff9b::/96`), 6to4 (`2002::/16`) and
 * Teredo (`2001::/32`: its server, and its client, whose bits are inverted). IPv4 holds nothing, so one step is enough.
 */
export function embeddedIpv4(bytes: IpBytes): readonly IpBytes[] {
  if (startsWith(bytes, mappedPrefix) || startsWith(bytes, nat64Prefix)) return [bytes.slice(12)];
  if (startsWith(bytes, sixToFourPrefix)) return [bytes.slice(2, 6)];
  if (startsWith(bytes, teredoPrefix)) return [bytes.slice(4, 8), bytes.slice(12).map((byte) => byte ^ 0xff)];
  return [];
}

const mappedPrefix: IpBytes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const nat64Prefix: IpBytes = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
const sixToFourPrefix: IpBytes = [0x20, 0x02];
const teredoPrefix: IpBytes = [0x20, 0x01, 0, 0];

/** IPv4 is too short for every prefix here, so it has none of them. */
function startsWith(bytes: IpBytes, prefix: IpBytes): boolean {
  return bytes.length === 16 && prefix.every((byte, index) => bytes[index] === byte);
}

function parseIpv4(text: string): IpBytes | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => decimalByte.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function parseIpv6(text: string): IpBytes | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head = '', tail] = halves;
  // Only the very end may be written as IPv4.
  const left = groupBytes(head, tail === undefined);
  const right = groupBytes(tail ?? '', true);
  if (left === null || right === null) return null;
  if (tail === undefined) return left.length === 16 ? left : null;
  const zeros = 16 - left.length - right.length;
  // `::` stands for at least one group.
  return zeros >= 2 ? [...left, ...new Array<number>(zeros).fill(0), ...right] : null;
}

function groupBytes(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const ipv4 = mayEndInIpv4 && index === groups.length - 1 && group.includes('.') ? parseIpv4(group) : null;
    if (ipv4) bytes.push(...ipv4);
    else if (hexGroup.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return null;
  }
  return bytes;
}
