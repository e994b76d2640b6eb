import {
  type EventHub,
  type HubActivity,
  type HubEvents,
  type Job,
  type MetricsSnapshot,
  type ModelDefaults,
  type ModelSample,
  ModelSeries,
  type ModelStatus,
  type ModelTelemetryEntry,
  type RegistrySnapshot,
  type RejectedFile,
} from '@corral/core';
import { FleetMirror } from './fleet-mirror.js';
import { type HubFrame, type PlacedSnapshot, placeOf, readFrame, type StreamMessage } from './hub-frames.js';
import { JobMirror } from './job-mirror.js';

/** What became of a message: taken in, or it shows that one before it is missing. */
export type Applied = 'applied' | 'gap';

/**
 * The state of a hub as far as its messages have come, with rings of its own. The same messages always lead to the
 * same state, and messages that were seen already change nothing.
 */
export class HubMirror {
  readonly events: EventHub<HubEvents>;
  readonly #models = new Map<string, ModelStatus>();
  readonly #series = new Map<string, ModelSeries>();
  readonly #fleet = new FleetMirror();
  readonly #jobs = new JobMirror();
  #rejected: readonly RejectedFile[] = [];
  #defaults: ModelDefaults | undefined;
  #activity: HubActivity = { scan: null, bulk: null };
  #tick = 0;
  #sampleIntervalMs = 1000;
  #lastEventId: string | undefined;
  #lagged = false;

  constructor(events: EventHub<HubEvents>) {
    this.events = events;
  }

  /** The id of the last message that was taken in; `undefined` before the first snapshot. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  get rejected(): readonly RejectedFile[] {
    return this.#rejected;
  }

  get defaults(): ModelDefaults | undefined {
    return this.#defaults;
  }

  registry(): RegistrySnapshot {
    return this.#fleet.registry();
  }

  get backends(): readonly MetricsSnapshot[] {
    return this.#fleet.backends;
  }

  recentJobs(): readonly Job[] {
    return this.#jobs.recent();
  }

  telemetry(): readonly ModelTelemetryEntry[] {
    return this.#jobs.telemetry();
  }

  get activity(): HubActivity {
    return this.#activity;
  }

  models(): readonly ModelStatus[] {
    return [...this.#models.values()];
  }

  model(modelId: string): ModelStatus | undefined {
    return this.#models.get(modelId);
  }

  series(modelId: string): ModelSeries | undefined {
    return this.#series.get(modelId);
  }

  /**
   * Takes one message in. After `gap` nothing was changed, and a snapshot is needed.
   * @throws ClientError `protocol`
   */
  apply(message: StreamMessage): Applied {
    const frame = readFrame(message);
    if (frame.kind === 'snapshot') {
      this.replace(frame.snapshot);
      return 'applied';
    }
    if (frame.kind === 'lagged') this.#lagged = true;
    if (message.event === 'reset' || frame.kind === 'lagged') return 'applied';
    const order = this.#order(message.id);
    if (order === 'gap') return 'gap';
    if (order === 'next') this.#lastEventId = message.id;
    if (order === 'seen' || frame.kind !== 'event') return 'applied';
    this.#takeEvent(frame);
    this.events.emit(frame.name, frame.payload);
    return 'applied';
  }

  /** Gives up its place in the stream, so that the next thing it gets is a snapshot. What it knows stays. */
  forgetPlace(): void {
    this.#lastEventId = undefined;
  }

