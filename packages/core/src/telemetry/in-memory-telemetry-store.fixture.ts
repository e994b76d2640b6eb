import type { StoredTelemetry, TelemetryKey, TelemetryStore } from './model-call.js';

/** Keeps telemetry as text, as a store on a disk would, and fails when it is told to. */
export class InMemoryTelemetryStore implements TelemetryStore {
  readonly rows = new Map<string, string>();
  /** How many of the next calls fail. */
  failures = 0;
  loads = 0;
  saves = 0;
  /** Delays every save while it is set. */
  gate: Promise<void> | undefined;

  async loadTelemetry(): Promise<readonly StoredTelemetry[]> {
    this.loads += 1;
    this.#maybeFail();
    return [...this.rows.values()].map((text) => JSON.parse(text) as StoredTelemetry);
  }

  async saveTelemetry(entries: readonly StoredTelemetry[], dropped: readonly TelemetryKey[]): Promise<void> {
    this.saves += 1;
    const texts = entries.map((entry) => [keyOf(entry), JSON.stringify(entry)] as const);
    await this.gate;
    this.#maybeFail();
    for (const [key, text] of texts) this.rows.set(key, text);
    for (const key of dropped) this.rows.delete(keyOf(key));
  }

  #maybeFail(): void {
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new Error('the disk is full');
  }
}

function keyOf({ provider, model }: TelemetryKey): string {
  return `${provider}\n${model}`;
}
