import { describe, expect, it } from 'vitest';
import { PortAllocator } from './port-range.js';

describe('PortAllocator', () => {
  it('hands out the lowest free port and takes ports back', () => {
    const ports = new PortAllocator({ from: 10, to: 12 });
    expect([ports.hold('a'), ports.hold('b'), ports.hold('c'), ports.hold('d')]).toEqual([10, 11, 12, null]);
    ports.release('b');
    expect(ports.hold('d')).toBe(11);
  });

  it('moves an owner on to the next free port, around the end of the range, and frees the old one', () => {
    const ports = new PortAllocator({ from: 10, to: 12 });
    ports.hold('a');
    ports.hold('b');
    expect(ports.hold('b', 11)).toBe(12);
    expect(ports.hold('b', 12)).toBe(11);
    expect(ports.hold('c')).toBe(12);
  });

  it('begins at 8100', () => {
    expect(new PortAllocator().hold('a')).toBe(8100);
  });

  it.each([
    { from: 0, to: 5 },
    { from: 5, to: 4 },
    { from: 1, to: 65_536 },
    { from: 1.5, to: 3 },
    { from: Number.NaN, to: 3 },
  ])('refuses the range $from to $to', (range) => {
    expect(() => new PortAllocator(range)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
