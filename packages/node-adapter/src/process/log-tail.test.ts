import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogTail, logTailLimits } from './log-tail.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('F24 a flood of log', () => {
  it('keeps the newest 2,000 lines at most', () => {
    const tail = new LogTail();
    const tailInput = tail.stream();
    for (let i = 0; i < 25_000; i++) tailInput.write(encode(`line ${i}\n`));
    const lines = tail.lines();
    expect(lines.length).toBeLessThanOrEqual(logTailLimits.lines);
    expect(lines.length).toBeGreaterThan(logTailLimits.lines * 0.8);
    expect(lines.at(-1)).toBe('line 24999');
    expect(lines[0]).toBe(`line ${25_000 - lines.length}`);
  });

  it('keeps 1 MiB at most', () => {
    const tail = new LogTail();
    const tailInput = tail.stream();
    for (let i = 0; i < 400; i++) tailInput.write(encode(`${i} ${'x'.repeat(8000)}\n`));
    const kept = tail.lines().reduce((sum, line) => sum + line.length, 0);
    expect(kept).toBeLessThanOrEqual(logTailLimits.length);
    expect(kept).toBeGreaterThan(logTailLimits.length / 2);
    expect(tail.lines().at(-1)).toMatch(/^399 /);
  });

  it('cuts a line of 10 MB at 8 KiB with a mark, and reads the next one whole', () => {
    const heard: string[] = [];
    const tail = new LogTail((line) => heard.push(line));
    const tailInput = tail.stream();
    const chunk = encode('x'.repeat(64 * 1024));
    for (let i = 0; i < 160; i++) tailInput.write(chunk);
    expect(heard).toEqual([]);
    tailInput.write(encode('\nnext\n'));
    expect(heard).toEqual([`${'x'.repeat(8192)} …[cut]`, 'next']);
    expect(tail.lines()).toEqual(heard);
  });

  it('takes 50 MB in a few seconds of CPU', () => {
    const tail = new LogTail();
    const tailInput = tail.stream();
    const block = encode(`0.00.000.000 I \u001b[32msrv\u001b[0m flood: ${'log '.repeat(48)}\n`.repeat(256));
    const before = process.cpuUsage();
    for (let bytes = 0; bytes < 50_000_000; bytes += block.length) tailInput.write(block);
    const spentMs = process.cpuUsage(before).user / 1000;
    expect(tail.lines().length).toBeGreaterThan(1000);
    expect(spentMs).toBeLessThan(8000);
  });
});

describe('F25 I64 bytes that are no text', () => {
  it('replaces invalid UTF-8 and escapes NUL, ANSI and everything a terminal would obey', () => {
    const tail = new LogTail();
    const tailInput = tail.stream();
    tailInput.write(Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62, 0x0a]));
    tailInput.write(encode('\u001b]0;evil\u0007\u001b[2J\u001b[31mred\u202etxt\u2028[ERROR]\u009b31m\n'));
    tailInput.write(encode('over\rwrite\r\n'));
    expect(tail.lines()).toEqual([
      'a\ufffd\ufffd\\u{0}b',
      '\\u{1b}]0;evil\\u{7}\\u{1b}[2J\\u{1b}[31mred\\u{202e}txt\\u{2028}[ERROR]\\u{9b}31m',
      'over\\u{d}write',
    ]);
  });

  it('reads characters that are cut between chunks', () => {
    const tail = new LogTail();
    const tailInput = tail.stream();
    for (const byte of encode('prärie 🐎\n')) tailInput.write(Uint8Array.of(byte));
    expect(tail.lines()).toEqual(['prärie 🐎']);
  });

  it('gives the same lines in any cuts, none of them with a control character', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 5 }),
        (bytes, cuts) => {
          const whole = new LogTail();
          const wholeInput = whole.stream();
          wholeInput.write(bytes);
          wholeInput.end();
          const pieces = new LogTail();
          const piecesInput = pieces.stream();
          let start = 0;
          for (const end of [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
            (a, b) => a - b,
          )) {
            piecesInput.write(bytes.subarray(start, end));
            start = end;
          }
          piecesInput.end();
          expect(pieces.lines()).toEqual(whole.lines());
          for (const line of whole.lines()) expect(line).not.toMatch(/\p{Cc}/u);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('makes a line of what is left at the end, and none of nothing', () => {
    const tail = new LogTail();
    const tailInput = tail.stream();
    tailInput.write(encode('a\nno newline'));
    tailInput.end();
    expect(tail.lines()).toEqual(['a', 'no newline']);
    const empty = new LogTail();
    const emptyInput = empty.stream();
    emptyInput.end();
    expect(empty.lines()).toEqual([]);
  });
});

describe('I65 secrets in a log', () => {
  it('are taken out before a line is kept or heard', () => {
    const heard: string[] = [];
    const tail = new LogTail((line) => heard.push(line));
    const tailInput = tail.stream();
    tailInput.write(encode('Authorization: Bearer abcdefgh12345678\n'));
    expect(tail.lines().join()).not.toContain('abcdefgh');
    expect(heard.join()).not.toContain('abcdefgh');
  });

  it('never glues half a line of one pipe to half a line of another', () => {
    const tail = new LogTail();
    const [out, err] = [tail.stream(), tail.stream()];
    out.write(Buffer.from('slot launch_slot_: proce'));
    err.write(Buffer.from('a warning\n'));
    out.write(Buffer.from('ssing task\n'));
    expect(tail.lines()).toEqual(['a warning', 'slot launch_slot_: processing task']);
  });
});
