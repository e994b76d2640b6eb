import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { eventSchemas, snapshotSchema } from '../wire.js';
import { fakeLeftRunning } from './fake-process.fixture.js';
import { FakeHouse, fakeFile } from './fake-servers.fixture.js';
import { canTransition, isRunning, type ModelState } from './model-state.js';
import { LaunchFailure } from './ports.js';

const model = fc.constantFrom('m0', 'm1', 'm2');
const command = fc.constantFrom('start', 'stop', 'restart');
const weighted = <Value>(weight: number, arbitrary: fc.Arbitrary<Value>) => ({ weight, arbitrary });
const step = fc.oneof(
  weighted(6, fc.record({ kind: fc.constantFrom('start', 'stop', 'restart'), model })),
  weighted(
    1,
    fc.record({ kind: fc.constant('burst'), model, commands: fc.array(command, { maxLength: 8 }) }),
  ),
  weighted(1, fc.record({ kind: fc.constant('all'), action: fc.constantFrom('start', 'stop') })),
  weighted(
    4,
    fc.record({
      kind: fc.constant('exit'),
      model,
      code: fc.constantFrom(null, null, 'oom', 'port_in_use', 'model_unreadable'),
    }),
  ),
  weighted(
    4,
    fc.record({
      kind: fc.constant('answers'),
      model,
      condition: fc.constantFrom('ready', 'loading', 'sleeping', 'unreachable', 'impostor', 'unchecked'),
      frozen: fc.boolean(),
      requests: fc.nat(2),
    }),
  ),
  weighted(
    4,
    fc.record({
      kind: fc.constant('choose'),
      model,
      patch: fc.oneof(
        fc.record({ enabled: fc.boolean() }),
        fc.record({ port: fc.constantFrom(null, 8099, 8100, 8101, 8102, 8103) }),
        fc.record({ settings: fc.record({ ctxSize: fc.constantFrom(null, -1, 4096) }) }),
      ),
    }),
  ),
  weighted(
    6,
    fc.record({
      kind: fc.constant('advance'),
      ms: fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(20_000)),
    }),
  ),
  weighted(1, fc.record({ kind: fc.constant('block'), ms: fc.nat(60_000) })),
  weighted(1, fc.record({ kind: fc.constant('jump'), ms: fc.integer({ min: -4e6, max: 4e6 }) })),
  weighted(
    2,
    fc.record({
      kind: fc.constant('slow'),
      launchMs: fc.constantFrom(0, 40, 3000),
      stopMs: fc.constantFrom(0, 700, 12_000),
    }),
  ),
  weighted(
    2,
    fc.record({
      kind: fc.constant('refuse'),
      code: fc.constantFrom(null, 'spawn_enoent', 'port_in_use'),
    }),
  ),
  weighted(1, fc.record({ kind: fc.constant('scan'), files: fc.subarray([0, 1, 2]) })),
  weighted(1, fc.record({ kind: fc.constant('wait'), until: fc.constantFrom('Ready', 'Stopped'), model })),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Carries one step out; commands to models that are not there are refused and change nothing. */
async function carryOut(
  house: FakeHouse,
  step: Step,
  settled: Promise<unknown>[],
  waiting?: AbortSignal,
): Promise<void> {
  const { manager, servers, clock } = house;
  const keep = (promise: Promise<unknown>) => settled.push(promise.catch((error: unknown) => error));
  if (step.kind === 'advance') return clock.advance(step.ms);
  if (step.kind === 'block') return clock.block(step.ms);
  if (step.kind === 'jump') return clock.jumpWallTime(step.ms);
  if (step.kind === 'all') return void manager[`${step.action}All`]();
  if (step.kind === 'slow')
    return void Object.assign(servers, { launchMs: step.launchMs, stopMs: step.stopMs });
  if (step.kind === 'refuse') {
    let left = step.code === null ? 0 : 1;
    servers.onLaunch = () => (left-- > 0 ? new LaunchFailure(step.code!, 'Refused') : undefined);
    return;
  }
  if (step.kind === 'scan') {
    servers.files = step.files.map((index) => fakeFile(index));
    return manager.scan();
  }
  if (step.kind === 'exit' || step.kind === 'answers') {
    const process = servers.alive.findLast(({ modelId }) => modelId === step.model);
    if (step.kind === 'answers') {
      const load = { processing: step.requests, deferred: 0 };
      if (process) Object.assign(process, { condition: step.condition, frozen: step.frozen, load });
    } else if (step.code === 'oom') process?.runOutOfMemory();
    else process?.crash(step.code);
    return;
  }
  if (step.kind === 'burst') for (const name of step.commands) keep(manager[name](step.model));
  else if (step.kind === 'choose') keep(manager.update(step.model, step.patch));
  else if (step.kind === 'wait') keep(manager[`when${step.until}`](step.model, waiting));
  else keep(manager[step.kind](step.model));
}

/** Follows the states and keeps what the table does not allow. */
function watchStates(house: FakeHouse): string[] {
  const wrong: string[] = [];
  const states = new Map<string, ModelState>();
  house.events.subscribe('models:scanned', ({ models }) => {
    const present = new Set(models.map(({ modelId }) => modelId));
    for (const modelId of states.keys()) if (!present.has(modelId)) states.delete(modelId);
  });
  house.events.subscribe('model:state-changed', ({ model: { modelId, state }, previousState }) => {
    const last = states.get(modelId) ?? 'offline';
    if (last !== previousState) wrong.push(`${modelId}: was ${last}, left ${previousState}`);
    if (!canTransition(previousState, state)) wrong.push(`${modelId}: ${previousState} to ${state}`);
    states.set(modelId, state);
  });
  return wrong;
}

