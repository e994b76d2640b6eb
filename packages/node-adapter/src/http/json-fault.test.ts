import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault, placeIn } from './json-fault.js';

describe('jsonFault', () => {
  it.each([
    ['{"a": 1', 7],
    ['{"a": 1,}', 8],
    ['[1, 2,]', 6],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{a: 1}', 1],
    ['{"a": NaN}', 6],
    ['{"a": 01}', 7],
    ['\ufeff{}', 0],
    ['"tab\there"', 0],
    ['[}', 1],
    ['{]', 1],
    ['1 2', 2],
    ['', 0],
    ['  ', 2],
    ['{"a": tru}', 6],
    ['{"a": "x', 6],
    ['[-0, {"a": 1, "a": 2}', 21],
  ])('I46 says where %j stops being JSON', (text, offset) => {
    expect(jsonFault(text)).toMatchObject({ kind: 'syntax', offset });
  });

  it.each([
    ['{"a": 1, "a": 2}', 9, 'a'],
    ['{"a": 1, "\\u0061": 2}', 9, 'a'],
    ['{"tasks": [{}, {"prompt": "x", "prompt": "y"}]}', 31, 'tasks.1.prompt'],
  ])('I46 finds the key that is there twice in %s', (text, offset, field) => {
    expect(jsonFault(text)).toEqual({ kind: 'duplicate_key', offset, field });
  });

  it.each([
    ['{"budgetUsd": 1e999}', 14, 'budgetUsd'],
    ['{"a": [0, -1e999]}', 10, 'a.1'],
    ['{"a": 9007199254740993}', 6, 'a'],
    ['{"a": -0}', 6, 'a'],
    ['{"a": -0.0e7}', 6, 'a'],
    ['{"a": 1e-999}', 6, 'a'],
    ['1e20', 0, ''],
  ])('I47 finds the number in %s of which parsing would make another', (text, offset, field) => {
    expect(jsonFault(text)).toEqual({ kind: 'out_of_range', offset, field });
  });

  it('lets numbers pass that are what they say', () => {
    expect(jsonFault('[0, 1, -1, 0.5, 1e3, 0e5, 0.000, 9007199254740991, 1.5e-300]')).toBeNull();
  });

  it('agrees with the parser about any text, and finds no other faults in what it wrote', () => {
    const mutated = fc
      .tuple(
        fc.json(),
        fc.nat(200),
        fc.constantFrom('', ',', '"', '}', ']', ':', '0', ' ', '\\', '\ufeff', 'e'),
      )
      .map(
        ([json, at, piece]) => json.slice(0, at % (json.length + 1)) + piece + json.slice(at % json.length),
      );
    fc.assert(
      fc.property(fc.oneof(fc.json({ maxDepth: 4 }), mutated, fc.string()), (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(jsonFault(text)?.kind !== 'syntax').toBe(parses);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const kinds: unknown[] = [undefined, 'out_of_range'];
        expect(kinds).toContain(jsonFault(JSON.stringify(value))?.kind);
      }),
      { numRuns: 500 },
    );
  });

  it('reads 64 KiB of brackets and of one text', () => {
    expect(jsonFault('['.repeat(65_536))).toMatchObject({ kind: 'syntax', offset: 65_536 });
    expect(jsonFault(`"${'\\u0041'.repeat(10_000)}"`)).toBeNull();
  });
});

describe('placeIn', () => {
  it('counts lines and columns from 1, whatever ends a line', () => {
    expect(placeIn('', 0)).toEqual({ line: 1, column: 1 });
    expect(placeIn('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
    expect(placeIn('a\r\nb\rc', 5)).toEqual({ line: 3, column: 1 });
  });
});
