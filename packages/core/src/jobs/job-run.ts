import { isoTime, sleep, type TimerHandle } from '../clock.js';
import { BackendGate } from './backend-gate.js';
import { endJob } from './end-job.js';
import { JobBudget } from './job-budget.js';
import type { NewJobEvent } from './job-log.js';
import { checkPlan } from './job-plan.js';
import type { JobRecord } from './job-record.js';
import { PlanRun, storePlan } from './plan-run.js';
import type { StoredTask } from './ports.js';
import type { RunEnd, RunHost, RunTools, Turn, Underway } from './run-host.js';
import { loadTasks, readPatiently } from './stored-tasks.js';
import { TaskRun } from './task-run.js';
import { jobTask, TaskTable } from './task-table.js';

/** Milliseconds that work which was called off may take to say what it used. */
const abortGraceMs = 150;

/** Timers of platforms are wrong beyond 2³¹ ms. */
const longestTimerMs = 1e9;

/**
 * One run of a job, from its start or its resumption to its end: has it planned, and its tasks carried out.
 *
 * It alone decides what happens to the job meanwhile. `design.md` beside this file draws it.
 */
export class JobRun implements RunHost {
  readonly tools: RunTools;
  readonly record: JobRecord;
  readonly budget: JobBudget;
  readonly #gate: BackendGate;
  readonly #turn: Turn;
  readonly #controller = new AbortController();
  readonly #underway = new Set<Underway>();
  readonly #pauses = new Set<TimerHandle>();
  #planTries = 0;
  #closing: Promise<boolean> | undefined;
  #timer: TimerHandle | undefined;
  #isPrepared = false;
  #isExhausted = false;

