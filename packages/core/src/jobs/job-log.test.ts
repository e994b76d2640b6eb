import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobHouse } from './fake-jobs.fixture.js';
import type { JobEvent } from './job-event.js';
import { logLines } from './log-lines.js';
import { MortalStore } from './mortal-house.fixture.js';

let house: JobHouse;
let store: MortalStore;
beforeEach(async () => {
  store = new MortalStore();
  house = new JobHouse({ store, redact: (text) => text.replaceAll('hunter2', '[secret]') });
  await house.runner.open();
  await house.runner.submit({ projectDescription: 'x', tasks: [{ taskId: 't', prompt: 'x' }] });
  await house.settle(300);
});
afterEach(async () => {
  const disposed = house.runner.dispose();
  await house.settle(5000);
  await disposed;
  expect(house.clock.timerCount).toBe(0);
});

const log = () => house.executor.task('t').context.log;
const messages = (events: readonly JobEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'log' ? [event.msg] : [`<${event.type}>`]));

/** Follows a job and gathers what it hears. */
function follow(after = 0, signal?: AbortSignal): { heard: JobEvent[]; gaps: number; ended: Promise<void> } {
  const reader = { heard: [] as JobEvent[], gaps: 0, ended: Promise.resolve() };
  reader.ended = (async () => {
    for await (const { events, gap } of house.runner.events('job-1', { after, ...(signal && { signal }) })) {
      reader.heard.push(...events);
      reader.gaps += gap ? 1 : 0;
    }
  })();
  return reader;
}

