import { writeSync } from 'node:fs';
import { createLogger } from '../logger.js';
import { openDatabase } from './sqlite-database.js';
import { SqliteModelStore } from './sqlite-model-store.js';

// Saves choices for one model after another, and names each once its save has resolved, until it is killed or has saved
// as many as it was asked for.
const [file = '', prefix = '', count = '0'] = process.argv.slice(2);
const store = new SqliteModelStore(openDatabase(file, { logger: createLogger() }), createLogger());
for (let i = 0; i < Number(count); i++) {
  const overrides = { ctxSize: i, extraFlags: [] };
  await store.saveChoices(`${prefix}${i}`, {
    enabled: true,
    pinned: false,
    tierOverride: null,
    port: null,
    overrides,
  });
  if (i % 10 === 0) await store.saveSeries([]);
  writeSync(1, `${prefix}${i}\n`);
}
