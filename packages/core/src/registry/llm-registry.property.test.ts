import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '../clock.js';
import type { Endpoint } from './endpoint.js';
import { FakeBackend } from './fake-backends.fixture.js';
import { FakeFleet, idAt, missedReading, someReport } from './fake-fleet.fixture.js';
import type { BackendReading } from './ports.js';

const places = [1, 2, 3];

/** One thing that happens to a registry, at one of a few places. */
const step = fc.record({
  what: fc.constantFrom(
    'add',
    'add',
    'find',
    'remove',
    'remove',
    'check',
    'answer',
    'answer',
    'mirror',
    'report',
    'wait',
  ),
  port: fc.constantFrom(...places),
  good: fc.boolean(),
  ms: fc.constantFrom(0, 20, 150, 500, 900, 4000),
});

/** A question that waits for an answer; each has a latency of its own, by which its answer is known again. */
interface Question {
  readonly port: number;
  readonly latencyMs: number;
  readonly answer: (good: boolean) => void;
}

/** A fleet in which the test gives every answer. */
class SlowFleet extends FakeFleet {
  readonly questions: Question[] = [];
  readonly asking = new Map<number, number>();
  mostAtOnce = 0;
  /** Latencies of questions that were asked in an earlier life of their endpoint. */
  readonly outdated = new Set<number>();
  // Far from the latencies that agents report.
  #asked = 1000;
  #connects = 0;

  constructor() {
    super();
    for (const port of places) this.network.put(`h:${port}`, this.#backendAt(port));
    this.network.onConnect = () => this.#connect(this.network.targets.at(-1)!.port);
    this.events.subscribe('endpoint:removed', ({ endpointId }) => {
      for (const question of this.questions)
        if (idAt(question.port) === endpointId) this.outdated.add(question.latencyMs);
    });
  }

  /** Something is under way at this place; the answer ends it. */
  #begin(port: number): () => void {
    const atOnce = (this.asking.get(port) ?? 0) + 1;
    this.asking.set(port, atOnce);
    this.mostAtOnce = Math.max(this.mostAtOnce, atOnce);
    return () => this.asking.set(port, (this.asking.get(port) ?? 1) - 1);
  }

  /** Every second one is slow to be recognised, and does not care that it was called off. */
  async #connect(port: number): Promise<void> {
    const end = this.#begin(port);
    if (++this.#connects % 2 === 0) await sleep(this.clock, 30);
    end();
  }

  #backendAt(port: number): FakeBackend {
    const backend = new FakeBackend();
    backend.onCheck = (signal) => {
      const end = this.#begin(port);
      const latencyMs = ++this.#asked;
      return new Promise<BackendReading>((resolve) => {
        const answer = (good: boolean): void => {
          if (!this.questions.includes(question)) return;
          this.questions.splice(this.questions.indexOf(question), 1);
          end();
          resolve({ ...(good ? backend.reading : missedReading('reset')), latencyMs });
        };
        const question = { port, latencyMs, answer };
        this.questions.push(question);
        // It answers well although it was called off, and late.
        const late = (): void => void this.clock.setTimeout(() => answer(true), 100);
        signal.addEventListener('abort', late, { once: true });
      });
    };
    return backend;
  }
}

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Commands may be refused; what matters is what is applied. */
function attempt(command: () => unknown): void {
  void Promise.resolve()
    .then(command)
    .catch(() => undefined);
}

/** A server of our own. */
const mirrored: Endpoint = {
  ...{ id: '', name: 'own', scheme: 'http', host: 'h', port: 1, basePath: '', kind: null, source: 'auto' },
  ...{ origin: 'managed', status: 'unknown', condition: null, models: [], lastCheckedAt: null },
  ...{ latencyMs: null, queueDepth: null, hostId: null },
};
let reports = 0;

async function take(fleet: SlowFleet, { what, port, good, ms }: Step): Promise<void> {
  const { registry } = fleet;
  if (what === 'add') attempt(() => fleet.register(port));
  else if (what === 'find') attempt(() => registry.register({ host: 'h', port, source: 'auto' }));
  else if (what === 'remove') attempt(() => registry.remove(idAt(port)));
  else if (what === 'check') attempt(() => registry.check(idAt(port)));
  else if (what === 'answer') fleet.questions.find((question) => question.port === port)?.answer(good);
  else if (what === 'report') attempt(() => registry.report(`box ${port}`, someReport(++reports)));
  else if (what === 'mirror') {
    const known = registry.get(idAt(port)) ?? mirrored;
    registry.mirror(
      'managed',
      good ? [{ ...known, id: idAt(port), origin: 'managed', latencyMs: null }] : [],
    );
  }
  await fleet.clock.advance(what === 'wait' ? ms : 0);
}

describe('LlmRegistry', () => {
  it('P-2 applies no answer of an earlier life, and asks each endpoint one thing at a time', async () => {
    let answered = 0;
    let outdated = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const fleet = new SlowFleet();
        const known = new Set<string>();
        const judge = (id: string, latencyMs: number | null): void => {
          if (!known.has(id)) expect.fail('told of an endpoint that is not there');
          if (latencyMs !== null && fleet.outdated.has(latencyMs)) expect.fail('applied an old answer');
          answered += latencyMs === null ? 0 : 1;
        };
        fleet.events.subscribe('endpoint:registered', ({ endpoint }) => {
          known.add(endpoint.id);
          if (endpoint.origin !== 'managed') judge(endpoint.id, endpoint.latencyMs);
        });
        fleet.events.subscribe('endpoint:removed', ({ endpointId }) => known.delete(endpointId));
        fleet.events.subscribe('endpoint:updated', ({ endpoint }) => judge(endpoint.id, endpoint.latencyMs));
        fleet.events.subscribe('endpoints:checked', ({ checks }) => {
          for (const { endpointId, latencyMs } of checks) judge(endpointId, latencyMs);
        });
        for (const one of steps) await take(fleet, one);
        outdated += fleet.outdated.size;
        expect(fleet.mostAtOnce).toBeLessThanOrEqual(1);
        expect(
          fleet.registry
            .endpoints()
            .map(({ id }) => id)
            .sort(),
        ).toEqual([...known].sort());
        const disposed = fleet.registry.dispose();
        const { length } = fleet.heard;
        await fleet.clock.advance(5000);
        await disposed;
        expect(fleet.heard.length).toBe(length);
        expect(fleet.clock.timerCount).toBe(0);
      }),
      { numRuns: 10_000 },
    );
    // The cases that this is about were really met.
    expect([answered > 2000, outdated > 300], `${answered} ${outdated}`).toEqual([true, true]);
  }, 120_000);

  it('P-17 leaves nothing after dispose, whatever was done with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const fleet = new SlowFleet();
        const own = fleet.events.listenerCount;
        for (const one of steps) await take(fleet, one);
        const disposed = fleet.registry.dispose();
        await fleet.clock.advance(1000);
        await disposed;
        // The registry listens to five events.
        expect([fleet.clock.timerCount, fleet.questions.length, own - fleet.events.listenerCount]).toEqual([
          ...[0, 0, 5],
        ]);
        for (const backend of fleet.network.backends.values())
          if (backend.checks > 0) expect(backend.closed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
