import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../testing/simulated-clock.js';
import { hasEnded, isFinished, type JobStatus, jobTransitions, taskTransitions } from './job-state.js';
import { Life, MortalStore, settleAll, storedJobs } from './mortal-house.fixture.js';
import type { CallBudget, JobContext, JobExecutor, TaskContext, TaskRequest, TaskResult } from './ports.js';
import { TaskFailure } from './ports.js';

/** How many worlds; the long suite asks for more. */
const runs = Number(process.env['CORRAL_JOB_WORLDS'] ?? 2000);

const weighted = <Value>(weight: number, arbitrary: fc.Arbitrary<Value>) => ({ weight, arbitrary });
const job = fc.nat(3);
const step = fc.oneof(
  weighted(
    5,
    fc.record({
      kind: fc.constant('submit'),
      tasks: fc.integer({ min: 1, max: 5 }),
      links: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 4 }),
      given: fc.boolean(),
      budgetUsd: fc.constantFrom(0.5, 3, 100),
      timeLimitS: fc.constantFrom(4, 60, 5400),
      concurrency: fc.integer({ min: 1, max: 4 }),
    }),
  ),
  weighted(3, fc.record({ kind: fc.constant('cancel'), job })),
  weighted(3, fc.record({ kind: fc.constant('resume'), job, budgetUsd: fc.constantFrom(undefined, 200) })),
  weighted(2, fc.record({ kind: fc.constant('delete'), job })),
  weighted(3, fc.record({ kind: fc.constant('crash') })),
  weighted(1, fc.record({ kind: fc.constant('crashAtCommit'), after: fc.nat(6) })),
  weighted(1, fc.record({ kind: fc.constant('restart') })),
  weighted(2, fc.record({ kind: fc.constant('store'), mood: fc.constantFrom('works', 'fails', 'full') })),
  weighted(2, fc.record({ kind: fc.constant('places'), places: fc.constantFrom(null, 0, 0, 1, 2) })),
  weighted(1, fc.record({ kind: fc.constant('jump'), ms: fc.integer({ min: -4e6, max: 4e6 }) })),
  weighted(
    9,
    fc.record({ kind: fc.constant('advance'), ms: fc.oneof(fc.nat(50), fc.nat(2000), fc.nat(20_000)) }),
  ),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What becomes of the work that begins, one after another. */
const fate = fc.record({
  outcome: fc.constantFrom(
    ...(['good', 'good', 'good', 'low', 'upstream_failed', 'upstream_refused', 'no_backend'] as const),
    ...(['worker_lost', 'throws', 'deaf'] as const),
  ),
  calls: fc.nat(2),
  settles: fc.boolean(),
  takesMs: fc.constantFrom(0, 10, 900, 5000),
  /** How much of what was set aside the server really uses. */
  share: fc.constantFrom(0, 0.3, 1),
});
type Fate = typeof fate extends fc.Arbitrary<infer Value> ? Value : never;

const price = { inputUsdPer1M: 100, outputUsdPer1M: 1000 };

/** A small world: one disk, lives of a runner one after another, and an observer who believes nothing. */
class World {
  readonly clock = new SimulatedClock();
  readonly disk = new MortalStore();
  readonly wrong: string[] = [];
  readonly promises: Promise<unknown>[] = [];
  /** What servers really did for each job, by an account of its own. */
  readonly paid = new Map<string, number>();
  readonly jobIds: string[] = [];
  readonly #begun = new Set<string>();
  readonly #states = new Map<string, JobStatus>();
  readonly #mayLeave = new Set<string>();
  readonly #taskStates = new Map<string, string>();
  readonly #outputs = new Map<string, string>();
  readonly #deleted = new Set<string>();
  #fates: Fate[];
  #plan: { tasks: number; links: [number, number][] } = { tasks: 2, links: [] };
  #crashAfter = Infinity;
  #ids = 0;
  /** How many tasks endpoints take at once; `null`: nobody counts. */
  #places: number | null = null;
  readonly #jobsAtOnce: number;
  life: Life;

