const LINE = `0.00.000.000 I \u001b[32msrv\u001b[0m flood: ${'log '.repeat(48)}\n`;

/**
 * Writes to stderr as fast as the reader takes it, for ever: first one line of 10 MB, then ordinary ones with
 * terminal colours and, now and then, bytes that are no UTF-8.
 */
export function floodLog(): void {
  const block = Buffer.concat([Buffer.from(LINE.repeat(256)), Buffer.from([0xff, 0xfe, 0x00, 0x0a])]);
  // Not a plain loop: writes to a pipe block in Node, and the HTTP side should stay alive between them.
  const pour = () => {
    process.stderr.write(block, () => setImmediate(pour));
  };
  process.stderr.write(`${'x'.repeat(10_000_000)}\n`, pour);
}
