import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import { limits } from '../limits.js';
import type { ManagedModel } from './managed-model.js';
import { byTierThenName } from './model.js';
import { isRunning } from './model-state.js';
import type { BulkProgress } from './ports.js';

/** What a {@link BulkCommand} is run with. */
export interface BulkOptions {
  readonly events: EventHub<HubEvents>;
  readonly models: () => readonly ManagedModel[];
  /** Resolves when the model has settled; rejects when it has not got there. */
  readonly arrived: (action: 'start' | 'stop', modelId: string) => Promise<unknown>;
}

/** Starts or stops all our own models, a few at a time. A new command calls off what is left of the one before. */
export class BulkCommand {
  readonly #options: BulkOptions;
  #progress: BulkProgress | null = null;
  #run = 0;

  constructor(options: BulkOptions) {
    this.#options = options;
  }

  /** The command under way; `null` when there is none. */
  get progress(): BulkProgress | null {
    return this.#progress;
  }

  /** Begins, and answers how many models it is about. The same command under way is joined. */
  begin(action: 'start' | 'stop'): BulkProgress {
    if (this.#progress?.action === action) return this.#progress;
    const waiting = this.#targets(action);
    const run = ++this.#run;
    const progress: BulkProgress = { action, done: 0, total: waiting.length, failed: 0 };
    this.#progress = waiting.length > 0 ? progress : null;
    this.#options.events.emit('models:bulk-progressed', progress);
    const atOnce = Math.min(limits.bulkAtOnce, waiting.length);
    for (let i = 0; i < atOnce; i++) void this.#work(run, action, waiting);
    return progress;
  }

  /** Calls off what has not begun. */
  cancel(): void {
    this.#run += 1;
    this.#progress = null;
  }

  async #order(action: 'start' | 'stop', model: ManagedModel): Promise<void> {
    // A scan may have dropped it meanwhile: nobody would ever end what it starts.
    if (!this.#options.models().includes(model)) throw new Error('The model is gone');
    await (action === 'start' ? model.start() : model.stop());
  }

  #targets(action: 'start' | 'stop'): ManagedModel[] {
    return this.#options
      .models()
      .map((model) => ({ model, status: model.status() }))
      .filter(({ status: { control, enabled, state } }) => {
        const runs = isRunning(state) || state === 'backoff';
        // One that is stopping gets no second stop: that would end its wait for requests.
        const isMeant = action === 'stop' ? runs && state !== 'stopping' : enabled && !runs;
        return control === 'owned' && isMeant;
      })
      .sort((a, b) => byTierThenName(a.status, b.status))
      .map(({ model }) => model);
  }

  async #work(run: number, action: 'start' | 'stop', waiting: ManagedModel[]): Promise<void> {
    for (let model = waiting.shift(); model; model = waiting.shift()) {
      const { modelId } = model;
      const failed = await this.#order(action, model)
        .then(() => this.#options.arrived(action, modelId))
        .then(() => 0)
        .catch(() => 1);
      if (run !== this.#run || !this.#progress) return;
      const { done, total } = this.#progress;
      const progress = { action, done: done + 1, total, failed: this.#progress.failed + failed };
      this.#progress = progress.done < total ? progress : null;
      this.#options.events.emit('models:bulk-progressed', progress);
    }
  }
}