  constructor(record: JobRecord, tools: RunTools, turn: Turn) {
    const { slots, clock, random } = tools;
    this.tools = tools;
    this.#turn = turn;
    this.record = record;
    this.budget = new JobBudget({
      ledger: record.ledger,
      limits: () => record.decided,
      store: () => record.change(),
      onPaid: (taskId, costUsd) => this.#pay(taskId, costUsd),
      onReserved: () => this.foundBackend(),
    });
    const free = (): number | null => slots.free(record.spec);
    this.#gate = new BackendGate({ clock, random, free, onMayOpen: () => this.pump() });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Begins. What follows is announced as changes of the job. */
  begin(): void {
    if (this.isClosing()) return;
    this.record.startTime();
    this.#watchTime();
    this.#guard(this.#prepare());
  }

  /** Begins all that can begin now, and ends the run when nothing is left. */
  pump(): void {
    const { record } = this;
    if (this.isClosing() || record.writer.isInTrouble || !this.#isPrepared) return;
    const { table } = record;
    if (!table) {
      this.#pumpPlan();
      return;
    }
    while (!this.#isExhausted && this.#underway.size < record.decided.concurrency && table.hasReady) {
      if (!this.#mayBegin()) return;
      const state = table.next();
      if (state) this.#start(new TaskRun(this, state));
    }
    const isIdle = this.#underway.size === 0 && this.#pauses.size === 0 && !table.hasReady;
    if (isIdle || (this.#isExhausted && this.#underway.size === 0)) void this.close(this.#outcome());
  }

  /** There may be more slots than before. */
  freed(): void {
    if (!this.isClosing()) this.#gate.freed();
  }

  /** Another job needs fewer of the slots that there are. */
  shared(): void {
    if (!this.isClosing()) this.#gate.shared();
  }

  left(underway: Underway, again?: { readonly afterMs: number; readonly begin: () => void }): void {
    this.#underway.delete(underway);
    if (again && !this.isClosing()) {
      const timer = this.tools.clock.setTimeout(() => {
        this.#pauses.delete(timer);
        again.begin();
        this.pump();
      }, again.afterMs);
      this.#pauses.add(timer);
    }
    this.pump();
    this.tools.slots.freed();
  }

  foundBackend(): void {
    this.#gate.passed();
    const { statusReason } = this.record.decided;
    if ((statusReason !== 'no_backend' && statusReason !== 'no_slot') || this.isClosing()) return;
    if (statusReason === 'no_backend') this.record.log.say('info', 'An endpoint can be called again');
    void this.record.change({ statusReason: null });
  }

  missedBackend(): void {
    this.#gate.refused();
    // One that is under way has an endpoint.
    if (this.#underway.size <= 1) this.#sayNoBackend();
  }

  exhaust(): void {
    this.#isExhausted = true;
  }

  /**
   * Ends the run: calls off at once what is under way, gives it a moment to say what it used, and stores the end.
   * @returns whether it is stored; the same for everyone who asks again
   */
  close(end: RunEnd): Promise<boolean> {
    if (this.#closing) return this.#closing;
    const worked = [...this.#underway].map((underway) => underway.worked);
    // First, as whoever hears the signal may want to end the run too.
    this.#closing = Promise.resolve()
      .then(() => this.#finish(end, worked))
      .catch((error: unknown) => this.#endAnyhow(error))
      .catch(() => false);
    this.#controller.abort();
    this.#gate.dispose();
    const { clock } = this.tools;
    for (const timer of [this.#timer, ...this.#pauses]) clock.clearTimeout(timer);
    this.#pauses.clear();
    return this.#closing;
  }

  async #finish(end: RunEnd, worked: readonly Promise<void>[]): Promise<boolean> {
    const { record, tools } = this;
    if (worked.length > 0) {
      const grace = new AbortController();
      await Promise.race([Promise.all(worked), sleep(tools.clock, abortGraceMs, grace.signal)]);
      grace.abort();
    }
    for (const { work } of this.#underway) work.end();
    record.stopTime();
    const endedAt = isoTime(tools.clock);
    const left: Partial<StoredTask> =
      end.status === 'failed' && end.reason === 'time_limit'
        ? { status: 'failed', failureCode: 'time_limit', endedAt }
        : { status: 'pending' };
    const tasks = record.table?.in('running').map((state) => record.table?.set(state, left) ?? state) ?? [];
    const events = tasks.map(({ row }): NewJobEvent => ({ type: 'task', ...jobTask(row) }));
    return endJob(record, end, endedAt, { tasks, events });
  }

  /** The end itself met a fault of our own: without one the job would run for ever. */
  async #endAnyhow(error: unknown): Promise<boolean> {
    this.#tell(error);
    const { record, tools } = this;
    return endJob(record, { status: 'failed', reason: 'tasks_failed' }, isoTime(tools.clock));
  }

  async #prepare(): Promise<void> {
    const { record, signal, tools } = this;
    if (record.planned && !record.table) {
      const { clock, random } = tools;
      const rows = await readPatiently(() => loadTasks(tools.store, record.jobId), { clock, random, signal });
      if (!rows || this.isClosing()) return;
      record.table = new TaskTable(rows);
    }
    if (record.givenTasks) await storePlan(this, checkPlan(record.givenTasks));
    else record.table?.line();
    this.#isPrepared = true;
    this.pump();
  }

  #pumpPlan(): void {
    if (this.#underway.size > 0 || this.#pauses.size > 0 || !this.#mayBegin()) return;
    const plan = new PlanRun(this, this.#planTries);
    this.#underway.add(plan);
    this.#guard(plan.begin(() => (this.#planTries += 1)));
  }

  #start(task: TaskRun): void {
    this.#underway.add(task);
    this.#guard(task.begin());
  }

  #mayBegin(): boolean {
    const slots = this.#gate.slots();
    if (slots > 0) {
      if (!this.#turn.takeBack()) return false;
      // Somebody counts them, and there is one.
      if (Number.isFinite(slots) && !this.#gate.isRefused) this.foundBackend();
      this.#gate.began();
      return true;
    }
    const { starting, working } = this.tools.slots;
    // While others work it is a matter of waiting for them.
    if (starting + working === 0) this.#sayNoBackend();
    if (this.#underway.size === 0) {
      if (starting + working > 0 && this.record.decided.statusReason === null)
        void this.record.change({ statusReason: 'no_slot' });
      this.#turn.lend();
    }
    return false;
  }

  #sayNoBackend(): void {
    if (this.record.decided.statusReason === 'no_backend') return;
    this.record.log.say('warn', 'No endpoint can be called now; the job waits for one');
    void this.record.change({ statusReason: 'no_backend' });
  }

  #outcome(): RunEnd {
    const { table } = this.record;
    const counts = table?.counts;
    if (counts && counts.completed + counts.degraded === table.size) return { status: 'done' };
    return { status: 'failed', reason: this.#isExhausted ? 'budget_exhausted' : 'tasks_failed' };
  }

  #pay(taskId: string | null, costUsd: number): void {
    const { table } = this.record;
    const state = taskId === null ? undefined : table?.get(taskId);
    if (state) this.record.report(state, { costUsd: (state.row.costUsd ?? 0) + costUsd });
  }

  #watchTime(): void {
    const leftMs = (this.record.decided.timeLimitS - this.record.elapsedS) * 1000;
    const { clock } = this.tools;
    this.#timer = clock.setTimeout(
      () => {
        const isOver = this.record.elapsedS >= this.record.decided.timeLimitS;
        if (isOver) void this.close({ status: 'failed', reason: 'time_limit' });
        else this.#watchTime();
      },
      Math.min(Math.max(0, leftMs), longestTimerMs),
    );
  }

  /** A fault of our own ends the run, and neither the process nor the other jobs. */
  #guard(promise: Promise<void>): void {
    promise.catch((error: unknown) => {
      this.#tell(error);
      return this.close({ status: 'failed', reason: 'tasks_failed' });
    });
  }

  #tell(error: unknown): void {
    this.record.log.say('error', 'A fault of the hub itself ends this run; the log of the hub tells more');
    try {
      this.tools.onError(error);
    } catch {
      // Whoever hears of faults has one of its own.
    }
  }
}
