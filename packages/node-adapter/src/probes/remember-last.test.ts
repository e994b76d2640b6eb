import { describe, expect, it, vi } from 'vitest';
import { rememberBytes, rememberLast } from './remember-last.js';

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

describe('rememberBytes', () => {
  it('makes text anew only of other bytes, and keeps none of those that came', () => {
    const decode = rememberBytes();
    const came = Buffer.from('größer');
    expect(decode(came)).toBe('größer');
    came.fill('x');
    expect(decode(Buffer.from('größer'))).toBe('größer');
    expect(decode(came)).toBe('xxxxxxxx');
    const toText = vi.spyOn(came, 'toString');
    expect(decode(came)).toBe('xxxxxxxx');
    expect(toText).not.toHaveBeenCalled();
  });

  it('does not keep what is long', () => {
    const decode = rememberBytes();
    const long = Buffer.alloc(100_000, 'x');
    const toText = vi.spyOn(long, 'toString');
    for (let i = 0; i < 2; i++) expect(decode(long)).toHaveLength(100_000);
    expect(toText).toHaveBeenCalledTimes(2);
  });
});
