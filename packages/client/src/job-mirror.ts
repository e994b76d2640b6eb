import {
  type EventHub,
  type HubEvents,
  hasEnded,
  type Job,
  limits,
  type ModelTelemetryEntry,
} from '@corral/core';
import type { HubFrame } from './hub-frames.js';

type JobFrame = Extract<HubFrame, { readonly name: `job:${string}` | 'telemetry:recorded' }>;

/** Recent jobs and the telemetry of models, as far as the messages of a hub have come. */
export class JobMirror {
  readonly #jobs = new Map<string, Job>();
  readonly #telemetry = new Map<string, ModelTelemetryEntry>();
  #recent: readonly Job[] | undefined;
  #entries: readonly ModelTelemetryEntry[] | undefined;

  /** Newest first. The same list until something is heard of a job. */
  recent(): readonly Job[] {
    this.#recent ??= [...this.#jobs.values()].sort((a, b) => compare(b.createdAt, a.createdAt));
    return this.#recent;
  }

  /** By provider, then by model. The same list until something is heard of a model. */
  telemetry(): readonly ModelTelemetryEntry[] {
    this.#entries ??= [...this.#telemetry.values()].sort(
      (a, b) => compare(a.provider, b.provider) || compare(a.model, b.model),
    );
    return this.#entries;
  }

  /** Takes an event in. A change of a job that is not known adds it: an old one was resumed. */
  take(frame: JobFrame): void {
    switch (frame.name) {
      case 'job:submitted':
      case 'job:updated':
        this.#jobs.set(frame.payload.job.jobId, frame.payload.job);
        this.#forgetOld();
        return;
      case 'job:removed':
        this.#jobs.delete(frame.payload.jobId);
        this.#recent = undefined;
        return;
      case 'telemetry:recorded':
        for (const entry of frame.payload.models) this.#telemetry.set(keyOf(entry), entry);
        this.#entries = undefined;
    }
  }

  /** Begins anew. The answer announces what became different: whoever listens hears of what came this way, too. */
  replace(
    jobs: readonly Job[],
    telemetry: readonly ModelTelemetryEntry[],
  ): (events: EventHub<HubEvents>) => void {
    const before = { jobs: new Map(this.#jobs), telemetry: new Map(this.#telemetry) };
    this.#jobs.clear();
    this.#telemetry.clear();
    for (const job of jobs) this.#jobs.set(job.jobId, job);
    for (const entry of telemetry) this.#telemetry.set(keyOf(entry), entry);
    this.#recent = undefined;
    this.#entries = undefined;
    // Where as many ended jobs are told as there may be, one that is missing may just be an older one.
    const told = jobs.filter(({ status }) => hasEnded(status)).length;
    const complete = told < limits.recentJobs;
    return (events) => {
      for (const jobId of before.jobs.keys())
        if (complete && !this.#jobs.has(jobId)) events.emit('job:removed', { jobId });
      for (const job of jobs) {
        const known = before.jobs.get(job.jobId);
        if (!known) events.emit('job:submitted', { job });
        else if (differs(known, job)) events.emit('job:updated', { job });
      }
      const models = telemetry.filter((entry) => differs(before.telemetry.get(keyOf(entry)), entry));
      if (models.length > 0) events.emit('telemetry:recorded', { models });
    };
  }

  /** Keeps what a hub tells without being asked: every job that has not ended, and the latest that have. */
  #forgetOld(): void {
    this.#recent = undefined;
    const ended = this.recent().filter(({ status }) => hasEnded(status));
    for (const { jobId } of ended.slice(limits.recentJobs)) this.#jobs.delete(jobId);
    if (ended.length > limits.recentJobs) this.#recent = undefined;
  }
}

function keyOf({ provider, model }: ModelTelemetryEntry): string {
  return JSON.stringify([provider, model]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function differs(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}