/** What must hold after every step. */
function expectSound({ manager, servers }: FakeHouse): void {
  const ports = servers.alive.map(({ port }) => port);
  expect(new Set(ports).size).toBe(ports.length);
  const held: number[] = [];
  for (const { modelId, state, pid, port, fixedPort } of manager.list()) {
    const alive = servers.alive.filter((process) => process.modelId === modelId);
    expect(alive.length).toBeLessThanOrEqual(isRunning(state) ? 1 : 0);
    expect(pid === null || isRunning(state)).toBe(true);
    if (isRunning(state) || state === 'backoff') held.push(port ?? expect.fail(`${modelId} has no port`));
    else expect(port).toBe(fixedPort);
    if (state === 'ready')
      expect(alive.map((process) => [process.pid, process.baseUrl])).toEqual([
        [pid, `http://127.0.0.1:${port}`],
      ]);
  }
  expect(new Set(held).size).toBe(held.length);
}

/** Every port is back in the pool: all models can run at the same time. */
async function expectPortsBack({ manager, servers, clock }: FakeHouse): Promise<void> {
  Object.assign(servers, { launchMs: 0, stopMs: 0, onLaunch: () => undefined });
  manager.stopAll();
  await clock.advance(30_000);
  // A stop of all that was under way is joined, so it leaves what was started meanwhile.
  for (const { modelId } of manager.list()) void manager.stop(modelId);
  await clock.advance(30_000);
  const models = manager.list();
  expect(models.filter(({ state }) => state !== 'offline' && state !== 'failed')).toEqual([]);
  for (const { modelId } of models) await manager.update(modelId, { enabled: true });
  await Promise.all(models.map(({ modelId }) => manager.start(modelId)));
  await clock.advance(100);
  expect(manager.list().filter(({ state }) => state !== 'ready')).toEqual([]);
}

const life = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  adopted: fc.subarray([0, 1, 3]),
  onExit: fc.constantFrom('stop', 'adopt'),
  emptiesPool: fc.constantFrom(true, false, false, false),
});

describe('P-1 ModelManager under any sequence of commands and faults', () => {
  it('keeps to its table, shares no port, runs one process a model at most and leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(life, async ({ steps, random, adopted, onExit, emptiesPool }) => {
        const clock = new SimulatedClock();
        const leftRunning = adopted.map((index) => fakeLeftRunning(`m${index}`, 8100 + index, clock));
        const portRange = { from: 8100, to: 8103 };
        const house = new FakeHouse(3, { random: () => random, leftRunning, portRange, onExit }, clock);
        const wrong = watchStates(house);
        const settled: Promise<unknown>[] = [];
        const waiting = new AbortController();
        await house.hub.open();
        for (const step of steps) {
          await carryOut(house, step, settled, waiting.signal);
          // Processes end in a microtask; what they leave is judged when that is over.
          await Promise.resolve();
          if (step.kind === 'advance') expectSound(house);
        }
        if (emptiesPool) await expectPortsBack(house);
        const { alive } = house.servers;
        await house.dispose();
        // Nobody hears any more of a server that was left running.
        if (onExit === 'adopt') waiting.abort();
        await Promise.all(settled);
        expect(wrong).toEqual([]);
        expect(house.servers.alive.filter(({ released }) => !released)).toEqual([]);
        if (onExit === 'stop') expect(alive.filter(({ released }) => released)).toEqual([]);
        expect(house.listenerErrors).toEqual([]);
        expect({
          probes: house.servers.openProbes,
          timers: clock.timerCount,
          listeners: house.events.listenerCount,
        }).toEqual({ probes: 0, timers: 0, listeners: 0 });
      }),
      { numRuns: 9000 },
    );
  }, 60_000);

  it('F26 settles 100 commands given at once with one process at most, and a last stop or start wins', async () => {
    const commands = fc.array(command, { minLength: 100, maxLength: 100 });
    const times = fc.constantFrom(0, 40, 700);
    await fc.assert(
      fc.asyncProperty(
        commands,
        fc.constantFrom('start', 'stop'),
        times,
        times,
        async (all, last, launchMs, stopMs) => {
          const house = new FakeHouse(1, { drainMs: 0 });
          const wrong = watchStates(house);
          Object.assign(house.servers, { launchMs, stopMs });
          await house.hub.open();
          const answers = all.map((name) => house.manager[name]('m0'));
          await house.clock.advance(20);
          answers.push(...all.map((name) => house.manager[name]('m0')));
          answers.push(house.manager[last]('m0'));
          await house.clock.advance(10_000);
          await Promise.all(answers);
          expect(wrong).toEqual([]);
          expect(house.state()).toBe(last === 'start' ? 'ready' : 'offline');
          expect(house.servers.alive).toHaveLength(last === 'start' ? 1 : 0);
          await house.dispose();
          expect([house.servers.alive.length, house.clock.timerCount]).toEqual([0, 0]);
        },
      ),
      { numRuns: 1000 },
    );
  }, 60_000);

  it('says nothing that its schemas do not know, and nothing that JSON would change', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const house = new FakeHouse(2).listen();
        const expectSnapshot = (): void => {
          const snapshot = { ...house.hub.snapshot(), lastEventId: 'e-1' };
          expect(snapshotSchema.parse(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
        };
        await house.hub.open();
        for (const step of steps) {
          await carryOut(house, step, []);
          expectSnapshot();
        }
        await house.dispose();
        expectSnapshot();
        for (const { name, payload } of house.heard) {
          const schema = eventSchemas[name as keyof typeof eventSchemas];
          expect(schema.parse(JSON.parse(JSON.stringify(payload)))).toEqual(payload);
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
