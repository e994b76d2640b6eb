import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadSqlite } from './sqlite-module.js';

describe('loadSqlite', () => {
  it('gives the module that Node has', () => {
    const { DatabaseSync } = loadSqlite();
    const db = new DatabaseSync(':memory:');
    expect(db.prepare('SELECT 1 AS one').get()).toEqual({ one: 1 });
    db.close();
  });

  it('prints nothing, and lets every later warning through', () => {
    const module = fileURLToPath(new URL('./sqlite-module.ts', import.meta.url));
    const script = `
      const { loadSqlite } = await import(process.argv[1]);
      const emitWarning = process.emitWarning;
      loadSqlite();
      if (process.emitWarning !== emitWarning) throw new Error('It left its filter behind');
      process.emitWarning('SQLite is only a word here', 'ExperimentalWarning');`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script, module], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const warnings = stderr.split('\n').filter((line) => line.includes('SQLite'));
    expect(warnings).toEqual([expect.stringContaining('SQLite is only a word here')]);
  });

  it('lets other warnings through while it loads', () => {
    const seen: unknown[] = [];
    const { emitWarning, getBuiltinModule } = process;
    process.emitWarning = ((warning: unknown) => seen.push(warning)) as typeof process.emitWarning;
    process.getBuiltinModule = ((name: 'node:sqlite') => {
      process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning');
      process.emitWarning('Something else', 'ExperimentalWarning');
      process.emitWarning('SQLite will go', 'DeprecationWarning');
      return getBuiltinModule(name);
    }) as typeof process.getBuiltinModule;
    try {
      loadSqlite();
    } finally {
      Object.assign(process, { emitWarning, getBuiltinModule });
    }
    expect(seen).toEqual(['Something else', 'SQLite will go']);
  });
});
