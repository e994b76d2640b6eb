import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSaver } from './sqlite-children.fixture.js';
import { StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteModelStore } from './sqlite-model-store.js';

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

const lines = (output: string): string[] => output.split('\n').slice(0, -1);

/** The long suite asks for more. */
const kills = Number(process.env['CORRAL_KILLS'] ?? 10);

describe('saves of other processes', () => {
  it('are all there after a kill that came once they had resolved', {
    timeout: 60_000 + kills * 6000,
  }, async () => {
    const promised: string[] = [];
    for (let round = 0; round < kills; round++) {
      const child = startSaver(folder.file, `round-${round}-`, 1_000_000);
      let output = '';
      const begun = new Promise<void>((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          output += chunk;
          resolve();
        });
      });
      const ended = once(child, 'close');
      await Promise.race([begun, ended]);
      await sleep((round * 140) / kills);
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
      promised.push(...lines(output));
      const db = folder.open();
      const saved = await new SqliteModelStore(db, folder.logger).loadChoices();
      expect(promised.filter((modelId) => !saved.has(modelId))).toEqual([]);
      expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
      db.close();
    }
    expect(promised.length).toBeGreaterThan(kills);
    expect(folder.warnings).toEqual([]);
  });

  it('all succeed when several begin a new store at once', { timeout: 60_000 }, async () => {
    const children = ['a', 'b', 'c', 'd'].map((prefix) => startSaver(folder.file, prefix, 20));
    const outputs = await Promise.all(
      children.map(async ({ stdout, stderr }) => [await text(stdout), await text(stderr)]),
    );
    expect(outputs.map(([, problems]) => problems)).toEqual(['', '', '', '']);
    const saved = await new SqliteModelStore(folder.open(), folder.logger).loadChoices();
    expect(saved.size).toBe(80);
  });
});
