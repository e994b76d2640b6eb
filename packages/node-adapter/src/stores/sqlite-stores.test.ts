import {
  defaultModelSettings,
  endpointKinds,
  type ModelChoices,
  ModelSeries,
  type StoredEndpoint,
} from '@corral/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { SqliteEndpointStore } from './sqlite-endpoint-store.js';
import { StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteModelStore } from './sqlite-model-store.js';

let folder: StoreFolder;
let db: SqliteDatabase;
beforeEach(() => {
  folder = new StoreFolder();
  db = folder.open();
});
afterEach(() => folder.dispose());

const reopen = (): SqliteDatabase => {
  db.close();
  db = folder.open();
  return db;
};
const choices: ModelChoices = {
  enabled: false,
  pinned: true,
  tierOverride: 'fast',
  port: 8123,
  overrides: { ctxSize: 4096, extraFlags: ['--mlock'] },
};
const endpoint: StoredEndpoint = {
  id: 'e1',
  name: 'Barn',
  scheme: 'http',
  host: '192.0.2.7',
  port: 8080,
  basePath: '/v1',
  kind: 'llama-swap',
  apiKey: 'sk-meadow',
  scrapeMetrics: true,
  attached: true,
};
const plant = (sql: string, ...values: string[]): number => db.run(sql, ...values);

describe('SqliteModelStore', () => {
  const models = (): SqliteModelStore => new SqliteModelStore(db, folder.logger);

  it('is empty at first', async () => {
    expect(await models().loadChoices()).toEqual(new Map());
    expect(await models().loadDefaults()).toEqual({});
    expect(await models().loadSeries()).toEqual(new Map());
  });

  it('keeps the newest choices of every model over a reopening', async () => {
    await models().saveChoices('meadow', { ...choices, port: null });
    await models().saveChoices('__proto__', { ...choices, tierOverride: null });
    await models().saveChoices('meadow', choices);
    reopen();
    expect(await models().loadChoices()).toEqual(
      new Map([
        ['__proto__', { ...choices, tierOverride: null }],
        ['meadow', choices],
      ]),
    );
  });

  it('replaces the defaults as a whole', async () => {
    await models().saveDefaults(defaultModelSettings);
    expect(await models().loadDefaults()).toEqual(defaultModelSettings);
    await models().saveDefaults({ nThreads: 3 });
    reopen();
    expect(await models().loadDefaults()).toEqual({ nThreads: 3 });
  });

  it('replaces all windows at once', async () => {
    const series = new ModelSeries();
    series.push({ tokensPerSecond: 1.5, memoryGb: null, latencyMs: 0 });
    const stored = (modelId: string) => ({ series: series.toWire(modelId), atWall: 1_700_000_000_000 });
    await models().saveSeries([stored('meadow'), stored('prairie')]);
    await models().saveSeries([stored('mesa'), stored('meadow')]);
    reopen();
    expect(await models().loadSeries()).toEqual(
      new Map([
        ['meadow', stored('meadow')],
        ['mesa', stored('mesa')],
      ]),
    );
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '7',
    '{}',
    JSON.stringify({ ...choices, enabled: 'yes' }),
    JSON.stringify({ ...choices, port: 65_536 }),
    JSON.stringify({ ...choices, tierOverride: 'huge' }),
    JSON.stringify({ ...choices, overrides: [] }),
  ])('leaves out choices that are none, with one warning: %j', async (document) => {
    await models().saveChoices('meadow', choices);
    plant('INSERT INTO model_choices VALUES (?, ?)', 'bad', document);
    expect(await models().loadChoices()).toEqual(new Map([['meadow', choices]]));
    expect(folder.warnings).toEqual([
      ['a saved row was left out', expect.objectContaining({ table: 'model_choices', key: 'bad' })],
    ]);
  });

  it('ignores keys that it does not know', async () => {
    plant('INSERT INTO model_choices VALUES (?, ?)', 'meadow', JSON.stringify({ ...choices, colour: 'red' }));
    expect(await models().loadChoices()).toEqual(new Map([['meadow', choices]]));
    expect(folder.warnings).toEqual([]);
  });

  it('leaves out settings that are not allowed any more, and keeps the others', async () => {
    const overrides = { ctxSize: 4096, nThreads: -1, colour: 1, extraFlags: ['--no-such-flag'] };
    plant('INSERT INTO model_choices VALUES (?, ?)', 'meadow', JSON.stringify({ ...choices, overrides }));
    plant("INSERT INTO default_settings VALUES ('nThreads', '4'), ('batchSize', '0'), ('parallel', '{')");
    expect((await models().loadChoices()).get('meadow')).toEqual({
      ...choices,
      overrides: { ctxSize: 4096 },
    });
    expect(await models().loadDefaults()).toEqual({ nThreads: 4 });
    expect(folder.warnings.length).toBeGreaterThanOrEqual(2);
  });

  it('leaves out windows whose parts do not match', async () => {
    const wire = new ModelSeries().toWire('meadow');
    for (const [modelId, latencyMs] of [
      ['short', [1]],
      ['wrong', ['1']],
    ] as const)
      plant(
        'INSERT INTO model_series VALUES (?, ?)',
        modelId,
        JSON.stringify({ atWall: 1, series: { ...wire, latencyMs } }),
      );
    expect(await models().loadSeries()).toEqual(new Map());
    expect(folder.warnings).toHaveLength(2);
  });

  it('rejects a save that cannot be kept, and leaves what was there', async () => {
    await models().saveDefaults({ nThreads: 3 });
    await models().saveChoices('meadow', choices);
    db.get(`PRAGMA max_page_count = ${Number(db.get('PRAGMA page_count')?.['page_count'])}`);
    const extraFlags = ['x'.repeat(100_000)];
    await expect(models().saveDefaults({ extraFlags })).rejects.toBeInstanceOf(AdapterError);
    await expect(
      models().saveChoices('meadow', { ...choices, overrides: { extraFlags } }),
    ).rejects.toBeInstanceOf(AdapterError);
    expect(await models().loadDefaults()).toEqual({ nThreads: 3 });
    expect((await models().loadChoices()).get('meadow')).toEqual(choices);
  });

  it('rejects, and does not throw, when it is closed', async () => {
    db.close();
    const saving = models().saveChoices('meadow', choices);
    await expect(saving).rejects.toBeInstanceOf(AdapterError);
  });
});