  constructor(fates: readonly Fate[], jobsAtOnce: number) {
    this.#fates = [...fates];
    this.#jobsAtOnce = jobsAtOnce;
    this.life = this.#newLife();
    this.disk.onCommit = () => {
      this.#crashAfter -= 1;
      if (this.#crashAfter < 0) this.life.kill();
    };
  }

  async begin(): Promise<void> {
    this.promises.push(this.life.runner.open());
    await settleAll(this.clock);
  }

  async carryOut(step: Step): Promise<void> {
    const { runner } = this.life;
    const keep = (promise: Promise<unknown>) => this.promises.push(promise.catch((error: unknown) => error));
    const jobId = 'job' in step ? this.jobIds[step.job] : undefined;
    if (step.kind === 'submit') this.#submit(step);
    else if (step.kind === 'store') this.disk.mood = step.mood;
    else if (step.kind === 'places') this.#places = step.places;
    else if (step.kind === 'jump') this.clock.jumpWallTime(step.ms);
    else if (step.kind === 'advance') await this.clock.advance(step.ms);
    else if (step.kind === 'crashAtCommit') this.#crashAfter = step.after;
    else if (step.kind === 'crash') await this.#crash();
    else if (step.kind === 'restart') await this.#restart();
    else if (jobId === undefined) return;
    else if (step.kind === 'cancel') keep(runner.cancel(jobId));
    else if (step.kind === 'delete') keep(this.#delete(jobId));
    else {
      this.#mayLeave.add(jobId);
      keep(runner.resume(jobId, step.budgetUsd === undefined ? {} : { budgetUsd: step.budgetUsd }));
    }
    await settleAll(this.clock);
    if (this.life.isDead) await this.#crash();
    await this.look();
  }

  /** Lets everything come to its end. */
  async finish(): Promise<void> {
    this.disk.mood = 'works';
    this.#crashAfter = Infinity;
    this.#places = null;
    this.#fates = [];
    for (let round = 0; round < 40; round++) await this.clock.advance(60_000);
    await this.look();
    for (const { job, reservations } of await storedJobs(this.disk)) {
      if (!hasEnded(job.status))
        this.wrong.push(`${job.jobId} never ended: ${job.status} ${job.statusReason}`);
      if (reservations.length > 0 || job.reservedUsd !== 0)
        this.wrong.push(`${job.jobId} still has something set aside`);
      const counted = Object.values(job.taskCounts).reduce((sum, count) => sum + count, 0);
      const tasks = await this.disk.tasks(job.jobId, { from: 0, limit: 100 });
      if (counted !== tasks.length)
        this.wrong.push(`${job.jobId} counts ${counted} of ${tasks.length} tasks`);
      const paid = this.paid.get(job.jobId) ?? 0;
      if ((job.totalCost ?? 0) < paid - 1e-9)
        this.wrong.push(`${job.jobId} says ${job.totalCost}, and ${paid} was spent`);
    }
    const settled = await Promise.race([
      Promise.all(this.promises).then(() => true),
      settleAll(this.clock).then(() => false),
    ]);
    if (!settled) this.wrong.push('A promise never settled');
    const disposed = this.life.runner.dispose();
    await settleAll(this.clock, 5000);
    await disposed;
    if (this.clock.timerCount > 0) this.wrong.push(`${this.clock.timerCount} timers are left`);
  }

  /** What must hold of what is stored. */
  async look(): Promise<void> {
    for (const { job } of await storedJobs(this.disk)) {
      const { jobId } = job;
      if (this.#deleted.has(jobId)) this.wrong.push(`${jobId} came back`);
      for (const task of await this.disk.tasks(jobId, { from: 0, limit: 100 })) {
        const name = `${jobId}/${task.taskId}`;
        const before = this.#taskStates.get(name);
        if (before && isFinished(before as never) && before !== task.status)
          this.wrong.push(`${name} was ${before} and is ${task.status}`);
        this.#taskStates.set(name, task.status);
        const output = await this.disk.output(jobId, task.taskId);
        const first = this.#outputs.get(name);
        if (first !== undefined && output !== first) this.wrong.push(`${name} has another result`);
        if (output !== undefined) this.#outputs.set(name, output);
        if (isFinished(task.status) !== (output !== undefined))
          this.wrong.push(`${name} ${task.status}, ${output}`);
      }
    }
  }

  #submit({ tasks, links, given, ...limits }: Extract<Step, { kind: 'submit' }>): void {
    this.#plan = { tasks, links };
    const { budgetUsd, timeLimitS, concurrency } = limits;
    const request = {
      projectDescription: 'x',
      budgetUsd,
      timeLimitS,
      concurrency,
      ...(given && { tasks: this.#tasks() }),
    };
    const submitted = this.life.runner.submit(request).then(({ jobId }) => this.jobIds.push(jobId));
    this.promises.push(submitted.catch(() => {}));
  }

  #tasks() {
    const { tasks, links } = this.#plan;
    return Array.from({ length: tasks }, (_, index) => ({
      taskId: `t${index}`,
      prompt: 'Do it',
      dependsOn: links.filter(([to, from]) => to === index && from < index).map(([, from]) => `t${from}`),
    }));
  }

  async #delete(jobId: string): Promise<void> {
    await this.life.runner.delete(jobId);
    this.#deleted.add(jobId);
    this.#states.delete(jobId);
  }

  async #crash(): Promise<void> {
    this.life.kill();
    this.#crashAfter = Infinity;
    // Nobody ever hears from a dead process.
    this.promises.length = 0;
    for (const { job } of await storedJobs(this.disk)) {
      const seen = this.#states.get(job.jobId);
      // The crash may have come between the commit and the news of it.
      if (seen && seen !== job.status) this.#move(job.jobId, job.status, true);
      this.#states.set(job.jobId, job.status);
      if (!this.jobIds.includes(job.jobId)) this.jobIds.push(job.jobId);
    }
    this.life = this.#newLife();
    await this.begin();
  }

  async #restart(): Promise<void> {
    const { life } = this;
    let isDisposed = false;
    void life.runner.dispose().then(() => (isDisposed = true));
    await settleAll(this.clock, 6000);
    if (!isDisposed && !life.isDead) this.wrong.push('A dispose took too long');
    await this.#crash();
  }

