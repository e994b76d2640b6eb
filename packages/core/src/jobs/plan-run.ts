import { limits } from '../limits.js';
import { backOffMs } from './back-off.js';
import { checkPlan, type PlanCheck } from './job-plan.js';
import type { RunHost, Underway } from './run-host.js';
import { planLines, seconds } from './run-messages.js';
import { type WorkFailure, workFailure } from './task-outcome.js';
import { jobTask } from './task-table.js';
import { Work } from './work-context.js';

/** One attempt to plan a job. */
export class PlanRun implements Underway {
  readonly work: Work;
  readonly worked: Promise<void>;
  readonly #host: RunHost;
  readonly #tries: number;
  #isWorked = (): void => {};

  /** @param tries how many attempts failed before */
  constructor(host: RunHost, tries: number) {
    const { record, signal, budget } = host;
    this.#host = host;
    this.#tries = tries;
    this.work = new Work({ jobId: record.jobId, taskId: null, signal, log: record.log, budget });
    this.worked = new Promise((resolve) => {
      this.#isWorked = resolve;
    });
  }

  /** @param onFailed hears of a failure that counts */
  async begin(onFailed: () => void): Promise<void> {
    const { record, tools } = this.#host;
    record.log.say('info', 'Planning');
    tools.slots.working += 1;
    const answer = await this.#ask();
    tools.slots.working -= 1;
    this.work.end();
    this.#isWorked();
    if (this.#host.isClosing()) {
      tools.slots.freed();
      return;
    }
    if ('plan' in answer) {
      this.#host.foundBackend();
      await storePlan(this.#host, checkPlan(answer.plan));
      this.#host.left(this);
    } else await this.#failed(answer, onFailed);
  }

  async #ask(): Promise<{ readonly plan: unknown } | WorkFailure> {
    const { record, tools } = this.#host;
    try {
      return { plan: await tools.executor.plan(record.spec, this.work.context) };
    } catch (error) {
      return workFailure(error);
    }
  }

  async #failed({ code, retryable, message }: WorkFailure, onFailed: () => void): Promise<void> {
    const { record, tools } = this.#host;
    if (code === 'no_backend') {
      this.#host.missedBackend();
      this.#host.left(this);
      return;
    }
    this.#host.foundBackend();
    if (code === 'budget_exhausted') {
      await this.#host.close({ status: 'failed', reason: 'budget_exhausted' });
    } else if (retryable && this.#tries + 1 < limits.taskAttempts) {
      const afterMs = backOffMs(limits.taskRetryMs, this.#tries + 1, tools.random);
      record.log.say('warn', `${message}. Planning is tried again in ${seconds(afterMs)}`);
      onFailed();
      this.#host.left(this, { afterMs, begin: () => {} });
    } else {
      record.log.say('error', message);
      await this.#host.close({ status: 'failed', reason: 'planning_failed' });
    }
  }
}

/** Has the tasks of a plan stored, or ends the run where it is none. */
export async function storePlan(host: RunHost, plan: PlanCheck): Promise<void> {
  const { record } = host;
  if ('problem' in plan) {
    record.log.say('error', `This plan cannot be carried out. ${plan.problem}`);
    await host.close({ status: 'failed', reason: 'planning_failed' });
    return;
  }
  record.log.say('info', planLines(plan.tasks));
  const events = plan.tasks.map((task) => ({ type: 'task' as const, ...jobTask(task) }));
  if (await record.change({}, { plan: plan.tasks, events })) record.table?.line();
}
