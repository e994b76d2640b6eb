import { describe, expect, it } from 'vitest';
import { parseProcessStatus, readProcessStatus } from './process-status.js';

describe('readProcessStatus', () => {
  it('reads the memory of this process about right', () => {
    const memory = readProcessStatus(process.pid);
    const total = (memory?.anonymousBytes ?? 0) + (memory?.mappedBytes ?? 0);
    const { rss } = process.memoryUsage();
    expect(total).toBeGreaterThan(rss * 0.7);
    expect(total).toBeLessThan(rss * 1.3);
  });

  it('sees memory grow', () => {
    const before = readProcessStatus(process.pid);
    const block = Buffer.alloc(64 * 1024 * 1024, 1);
    const after = readProcessStatus(process.pid);
    expect((after?.anonymousBytes ?? 0) - (before?.anonymousBytes ?? 0)).toBeGreaterThan(block.length * 0.7);
  });

  it('knows nothing of a process that is not there', () => {
    expect(readProcessStatus(0x3fffff)).toBeNull();
  });
});

describe('parseProcessStatus', () => {
  it('reads kilobytes as bytes', () => {
    const status =
      'Name:\tllama-server\nVmRSS:\t  999 kB\nRssAnon:\t  100 kB\nRssFile:\t   50 kB\nRssShmem:\t 7 kB\n';
    expect(parseProcessStatus(status)).toEqual({ anonymousBytes: 102_400, mappedBytes: 51_200 });
  });

  it.each([
    '',
    'Name:\tx\nState:\tZ (zombie)\n',
    'RssAnon:\t1 kB\n',
    'RssAnon:\tmuch kB\nRssFile:\t1 kB\n',
    'Name:\tRssAnon:\t1 kB\n',
  ])('knows nothing from %j', (status) => {
    expect(parseProcessStatus(status)).toBeNull();
  });
});