describe('SqliteEndpointStore', () => {
  const endpoints = (): SqliteEndpointStore => new SqliteEndpointStore(db, folder.logger);

  it('keeps endpoints, keys included, in the order in which they came', async () => {
    await endpoints().saveEndpoint({ ...endpoint, id: 'z', apiKey: null, kind: null });
    await endpoints().saveEndpoint(endpoint);
    await endpoints().saveEndpoint({ ...endpoint, id: 'z', name: 'Stable' });
    reopen();
    expect(await endpoints().loadEndpoints()).toEqual([{ ...endpoint, id: 'z', name: 'Stable' }, endpoint]);
  });

  it('removes one; one that is not there is fine', async () => {
    await endpoints().saveEndpoint(endpoint);
    await endpoints().removeEndpoint('nobody');
    expect(await endpoints().loadEndpoints()).toEqual([endpoint]);
    await endpoints().removeEndpoint('e1');
    expect(await endpoints().loadEndpoints()).toEqual([]);
  });

  it('leaves out a row that is none, without a word of its key', async () => {
    plant('INSERT INTO endpoints VALUES (?, ?)', 'bad', JSON.stringify({ ...endpoint, port: 'sk-meadow' }));
    await endpoints().saveEndpoint(endpoint);
    expect(await endpoints().loadEndpoints()).toEqual([endpoint]);
    expect(folder.warnings).toEqual([
      ['a saved row was left out', { table: 'endpoints', key: 'bad', wrong: 'port' }],
    ]);
    expect(JSON.stringify(folder.warnings)).not.toContain('sk-meadow');
  });

  it('keeps an endpoint whose kind is not known any more', async () => {
    plant('INSERT INTO endpoints VALUES (?, ?)', 'e1', JSON.stringify({ ...endpoint, kind: 'abacus' }));
    expect(await endpoints().loadEndpoints()).toEqual([{ ...endpoint, kind: null }]);
  });

  it('gives back whatever text it was given', async () => {
    const any = fc.record({
      id: fc.string({ unit: 'grapheme', minLength: 1 }),
      name: fc.string({ unit: 'binary' }),
      scheme: fc.constantFrom('http' as const, 'https' as const),
      host: fc.string({ minLength: 1 }),
      port: fc.integer({ min: 1, max: 65_535 }),
      basePath: fc.string(),
      kind: fc.constantFrom(null, ...endpointKinds),
      apiKey: fc.option(fc.string({ unit: 'binary' })),
      scrapeMetrics: fc.boolean(),
      attached: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(any, async (given) => {
        await endpoints().saveEndpoint(given);
        expect(await endpoints().loadEndpoints()).toEqual([given]);
        await endpoints().removeEndpoint(given.id);
      }),
    );
    expect(folder.warnings).toEqual([]);
  });
});