  #newLife(): Life {
    const newId = (): string => `job-${++this.#ids}`;
    const life = new Life(this.clock, this.disk, (self) => this.#executor(self), {
      newId,
      jobsAtOnce: this.#jobsAtOnce,
    });
    life.events.subscribe('job:updated', ({ job: { jobId, status } }) => {
      if (!life.isDead) this.#move(jobId, status, false);
    });
    return life;
  }

  #move(jobId: string, to: JobStatus, isStale: boolean): void {
    const from = this.#states.get(jobId) ?? 'pending';
    this.#states.set(jobId, to);
    if (from === to || (isStale && !hasEnded(from))) return;
    if (!(jobTransitions[from] as readonly JobStatus[]).includes(to))
      this.wrong.push(`${jobId} went from ${from} to ${to}`);
    if (hasEnded(from) && !this.#mayLeave.has(jobId)) this.wrong.push(`${jobId} left ${from} by itself`);
  }

  #executor(life: Life): JobExecutor {
    let atWork = 0;
    const counted = async <Value>(work: Promise<Value>): Promise<Value> => {
      atWork += 1;
      return work.finally(() => {
        atWork -= 1;
      });
    };
    return {
      freeSlots: () => this.#places && Math.max(0, this.#places - atWork),
      plan: async (_spec, context) => {
        const tasks = this.#tasks();
        await counted(this.#work(life, context, this.#fates.shift()));
        return tasks;
      },
      runTask: (task, context) => counted(this.#runTask(life, task, context)),
    };
  }

  async #runTask(life: Life, task: TaskRequest, context: TaskContext): Promise<TaskResult> {
    const name = `${task.jobId}/${task.taskId}`;
    const attempt = `${name}#${task.attempt}`;
    if (this.#begun.has(attempt)) this.wrong.push(`${attempt} began twice`);
    this.#begun.add(attempt);
    if (this.#outputs.has(name)) this.wrong.push(`${name} is done and began again`);
    if (task.inputs.some(({ output }) => output === '')) this.wrong.push(`${name} began before its time`);
    const score = await this.#work(life, context, this.#fates.shift());
    return { output: attempt, score };
  }

  /** Makes calls and comes to its fate. @returns the score */
  async #work(life: Life, context: JobContext, fate: Fate | undefined): Promise<number> {
    const { outcome = 'good', calls = 1, takesMs = 5, settles = true, share = 1 } = fate ?? {};
    if (outcome === 'no_backend') throw new TaskFailure('no_backend', 'None');
    for (let call = 0; call < calls; call++) await this.#call(context, share, settles, life);
    await this.#pause(life, takesMs, outcome === 'deaf' ? undefined : context.signal);
    if (outcome === 'throws') throw new TypeError('boom');
    if (outcome === 'worker_lost' || outcome === 'upstream_failed' || outcome === 'upstream_refused')
      throw new TaskFailure(outcome, 'So it is');
    return outcome === 'low' ? 0.2 : 0.9;
  }

  async #call(
    { budget, jobId, signal }: JobContext,
    share: number,
    settles: boolean,
    life: Life,
  ): Promise<void> {
    const estimate: Parameters<CallBudget['reserve']>[0] = { inputTokens: 1000, maxOutputTokens: 500, price };
    const { maxOutputTokens, settle } = await budget.reserve(estimate);
    // From here on the server may work, whatever becomes of us.
    const outputTokens = Math.floor(maxOutputTokens * share);
    const costUsd = (1000 * price.inputUsdPer1M + outputTokens * price.outputUsdPer1M) / 1e6;
    this.paid.set(jobId, (this.paid.get(jobId) ?? 0) + costUsd);
    await this.#pause(life, 20, signal);
    if (settles) await settle({ costUsd, inputTokens: 1000, outputTokens });
  }

  #pause(life: Life, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = life.clock.setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        life.clock.clearTimeout(timer);
        reject(new Error('called off'));
      });
      if (signal?.aborted) reject(new Error('called off'));
    });
  }
}

describe('JobRunner, whatever happens', () => {
  it(
    'P-12 loses no result, does nothing twice that is done, and never counts too little',
    async () => {
      expect(taskTransitions.completed).toEqual([]);
      const property = fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 25 }),
        fc.array(fate, { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, fates, jobsAtOnce) => {
          const world = new World(fates, jobsAtOnce);
          await world.begin();
          for (const step of steps) await world.carryOut(step);
          await world.finish();
          expect(world.wrong).toEqual([]);
        },
      );
      await fc.assert(property, { numRuns: runs });
    },
    60_000 + runs * 30,
  );
});