  /** Begins anew from a snapshot. */
  replace(snapshot: PlacedSnapshot): void {
    const before = new Map(this.#models);
    const tickBefore = this.#tick;
    this.#lastEventId = snapshot.lastEventId;
    this.#lagged = false;
    this.#tick = snapshot.tick;
    this.#sampleIntervalMs = snapshot.sampleIntervalMs;
    this.#defaults = snapshot.defaults;
    const announceFleet = this.#fleet.replace(snapshot.registry, snapshot.backends);
    const announceJobs = this.#jobs.replace(snapshot.jobs, snapshot.telemetry);
    this.#takeModels(snapshot.models, snapshot.rejected);
    this.#activity = snapshot.activity;
    for (const metrics of snapshot.metrics) this.#series.get(metrics.modelId)?.replace(metrics);
    this.events.emit('models:scanned', { models: this.models(), rejected: this.#rejected });
    announceFleet(this.events);
    announceJobs(this.events);
    for (const model of this.models()) {
      const previousState = before.get(model.modelId)?.state;
      if (previousState !== undefined && previousState !== model.state)
        this.events.emit('model:state-changed', { model, previousState });
    }
    if (before.size > 0 && this.#tick !== tickBefore) {
      const samples = Array.from(this.#series, ([modelId, series]) => ({ modelId, ...series.current() }));
      this.events.emit('models:sampled', { tick: this.#tick, at: snapshot.metricsTimestamp, samples });
    }
  }

  #order(id: string): 'next' | 'seen' | 'gap' {
    const last = placeOf(this.#lastEventId ?? '');
    const place = placeOf(id);
    if (!last || place?.epoch !== last.epoch) return 'gap';
    if (place.seq <= last.seq) return 'seen';
    return place.seq === last.seq + 1 || this.#lagged ? 'next' : 'gap';
  }

  #takeEvent(frame: Extract<HubFrame, { kind: 'event' }>): void {
    switch (frame.name) {
      case 'models:scanned':
        this.#takeModels(frame.payload.models, frame.payload.rejected);
        return;
      case 'models:sampled':
        this.#takeSamples(frame.payload);
        return;
      case 'models:scan-progressed':
        this.#activity = { ...this.#activity, scan: frame.payload };
        return;
      case 'models:bulk-progressed':
        this.#activity = {
          ...this.#activity,
          bulk: frame.payload.done < frame.payload.total ? frame.payload : null,
        };
        return;
      case 'models:defaults-changed':
        this.#defaults = frame.payload.defaults;
        return;
      case 'model:state-changed':
      case 'model:updated':
        if (this.#models.has(frame.payload.model.modelId))
          this.#models.set(frame.payload.model.modelId, frame.payload.model);
        return;
      case 'job:submitted':
      case 'job:updated':
      case 'job:removed':
      case 'telemetry:recorded':
        this.#jobs.take(frame);
        return;
      default:
        this.#fleet.take(frame);
    }
  }

  #takeModels(models: readonly ModelStatus[], rejected: readonly RejectedFile[]): void {
    this.#rejected = rejected;
    this.#activity = { ...this.#activity, scan: null };
    this.#models.clear();
    for (const model of models) {
      this.#models.set(model.modelId, model);
      if (!this.#series.has(model.modelId)) this.#series.set(model.modelId, new ModelSeries());
    }
    for (const modelId of this.#series.keys()) if (!this.#models.has(modelId)) this.#series.delete(modelId);
  }

  #takeSamples({ tick, at, samples }: HubEvents['models:sampled']): void {
    const missed = Math.max(0, tick - this.#tick - 1);
    this.#tick = tick;
    const byModel = new Map(samples.map((sample): [string, ModelSample] => [sample.modelId, sample]));
    for (const [modelId, series] of this.#series) {
      series.pushGap(missed);
      const sample = byModel.get(modelId);
      if (sample) series.push(sample);
      else series.repeatLast();
      this.#takeTime(modelId, ((missed + 1) * this.#sampleIntervalMs) / 1000, at, series.current().latencyMs);
    }
  }

  /** What every tick changes in a running model travels with the samples alone. */
  #takeTime(modelId: string, elapsedS: number, at: string, latencyMs: number | null): void {
    const model = this.#models.get(modelId);
    if (!model || (model.uptimeSeconds === null && model.restartInSeconds === null)) return;
    const later = (seconds: number | null, by: number) => seconds && Math.max(0, seconds + by);
    const checked = latencyMs === null ? {} : { latencyMs, lastCheckedAt: at };
    this.#models.set(modelId, {
      ...model,
      uptimeSeconds: model.uptimeSeconds === null ? null : model.uptimeSeconds + elapsedS,
      restartInSeconds: later(model.restartInSeconds, -elapsedS),
      ...checked,
    });
  }
}
