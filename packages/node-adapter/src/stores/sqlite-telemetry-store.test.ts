import {
  EventHub,
  type HubEvents,
  type ModelCall,
  ModelTelemetry,
  type ModelTelemetryEntry,
} from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteTelemetryStore } from './sqlite-telemetry-store.js';

let folder: StoreFolder;
let db: SqliteDatabase;
const clock = new SimulatedClock();
beforeEach(() => {
  folder = new StoreFolder();
  db = folder.open();
});
afterEach(() => folder.dispose());

const reopen = (): void => {
  db.close();
  db = folder.open();
};
const telemetry = (): SqliteTelemetryStore => new SqliteTelemetryStore(db, folder.logger);
const meadow = { model: 'meadow', provider: 'ollama', document: { ok: 1 } };
const mesa = { model: 'mesa', provider: 'ollama', document: { deep: [1, { two: null }] } };

/** What telemetry knows after these calls, and it was closed. */
async function recorded(calls: readonly ModelCall[]): Promise<readonly ModelTelemetryEntry[]> {
  const models = new ModelTelemetry({ events: new EventHub<HubEvents>(), store: telemetry(), clock });
  await models.open();
  for (const call of calls) models.record(call);
  await models.dispose();
  return models.entries();
}

describe('SqliteTelemetryStore', () => {
  it('is empty at first', async () => {
    expect(await telemetry().loadTelemetry()).toEqual([]);
  });

  it('keeps the newest of every model over a reopening, and removes what was dropped', async () => {
    await telemetry().saveTelemetry([meadow, mesa, { ...meadow, provider: 'openai' }], []);
    await telemetry().saveTelemetry(
      [{ ...meadow, document: { ok: 2 } }],
      [mesa, { model: 'x', provider: 'y' }],
    );
    reopen();
    expect(await telemetry().loadTelemetry()).toEqual([
      { ...meadow, document: { ok: 2 } },
      { ...meadow, provider: 'openai' },
    ]);
  });

  it('tells models apart whose names together are the same', async () => {
    const twins = [
      { model: 'c', provider: 'a b', document: {} },
      { model: 'b c', provider: 'a', document: {} },
    ];
    await telemetry().saveTelemetry(twins, []);
    expect(await telemetry().loadTelemetry()).toHaveLength(2);
  });

  it('keeps 1,000 calls over restarts exactly as if there had been none', async () => {
    // The smallest generator there is, by Park and Miller: the same calls every time.
    let state = 11;
    const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    const calls = Array.from({ length: 1000 }, (): ModelCall => {
      const luck = random();
      return {
        model: `m${Math.floor(random() * 5)}`,
        provider: random() < 0.5 ? 'openai' : 'llama-server',
        outcome: luck < 0.1 ? 'failed' : luck < 0.15 ? 'cancelled' : 'ok',
        latencyMs: 10 ** (1 + random() * 3),
        ttftMs: random() < 0.3 ? null : random() * 500,
        inputTokens: 10,
        outputTokens: 20,
        tokensPerSecond: random() * 90,
        costUsd: random() < 0.5 ? null : random() / 100,
        price: random() < 0.5 ? null : { inputUsdPer1M: random(), outputUsdPer1M: random() },
      };
    });
    for (const from of [0, 250, 500, 750]) {
      await recorded(calls.slice(from, from + 250));
      reopen();
    }
    const events = new EventHub<HubEvents>();
    const naive = new ModelTelemetry({ events, clock });
    for (const call of calls) naive.record(call);
    const found = await recorded([]);
    expect(found).toEqual(naive.entries());
    await naive.dispose();
    expect(found).toHaveLength(10);
    for (const entry of found) {
      const ofIt = calls.filter(
        ({ model, provider }) => model === entry.model && provider === entry.provider,
      );
      const good = ofIt.filter(({ outcome }) => outcome === 'ok').map(({ latencyMs }) => latencyMs);
      const exact = good.sort((a, b) => a - b)[Math.ceil(good.length * 0.95) - 1] ?? Number.NaN;
      expect(Math.abs((entry.latencyP95Ms ?? Number.NaN) - exact) / exact).toBeLessThan(0.01);
      expect(entry.callCount + entry.cancelledCount).toBe(ofIt.length);
    }
  });

  it.each(['', '{', 'null', '[]', '{}', '{"model":"bad","provider":"ollama","document":7}'])(
    'leaves out a row that is none, with one warning: %j',
    async (document) => {
      await telemetry().saveTelemetry([meadow], []);
      db.run('INSERT INTO model_telemetry VALUES (?, ?, ?)', 'ollama', 'bad', document);
      expect(await telemetry().loadTelemetry()).toEqual([meadow]);
      expect(folder.warnings).toEqual([
        ['a saved row was left out', expect.objectContaining({ table: 'model_telemetry' })],
      ]);
    },
  );

  it('F64 rejects a save that does not fit, changes nothing, and telemetry saves it later', async () => {
    await telemetry().saveTelemetry([meadow, mesa], []);
    db.get(`PRAGMA max_page_count = ${Number(db.get('PRAGMA page_count')?.['page_count'])}`);
    const large = { model: 'large', provider: 'ollama', document: { text: 'x'.repeat(100_000) } };
    const saving = telemetry().saveTelemetry([{ ...meadow, document: { ok: 9 } }, large], [mesa]);
    await expect(saving).rejects.toBeInstanceOf(AdapterError);
    expect(await telemetry().loadTelemetry()).toEqual([meadow, mesa]);
    db.get('PRAGMA max_page_count = 100000');
    await telemetry().saveTelemetry([large], [mesa]);
    expect(await telemetry().loadTelemetry()).toEqual([large, meadow]);
  });

  it('rejects, and does not throw, when it is closed', async () => {
    db.close();
    await expect(telemetry().saveTelemetry([meadow], [])).rejects.toBeInstanceOf(AdapterError);
    await expect(telemetry().loadTelemetry()).rejects.toBeInstanceOf(AdapterError);
  });
});
