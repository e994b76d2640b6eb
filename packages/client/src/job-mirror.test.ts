import { EventHub, type HubEvents, limits, type ModelTelemetryEntry } from '@corral/core';
import { simulatedJob } from '@corral/core/testing';
import { describe, expect, it } from 'vitest';
import { JobMirror } from './job-mirror.js';

const at = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
const job = (jobId: string, facts = {}) => simulatedJob({ jobId, ...facts });
const ended = (n: number) => job(`ended-${n}`, { status: 'done', finalStatus: 'done', createdAt: at(n) });
const entry = (model: string, facts: Partial<ModelTelemetryEntry> = {}): ModelTelemetryEntry => ({
  ...{ model, provider: 'ollama', callCount: 1, failureCount: 0, cancelledCount: 0, successRate: 1 },
  ...{ trustFactor: 0.2, avgLatencyMs: 5, latencyP95Ms: 5, avgTtftMs: null, avgTokensPerSecond: null },
  ...{ avgCostUsd: null, costPer1mInput: null, costPer1mOutput: null, lastCallAt: at(0), ...facts },
});

function mirrorOf(...[jobs = [], telemetry = []]: Partial<Parameters<JobMirror['replace']>>) {
  const mirror = new JobMirror();
  mirror.replace(jobs, telemetry);
  const events = new EventHub<HubEvents>();
  const heard: [string, unknown][] = [];
  events.subscribeAny((name, payload) => heard.push([name, payload]));
  return { mirror, events, heard, ids: () => mirror.recent().map(({ jobId }) => jobId) };
}

describe('JobMirror', () => {
  it('takes jobs as they come, change and go, the newest first', () => {
    const { mirror, ids } = mirrorOf([job('a', { createdAt: at(1) })]);
    const b = job('b', { createdAt: at(2), status: 'pending' });
    mirror.take({ kind: 'event', name: 'job:submitted', payload: { job: b } });
    expect(ids()).toEqual(['b', 'a']);
    mirror.take({ kind: 'event', name: 'job:updated', payload: { job: { ...b, totalCost: 0.5 } } });
    expect(mirror.recent()[0]?.totalCost).toBe(0.5);
    mirror.take({ kind: 'event', name: 'job:removed', payload: { jobId: 'b' } });
    expect(ids()).toEqual(['a']);
  });

  it('takes in a job that it did not know when it changes: an old one was resumed', () => {
    const { mirror, ids } = mirrorOf();
    mirror.take({ kind: 'event', name: 'job:updated', payload: { job: job('old') } });
    expect(ids()).toEqual(['old']);
  });

  it('keeps every job that has not ended, and as many that have as a hub tells', () => {
    const { mirror, ids } = mirrorOf([job('running', { createdAt: at(0) })]);
    for (let n = 1; n <= limits.recentJobs + 2; n++)
      mirror.take({ kind: 'event', name: 'job:updated', payload: { job: ended(n) } });
    expect(ids()).toHaveLength(limits.recentJobs + 1);
    expect(ids().slice(-2)).toEqual(['ended-3', 'running']);
  });

  it('answers with the same lists until something changes', () => {
    const { mirror } = mirrorOf([job('a')], [entry('m')]);
    const [jobs, telemetry] = [mirror.recent(), mirror.telemetry()];
    expect([mirror.recent(), mirror.telemetry()]).toEqual([jobs, telemetry]);
    expect(mirror.recent()).toBe(jobs);
    expect(mirror.telemetry()).toBe(telemetry);
    mirror.take({ kind: 'event', name: 'job:removed', payload: { jobId: 'a' } });
    expect(mirror.recent()).not.toBe(jobs);
    expect(mirror.telemetry()).toBe(telemetry);
  });

  it('orders telemetry by provider and model, and replaces what changed', () => {
    const { mirror } = mirrorOf([], [entry('b'), entry('a'), entry('z', { provider: 'anthropic' })]);
    const models = [entry('b', { callCount: 2 }), entry('b', { provider: 'openai' })];
    mirror.take({ kind: 'event', name: 'telemetry:recorded', payload: { models } });
    const names = mirror.telemetry().map(({ provider, model, callCount }) => [provider, model, callCount]);
    expect(names).toEqual([
      ['anthropic', 'z', 1],
      ['ollama', 'a', 1],
      ['ollama', 'b', 2],
      ['openai', 'b', 1],
    ]);
  });

  it('announces after a snapshot what became different, and nothing that did not', () => {
    const { mirror, events, heard } = mirrorOf([job('same'), job('changed'), job('gone')], [entry('same')]);
    const changed = job('changed', { totalCost: 1 });
    const next = [job('new'), { ...job('same') }, changed];
    mirror.replace(next, [entry('same'), entry('new')])(events);
    expect(heard).toEqual([
      ['job:removed', { jobId: 'gone' }],
      ['job:submitted', { job: job('new') }],
      ['job:updated', { job: changed }],
      ['telemetry:recorded', { models: [entry('new')] }],
    ]);
    heard.length = 0;
    mirror.replace(next, [entry('same'), entry('new')])(events);
    expect(heard).toEqual([]);
  });

  it('calls no job removed that may only be an older one', () => {
    const all = Array.from({ length: limits.recentJobs + 1 }, (_, n) => ended(n));
    const { mirror, events, heard } = mirrorOf(all.slice(0, -1));
    mirror.replace(all.slice(1), [])(events);
    expect(heard.map(([name]) => name)).toEqual(['job:submitted']);
  });
});
