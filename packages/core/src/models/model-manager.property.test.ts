import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchemas, snapshotSchema } from '../wire.js';
import { FakeHouse, fakeFile } from './fake-servers.fixture.js';
import { canTransition, isRunning, type ModelState } from './model-state.js';
import { LaunchFailure } from './ports.js';

const model = fc.constantFrom('m0', 'm1');
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('start', 'stop', 'restart'), model }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('exit'),
      model,
      code: fc.constantFrom(null, null, 'model_unreadable'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('answers'),
      model,
      condition: fc.constantFrom('ready', 'loading', 'sleeping', 'unreachable', 'impostor'),
      frozen: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('advance'),
      ms: fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(20_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('block'), ms: fc.nat(60_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('jump'), ms: fc.integer({ min: -4e6, max: 4e6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('slow'),
      launchMs: fc.constantFrom(0, 40, 3000),
      stopMs: fc.constantFrom(0, 700, 12_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refuse'),
      code: fc.constantFrom(null, 'spawn_enoent', 'port_in_use'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('scan'), files: fc.subarray([0, 1, 2]) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('whenReady', 'whenStopped'), model }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Carries one step out; commands to models that are not there are refused and change nothing. */
async function carryOut(house: FakeHouse, step: Step, settled: Promise<unknown>[]): Promise<void> {
  const { manager, servers, clock } = house;
  if (step.kind === 'advance') return clock.advance(step.ms);
  if (step.kind === 'block') return clock.block(step.ms);
  if (step.kind === 'jump') return clock.jumpWallTime(step.ms);
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
  if (!manager.get(step.model)) return;
  if (step.kind === 'whenReady' || step.kind === 'whenStopped') {
    settled.push(manager[step.kind](step.model).catch((error: unknown) => error));
  } else if (step.kind === 'start' || step.kind === 'stop' || step.kind === 'restart')
    manager[step.kind](step.model);
  else {
    const process = servers.alive.findLast(({ modelId }) => modelId === step.model);
    if (step.kind === 'exit') process?.crash(step.code);
    else if (step.kind === 'answers' && process)
      Object.assign(process, { condition: step.condition, frozen: step.frozen });
  }
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
  for (const { modelId, state, pid, port } of manager.list()) {
    const alive = servers.alive.filter((process) => process.modelId === modelId);
    expect(alive.length).toBeLessThanOrEqual(isRunning(state) ? 1 : 0);
    expect(pid === null || isRunning(state)).toBe(true);
    if (state === 'ready')
      expect(alive.map((process) => [process.pid, process.baseUrl])).toEqual([
        [pid, `http://127.0.0.1:${port}`],
      ]);
  }
}

describe('ModelManager under any sequence of commands and faults', () => {
  it('keeps to its table, runs one process a model at most and leaves nothing after dispose', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (steps, random) => {
          const house = new FakeHouse(2, { random: () => random });
          const wrong = watchStates(house);
          const settled: Promise<unknown>[] = [];
          await house.hub.open();
          for (const step of steps) {
            await carryOut(house, step, settled);
            // Processes end in a microtask; what they leave is judged when that is over.
            await Promise.resolve();
            if (step.kind === 'advance') expectSound(house);
          }
          await house.dispose();
          await Promise.all(settled);
          expect(wrong).toEqual([]);
          expectSound(house);
          expect(house.manager.list().every(({ state }) => state === 'offline' || state === 'failed')).toBe(
            true,
          );
          expect(house.listenerErrors).toEqual([]);
          expect({
            alive: house.servers.alive.length,
            probes: house.servers.openProbes,
            timers: house.clock.timerCount,
            listeners: house.events.listenerCount,
          }).toEqual({ alive: 0, probes: 0, timers: 0, listeners: 0 });
        },
      ),
      { numRuns: 10_000 },
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
