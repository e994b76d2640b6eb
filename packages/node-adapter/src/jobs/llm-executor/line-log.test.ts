import { describe, expect, it } from 'vitest';
import { LineLog } from './line-log.js';

function linesOf(...parts: readonly string[]): string[] {
  const lines: string[] = [];
  const log = new LineLog((line) => lines.push(line));
  for (const part of parts) log.write(part);
  log.end();
  return lines;
}

describe('LineLog', () => {
  it('finds the lines wherever the text is cut, and leaves blank ones out', () => {
    const text = 'one\r\ntwo\n\n  \rthree\nfour';
    const whole = ['one', 'two', 'three', 'four'];
    expect(linesOf(text)).toEqual(whole);
    expect(linesOf(...text)).toEqual(whole);
    expect(linesOf('a', 'b\nc', '', 'd\n')).toEqual(['ab', 'cd']);
  });

  it('hands a line without an end on in parts, and holds no more of it than one', () => {
    const lines: string[] = [];
    const log = new LineLog((line) => lines.push(line));
    for (let i = 0; i < 3000; i++) log.write('0123456789');
    expect(lines.map(({ length }) => length)).toEqual([8192, 8192, 8192]);
    log.end();
    expect(lines.join('')).toBe('0123456789'.repeat(3000));
  });
});