describe('the events of a job', () => {
  it('are the same for readers who came at different times, each number once and in order', async () => {
    const early = follow();
    for (let i = 0; i < 2000; i++) {
      log().debug(`line ${i}`);
      if (i % 100 === 0) await house.settle(i % 300 === 0 ? 300 : 0);
    }
    const middle = follow();
    await house.settle();
    const from = early.heard[700]!.seq;
    const later = follow(from);
    log().info('last');
    house.executor.task('t').finish();
    await house.settle(1000);
    await Promise.all([early.ended, middle.ended, later.ended]);
    const late = follow();
    await late.ended;
    expect(early.heard.at(-1)).toMatchObject({ type: 'done', status: 'done' });
    expect(middle.heard).toEqual(early.heard);
    expect(late.heard).toEqual(early.heard);
    expect(later.heard).toEqual(early.heard.slice(701));
    const numbers = early.heard.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(early.gaps + late.gaps).toBe(0);
  });

  it('are told at once, and stored together', async () => {
    const reader = follow();
    await house.settle(1000);
    const { commits } = store;
    for (let i = 0; i < 100; i++) log().info(`line ${i}`);
    await house.settle();
    expect(messages(reader.heard).at(-1)).toBe('line 99');
    expect(store.commits).toBe(commits);
    await house.settle(250);
    expect(store.commits).toBe(commits + 1);
  });

  it('tell of a result only when it is stored', async () => {
    const reader = follow();
    await house.settle(1000);
    store.mood = 'fails';
    house.executor.task('t').finish();
    await house.settle(1000);
    const late = follow();
    await house.settle();
    for (const { heard } of [reader, late]) expect(messages(heard).join()).not.toContain('is done');
    expect((await house.runner.get('job-1')).tasks[0]).toMatchObject({ status: 'running' });
    store.mood = 'works';
    await house.settle(20_000);
    await Promise.all([reader.ended, late.ended]);
    expect(messages(reader.heard).join()).toContain('is done');
    expect(late.heard).toEqual(reader.heard);
  });

  it('keep no more in memory than some, however slow a reader is', async () => {
    const slow = house.runner.events('job-1')[Symbol.asyncIterator]();
    const first = await slow.next();
    expect(first.value.events.length).toBeGreaterThan(0);
    for (let i = 0; i < 5000; i++) {
      log().info(`line ${i}`);
      if (i % 1000 === 999) await house.settle(300);
    }
    let heard = 0;
    let most = 0;
    while (heard < 5000) {
      const { value } = await slow.next();
      heard += value.events.length;
      most = Math.max(most, value.events.length);
    }
    expect(heard).toBe(5000);
    expect(most).toBeLessThanOrEqual(512);
    await slow.return?.();
  });

  it('say that there is a gap when what is asked for is no longer kept', async () => {
    for (let i = 0; i < 50; i++) log().info(`line ${i}`);
    house.executor.task('t').finish();
    await house.settle(1000);
    await store.prune({ keepJobs: 10, keepEvents: 5 });
    const events = store.events.bind(store);
    // As a store that has dropped its oldest events of all kinds.
    store.events = async (jobId, range) =>
      (await events(jobId, { ...range, limit: 1000 })).filter(({ seq }) => seq > 40).slice(0, range.limit);
    store.eventRange = async () => ({ first: 41, last: 60 });
    const reader = follow(3);
    await reader.ended;
    expect(reader.gaps).toBe(1);
    const upToDate = follow(40);
    await upToDate.ended;
    expect(upToDate.gaps).toBe(0);
  });

  it('end when the reader says so, when the job is removed, and after the end', async () => {
    const stop = new AbortController();
    const stopped = follow(0, stop.signal);
    await house.settle();
    stop.abort();
    await stopped.ended;
    const reader = follow();
    const deleted = house.runner.delete('job-1');
    await house.settle(500);
    await deleted;
    await reader.ended;
    expect(reader.heard.at(-1)).toMatchObject({ type: 'done', status: 'cancelled' });
  });

  it('go on where they were when the job is resumed', async () => {
    await house.runner.cancel('job-1');
    const before = follow();
    await before.ended;
    await house.runner.resume('job-1');
    await house.settle();
    const after = follow(before.heard.at(-1)!.seq);
    await house.settle();
    house.executor.task('t').finish();
    await house.settle(500);
    await after.ended;
    expect(messages(after.heard)[0]).toBe('Goes on with 1 of 1 tasks');
    expect(after.heard[0]!.seq).toBeGreaterThan(before.heard.at(-1)!.seq);
    expect(after.heard.at(-1)).toMatchObject({ type: 'done', status: 'done' });
    const whole = follow();
    await whole.ended;
    expect(whole.heard.filter(({ type }) => type === 'done')).toHaveLength(2);
  });

  it('never use a number again that was told and lost in a crash', async () => {
    const reader = follow();
    log().info('told, not stored');
    await house.settle();
    const told = reader.heard.at(-1)!;
    expect(messages([told])).toEqual(['told, not stored']);
    const next = new JobHouse({ store, from: house });
    await next.runner.open();
    await next.settle();
    const [first] = await next.history('job-1', told.seq);
    expect(first!.seq).toBeGreaterThan(told.seq + 5000);
    const disposed = next.runner.dispose();
    await next.settle(5000);
    await disposed;
  });

  it('leave lines out when nothing can be stored for long, and say how many', async () => {
    store.mood = 'full';
    for (let i = 0; i < 12_000; i++) log().debug('x');
    await house.settle(1000);
    store.mood = 'works';
    await house.settle(20_000);
    const lines = messages(await house.history('job-1', 0));
    expect(lines.filter((line) => line === 'x').length).toBeLessThanOrEqual(10_000);
    expect(lines.join()).toMatch(/\d+ lines were left out/u);
  });

  it('hold no secrets, no controls and no endless lines', async () => {
    const reader = follow();
    log().error('password hunter2\r\n\n\u001b[31mred\u001b[0m\u0007 \u202eevil\ud800\tend');
    log().info('y'.repeat(9000));
    log().info(7 as never);
    await house.settle();
    const [one, two, three, four] = messages(reader.heard).slice(-4);
    expect([one, two, four]).toEqual(['password [secret]', 'red evil\ufffd\tend', '7']);
    expect(three).toHaveLength(8192);
  });
});

describe('logLines', () => {
  const plain = (text: string) => text;

  it('cuts between characters, and ends a message of too many lines', () => {
    expect(logLines(`${'x'.repeat(8190)}👩rest`, plain)[0]).toBe(`${'x'.repeat(8190)}…`);
    const many = logLines('x\n'.repeat(5000), plain);
    expect(many).toHaveLength(1001);
    expect(many.at(-1)).toBe('4000 more lines were left out');
    expect(logLines('', plain)).toEqual(['']);
  });

  it('lets nothing pass when secrets cannot be taken out', () => {
    const broken = (): string => {
      throw new Error('hunter2');
    };
    expect(logLines('hunter2', broken)).toEqual(['A line was left out: its secrets could not be taken out']);
  });
});
