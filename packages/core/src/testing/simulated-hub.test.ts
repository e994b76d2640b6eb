import { describe, expect, it } from 'vitest';
import { wireEventNames } from '../events.js';
import { canTransition } from '../models/model-state.js';
import type { ModelTelemetryEntry } from '../telemetry/model-call.js';
import { eventSchemas } from '../wire.js';
import { simulatedHost } from './simulated-fleet.js';
import { SimulatedHub } from './simulated-hub.js';
import { simulatedModel } from './simulated-model.js';

const simulatedTelemetry: ModelTelemetryEntry = {
  ...{ model: 'a', provider: 'openai', callCount: 1, failureCount: 0, cancelledCount: 0 },
  ...{ successRate: 1, trustFactor: 0.2, avgLatencyMs: 5, latencyP95Ms: 5, avgTtftMs: null },
  ...{ avgTokensPerSecond: null, avgCostUsd: null, costPer1mInput: null, costPer1mOutput: null },
  lastCallAt: '2026-01-01T00:00:00.000Z',
};
const twoModels = () => [simulatedModel({ modelId: 'a', state: 'ready' }), simulatedModel({ modelId: 'b' })];

describe('SimulatedHub', () => {
  it('announces what a real hub announces: legal states, payloads that the schemas know', async () => {
    const refused: unknown[] = [];
    const hub = new SimulatedHub(twoModels(), (error) => refused.push(error));
    const heard: string[] = [];
    for (const name of wireEventNames) {
      hub.subscribe(name, (payload) => {
        heard.push(name);
        expect(eventSchemas[name].safeParse(payload).error?.issues).toBeUndefined();
      });
    }
    hub.subscribe('model:state-changed', ({ model, previousState }) =>
      expect(canTransition(previousState, model.state)).toBe(true),
    );
    await hub.startModel('b');
    await hub.restartModel('b');
    await hub.stopModel('b');
    hub.update('a', { requestCount: 3 });
    hub.wave(3);
    hub.setModels(twoModels(), [{ filename: 'x', code: 'not_gguf', reason: 'y' }]);
    await hub.updateModel('a', { settings: { ctxSize: 4096 } });
    await hub.updateDefaults({ nThreads: 4 });
    await hub.attachEndpoint({ url: 'http://127.0.0.1:8080' });
    const { id } = await hub.registerEndpoint({ host: 'gpu-box' });
    hub.fleet.update(id, { status: 'unhealthy', condition: 'refused' });
    hub.fleet.checked([{ endpointId: id, lastCheckedAt: null, latencyMs: 3, queueDepth: 1 }]);
    await hub.checkEndpoint(id);
    await hub.removeEndpoint(id);
    hub.fleet.setHost(simulatedHost({ hostId: 'gpu-box' }));
    hub.fleet.removeHost('gpu-box');
    hub.fleet.collect([]);
    hub.setActivity({ scan: { done: 1, total: 2 }, bulk: null });
    await hub.stopAllModels();
    const { jobId } = await hub.jobs.submit({
      projectDescription: 'x',
      successCriteria: '',
      tasks: [{ prompt: 'y' }],
    });
    await hub.jobs.cancel(jobId);
    await hub.jobs.resume(jobId, { budgetUsd: 9 });
    await hub.jobs.delete(jobId);
    hub.setTelemetry([simulatedTelemetry]);
    expect(refused).toEqual([]);
    expect(new Set(heard)).toEqual(new Set(wireEventNames));
    expect(hub.commands).toEqual([
      'start b',
      'restart b',
      'stop b',
      'update a',
      'defaults',
      'attach http://127.0.0.1:8080',
      'register gpu-box:11434',
      'check gpu-box:11434',
      'remove gpu-box:11434',
      'stop-all',
      'submit',
      'cancel job-1',
      'resume job-1',
      'delete job-1',
    ]);
  });

  it('lets no assertion of a listener pass unheard', () => {
    const errors: unknown[] = [];
    const hub = new SimulatedHub(twoModels(), (error) => errors.push(error));
    hub.subscribe('model:updated', () => {
      throw new Error('heard');
    });
    hub.update('a', {});
    expect(errors).toHaveLength(1);
  });

  it('repeats the last slot of a model without a sample and keeps unknown apart from 0', () => {
    const hub = new SimulatedHub(twoModels());
    hub.sample({ a: { tokensPerSecond: 5, memoryGb: null, latencyMs: 0 } });
    hub.sample({});
    const { tokensPerSecond, memoryGb, latencyMs } = hub.series('a')!;
    expect([tokensPerSecond.at(1), memoryGb.at(1), latencyMs.at(1)]).toEqual([5, Number.NaN, 0]);
    expect(hub.series('b')?.latencyMs.at(0)).toBeNaN();
  });

  it('rejects commands to unknown models with the error of a real hub', async () => {
    await expect(new SimulatedHub().startModel('nobody')).rejects.toMatchObject({ code: 'unknown_model' });
  });

  it('tells that its connection changed', () => {
    const hub = new SimulatedHub();
    const heard: string[] = [];
    hub.subscribe('connection:changed', ({ connection, previous }) =>
      heard.push(`${previous} ${connection}`),
    );
    hub.setConnection('reconnecting');
    expect([heard, hub.connection]).toEqual([['live reconnecting'], 'reconnecting']);
  });
});
