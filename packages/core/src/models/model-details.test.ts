import { describe, expect, it } from 'vitest';
import { FakeHouse } from './fake-servers.fixture.js';
import { MeasuredValues, modelValueNames } from './model-details.js';

describe('MeasuredValues', () => {
  it('gives a value with its source, and an age that grows until the next reading', () => {
    const values = new MeasuredValues();
    values.set('slots', 4, '/props', 1000);
    expect(values.list(1000).slots).toEqual({ value: 4, source: '/props', ageMs: 0, valid: true });
    expect(values.list(3500).slots).toEqual({ value: 4, source: '/props', ageMs: 2500, valid: true });
    values.set('slots', 4, '/props', 4000);
    expect(values.list(4000).slots.ageMs).toBe(0);
    expect(values.list(0).slots.ageMs).toBe(0);
  });

  it('keeps the last value as stale after a missed reading, with its own source and age', () => {
    const values = new MeasuredValues();
    values.set('latencyMs', 7, 'health check', 1000);
    values.set('latencyMs', null, 'no answer', 2000);
    values.set('latencyMs', null, 'no answer', 3000);
    const stale = { value: 7, source: 'health check', ageMs: 2000, valid: false };
    expect(values.list(3000).latencyMs).toEqual(stale);
    values.set('latencyMs', 9, 'health check', 4000);
    expect(values.list(4000).latencyMs).toMatchObject({ value: 9, ageMs: 0, valid: true });
  });

  it('gives null and a reason, never 0, for what was never known, and keeps 0 that was measured', () => {
    const values = new MeasuredValues();
    values.set('memoryVramBytes', null, 'no graphics card', 1000);
    values.set('requestsProcessing', 0, '/metrics', 1000);
    const list = values.list(2000);
    const unknown = { value: null, ageMs: null, valid: false };
    expect(list.memoryVramBytes).toEqual({ ...unknown, source: 'no graphics card' });
    expect(list.errorCount).toEqual({ ...unknown, source: 'not known yet' });
    expect(list.requestsProcessing).toMatchObject({ value: 0, valid: true });
  });

  it('lists every value in its order, each with a source that says something', () => {
    const values = new MeasuredValues();
    const nothing = {
      condition: 'unreachable',
      latencyMs: null,
      numbers: null,
      memory: null,
      problem: null,
    } as const;
    values.take(nothing, 1000);
    const list = values.list(1000);
    expect(Object.keys(list)).toEqual([...modelValueNames]);
    expect(Object.values(list).every(({ value, source }) => value === null && source !== '')).toBe(true);
  });
});

describe('the details of a model', () => {
  it('say of each number where it comes from and how old it is', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.tally = { requestCount: 3, errorCount: 0, totalResponseTimeMs: 30 };
    await house.clock.advance(2000);
    house.clock.block(400);
    const { values, logTail } = house.manager.details('m0');
    expect(values).toMatchObject({
      tokensPerSecond: { value: 0, source: 'rate of fake', ageMs: 400, valid: true },
      memoryAnonymousBytes: { value: 2e9, source: 'fake', ageMs: 400, valid: true },
      memoryVramBytes: { value: null, source: 'no card', ageMs: null, valid: false },
      requestCount: { value: 3, ageMs: 400, valid: true },
      contextUsedTokens: { value: null, ageMs: null, valid: false },
      promptTokensPerSecond: { value: null, source: 'not known yet' },
      uptimeSeconds: { value: 2, valid: true },
    });
    expect(logTail).toEqual(['log of 1000']);
    await house.dispose();
  });

  it('are stale after a missed reading, and fresh after the next good one', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(2000);
    house.servers.newest.condition = 'unreachable';
    await house.clock.advance(3000);
    const stale = house.manager.details('m0').values;
    for (const name of ['latencyMs', 'tokensPerSecond', 'slots', 'memoryAnonymousBytes'] as const)
      expect(stale[name], name).toMatchObject({ ageMs: 3000, valid: false });
    house.servers.newest.condition = 'ready';
    await house.clock.advance(1000);
    expect(house.manager.details('m0').values.latencyMs).toMatchObject({ ageMs: 0, valid: true });
    await house.dispose();
  });

  it('know nothing of a model that does not run, but keep its last log', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(1000);
    await house.manager.stop('m0');
    await house.clock.advance(0);
    const { values, logTail } = house.manager.details('m0');
    expect(Object.values(values).every(({ value, valid }) => value === null && !valid)).toBe(true);
    expect(logTail).toEqual(['log of 1000']);
    await house.dispose();
  });

  it('measure the prompt speed by what was computed between two readings', async () => {
    const house = await FakeHouse.ready();
    const prompt = { promptTokens: 100, promptSeconds: 2 };
    const check = house.servers.onCheck;
    house.servers.onCheck = async (process, signal) => {
      const reading = await check(process, signal);
      return reading.numbers ? { ...reading, numbers: { ...reading.numbers, ...prompt } } : reading;
    };
    const speed = () => house.manager.details('m0').values.promptTokensPerSecond;
    await house.clock.advance(1000);
    Object.assign(prompt, { promptTokens: 400, promptSeconds: 3 });
    await house.clock.advance(1000);
    expect(speed()).toMatchObject({ value: 300, ageMs: 0 });
    await house.clock.advance(5000);
    expect(speed()).toMatchObject({ value: 300, ageMs: 5000 });
    // A server that counts anew has computed nothing yet.
    Object.assign(prompt, { promptTokens: 0, promptSeconds: 0 });
    await house.clock.advance(1000);
    expect(speed().value).toBe(300);
    await house.dispose();
  });
});
