import type { Clock } from '../clock.js';
import { isoTime } from '../clock.js';
import { CorralError } from '../errors.js';
import { CounterRate } from '../metrics/counter-rate.js';
import { chosenFacts, type ManagedModel } from '../models/managed-model.js';
import type { ModelAccess, ModelControl, ModelStatus } from '../models/model.js';
import { MeasuredValues, type ModelDetails } from '../models/model-details.js';
import { ModelSeries } from '../models/model-series.js';
import { defaultModelSettings } from '../models/model-settings.js';
import type { ModelState } from '../models/model-state.js';
import type { ModelChoices } from '../models/ports.js';
import { noServerFacts, type Slot, unknownSlot } from '../models/running-server.js';
import type { EndpointModel } from './endpoint.js';
import type { BackendModelReading } from './ports.js';

/** What a model needs of the endpoint that serves it. */
export interface AttachedModelHost {
  readonly endpointId: string;
  readonly port: number;
  readonly control: ModelControl;
  readonly baseUrl: string;
  /** Resolves when the look that is under way is over. */
  looked(): Promise<void>;
  /** @throws CorralError */
  load(name: string): Promise<void>;
  /** @throws CorralError */
  unload(name: string): Promise<void>;
}

/** What the last look at the endpoint says of one model. */
export interface AttachedSighting {
  readonly reading: BackendModelReading | undefined;
  /** Whether the endpoint counts as up. */
  readonly up: boolean;
  /** Missed checks of the endpoint in a row. */
  readonly misses: number;
  readonly latencyMs: number | null;
  readonly problem: string | null;
}

/** A model that a server of someone else serves. Its state is what that server says; nothing here decides it. */
export class AttachedModel implements ManagedModel {
  readonly modelId: string;
  readonly name: string;
  readonly series = new ModelSeries();
  readonly #host: AttachedModelHost;
  readonly #clock: Clock;
  readonly #onStateChanged: (model: AttachedModel, previous: ModelState) => void;
  readonly #rate = new CounterRate();
  readonly #values = new MeasuredValues();
  #choices: ModelChoices;
  #state: ModelState = 'offline';
  #sighting: AttachedSighting | undefined;
  #slot: Slot = unknownSlot;
  #lastCheckedAt: string | null = null;

  constructor(options: {
    readonly modelId: string;
    readonly name: string;
    readonly host: AttachedModelHost;
    readonly clock: Clock;
    readonly choices: ModelChoices;
    readonly onStateChanged: (model: AttachedModel, previous: ModelState) => void;
  }) {
    this.modelId = options.modelId;
    this.name = options.name;
    this.#host = options.host;
    this.#clock = options.clock;
    this.#choices = options.choices;
    this.#onStateChanged = options.onStateChanged;
  }

  get state(): ModelState {
    return this.#state;
  }

  /** What its server says of it in the fleet. */
  get reading(): EndpointModel {
    const reading = this.#sighting?.reading;
    const { state = null, sizeBytes = null, vramBytes = null } = reading ?? {};
    return { name: this.name, state, sizeBytes, vramBytes };
  }

  /** Takes in what a look at the endpoint found. */
  see(sighting: AttachedSighting): void {
    this.#sighting = sighting;
    const { reading, latencyMs } = sighting;
    const numbers = reading?.numbers ?? null;
    const atMs = this.#clock.now();
    const loaded = reading?.state === 'ready';
    const tokensPerSecond = this.#rate.observe(numbers?.generatedTokens ?? null);
    this.#slot = { tokensPerSecond, memoryGb: null, latencyMs: loaded ? latencyMs : null };
    this.#lastCheckedAt = isoTime(this.#clock);
    this.#values.take({ condition: 'ready', latencyMs, numbers, memory: null, problem: null }, atMs);
    this.#values.set('tokensPerSecond', tokensPerSecond, `rate of ${numbers?.source ?? 'nothing yet'}`, atMs);
    this.#enter(stateOf(sighting, this.#state));
  }

  choose(choices: ModelChoices): void {
    this.#choices = choices;
  }

  /** What this tick's look at the endpoint finds; the endpoint is looked at once for all its models. */
  async sample(): Promise<Slot> {
    await this.#host.looked();
    const slot = this.#slot;
    this.#slot = unknownSlot;
    return slot;
  }

  start(): Promise<void> {
    return this.#host.load(this.name);
  }

  stop(): Promise<void> {
    return this.#host.unload(this.name);
  }

  async restart(): Promise<void> {
    throw new CorralError('action_not_supported', `Expected a model of our own, got \`${this.name}\``);
  }

  access(): ModelAccess {
    return { baseUrl: this.#host.baseUrl, apiKey: null };
  }

  details(): ModelDetails {
    return { modelId: this.modelId, values: this.#values.list(this.#clock.now()), logTail: [] };
  }

  status(): ModelStatus {
    const sighting = this.#sighting;
    const { modelId, name: filename } = this;
    const file = { modelId, filename, sizeBytes: sighting?.reading?.sizeBytes ?? null, gguf: null };
    return {
      ...chosenFacts(file, this.#choices),
      ...noServerFacts,
      endpointId: this.#host.endpointId,
      control: this.#host.control,
      port: this.#host.port,
      state: this.#state,
      failureCode: null,
      isHealthy: this.#state === 'ready' || this.#state === 'sleeping',
      consecutiveFailures: sighting?.misses ?? 0,
      lastCheckedAt: this.#lastCheckedAt,
      latencyMs: sighting?.latencyMs ?? null,
      errorMessage: sighting?.reading?.problem ?? sighting?.problem ?? null,
      load: sighting?.reading?.numbers?.load ?? null,
      restartInSeconds: null,
      lastExit: null,
      settings: defaultModelSettings,
      restartNeeded: false,
    };
  }

  #enter(next: ModelState): void {
    const previous = this.#state;
    if (previous === next) return;
    this.#state = next;
    this.#onStateChanged(this, previous);
  }
}

/** A server that does not answer leaves a running model unhealthy; one that was not loaded stays as it was. */
function stateOf({ reading, up }: AttachedSighting, before: ModelState): ModelState {
  if (reading && !up && before === 'unhealthy' && reading.state !== 'unloaded') return before;
  if (reading) return reading.state === null || reading.state === 'unloaded' ? 'offline' : reading.state;
  const ran = before === 'ready' || before === 'sleeping' || before === 'loading';
  return !up && ran ? 'unhealthy' : before;
}
