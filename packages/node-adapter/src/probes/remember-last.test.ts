import { describe, expect, it } from 'vitest';
import { rememberLast } from './remember-last.js';

describe('rememberLast', () => {
  it('parses anew only what is not the same as the last time', () => {
    const parsed: string[] = [];
    const parse = rememberLast((text) => {
      parsed.push(text);
      return { text };
    });
    expect(parse('a')).toBe(parse('a'));
    expect(parse('b')).toEqual({ text: 'b' });
    expect(parse('a')).toEqual({ text: 'a' });
    expect(parsed).toEqual(['a', 'b', 'a']);
  });

  it('keeps nothing of a text that is long, or that could not be parsed', () => {
    let calls = 0;
    const parse = rememberLast((text) => {
      calls += 1;
      if (text === 'bad') throw new Error(text);
      return text.length;
    });
    const long = 'x'.repeat(100_000);
    for (let i = 0; i < 2; i++) expect(parse(long)).toBe(100_000);
    for (let i = 0; i < 2; i++) expect(() => parse('bad')).toThrow('bad');
    expect(calls).toBe(4);
  });
});
