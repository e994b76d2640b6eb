import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortAllocator, PortLease } from './port-range.js';

describe('PortAllocator', () => {
  it('F22 hands out the lowest free port, takes ports back, and says when there is none', () => {
    const ports = new PortAllocator({ from: 10, to: 12 });
    expect([ports.hold('a'), ports.hold('b'), ports.hold('c'), ports.hold('d')]).toEqual([10, 11, 12, null]);
    ports.release('b');
    expect(ports.hold('d')).toBe(11);
  });

  it('F20 moves an owner on to the next free port, around the end of the range, and frees the old one', () => {
    const ports = new PortAllocator({ from: 10, to: 12 });
    ports.hold('a');
    ports.hold('b');
    expect(ports.hold('b', 11)).toBe(12);
    expect(ports.hold('b', 12)).toBe(11);
    expect(ports.hold('c')).toBe(12);
  });

  it('gives an owner the port that it had last, while nobody else has it', () => {
    const ports = new PortAllocator({ from: 10, to: 12 });
    ports.hold('a');
    ports.hold('b');
    ports.release('a');
    ports.release('b');
    expect(ports.hold('b')).toBe(11);
    ports.release('b');
    ports.reserve('c', 11);
    expect([ports.hold('b'), ports.hold('c')]).toEqual([10, 11]);
  });

  it('keeps a reserved port for its owner alone, whether it runs or not', () => {
    const ports = new PortAllocator({ from: 10, to: 11 });
    ports.reserve('a', 10);
    expect([ports.hold('b'), ports.hold('c'), ports.hold('a')]).toEqual([11, null, 10]);
    ports.release('a');
    expect([ports.hold('c'), ports.ownerOf(10, 'c')]).toEqual([null, 'a']);
    ports.reserve('a', null);
    expect(ports.hold('c')).toBe(10);
  });

  it('refuses a reserved port that another one still runs on', () => {
    const ports = new PortAllocator({ from: 10, to: 12 });
    ports.adopt('left', 12);
    ports.reserve('a', 12);
    expect([ports.hold('a'), ports.ownerOf(12, 'a')]).toEqual([null, 'left']);
    ports.release('left');
    expect(ports.hold('a')).toBe(12);
  });

  it('adopts a port outside of its range without taking one of it', () => {
    const ports = new PortAllocator({ from: 10, to: 11 });
    ports.adopt('left', 9999);
    expect([ports.hold('a'), ports.hold('b'), ports.ownerOf(9999, 'a')]).toEqual([10, 11, 'left']);
  });

  it('forgets an owner with all that it had', () => {
    const ports = new PortAllocator({ from: 10, to: 11 });
    ports.hold('a');
    ports.reserve('a', 11);
    ports.forget('a');
    expect([ports.ownerOf(10, 'b'), ports.ownerOf(11, 'b')]).toEqual([undefined, undefined]);
    expect([ports.hold('b'), ports.hold('a')]).toEqual([10, 11]);
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

  it('P-1 never gives one port to two owners, and has every port back at the end', () => {
    const owner = fc.constantFrom('a', 'b', 'c', 'd');
    const port = fc.integer({ min: 10, max: 12 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('hold'), owner, after: fc.option(port) }),
      fc.record({ kind: fc.constantFrom('release', 'forget'), owner }),
      fc.record({ kind: fc.constant('reserve'), owner, port: fc.option(port) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const ports = new PortAllocator({ from: 10, to: 12 });
        const held = new Map<string, number>();
        for (const step of steps) {
          if (step.kind === 'hold') {
            const got = ports.hold(step.owner, step.after);
            if (got !== null) held.set(step.owner, got);
          } else if (step.kind === 'reserve') {
            // A choice is refused while someone else has the port.
            const free = step.port === null || ports.ownerOf(step.port, step.owner) === undefined;
            if (free) ports.reserve(step.owner, step.port);
          } else {
            ports[step.kind](step.owner);
            held.delete(step.owner);
          }
          if (new Set(held.values()).size !== held.size) expect.fail(`shared: ${[...held].join(' ')}`);
        }
        for (const name of ['a', 'b', 'c', 'd']) ports.forget(name);
        expect(['a', 'b', 'c', 'd'].map((name) => ports.hold(name))).toEqual([10, 11, 12, null]);
      }),
      { numRuns: 20_000 },
    );
  }, 30_000);
});

describe('PortLease', () => {
  it('has a port only between hold and release', () => {
    const ports = new PortAllocator({ from: 10, to: 10 });
    const lease = new PortLease(ports, 'a');
    expect(lease.port).toBeNull();
    expect([lease.hold(), lease.port]).toEqual([true, 10]);
    lease.release();
    expect([lease.port, ports.ownerOf(10, 'b')]).toEqual([null, undefined]);
  });

  it('keeps what it has when there is no other port', () => {
    const ports = new PortAllocator({ from: 10, to: 11 });
    const lease = new PortLease(ports, 'a');
    new PortLease(ports, 'b').adopt(11);
    lease.hold();
    ports.reserve('a', 11);
    expect([lease.hold(), lease.port, ports.ownerOf(10, 'b')]).toEqual([false, 10, 'a']);
  });
});
