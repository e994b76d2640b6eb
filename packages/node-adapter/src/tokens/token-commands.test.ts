import { existsSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreFolder } from '../stores/sqlite-folder.fixture.js';
import { openTokenBook } from './stored-token-book.js';
import { runTokenCommand } from './token-commands.js';
import { parseTokenOptions } from './token-options.js';

let folder: StoreFolder;
const clock = new SimulatedClock();
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

const stateDir = (): string => path.dirname(folder.file);

/** Runs a command line; what it printed and what it said. */
function run(...args: string[]): { readonly printed: string; readonly said: string } {
  let [printed, said] = ['', ''];
  runTokenCommand(parseTokenOptions([...args, '--state-dir', stateDir()], {}), {
    print: (text) => {
      printed += text;
    },
    say: (text) => {
      said += text;
    },
    logger: folder.logger,
    clock,
  });
  return { printed, said };
}
const create = (...args: string[]) => run('create', ...args).printed.trim();
const idOf = (secret: string): string => secret.split('_')[1] ?? '';

describe('corral token', () => {
  it('create prints the secret and nothing else, and words apart from it', () => {
    const { printed, said } = run('create', '--scope', 'view');
    expect(printed).toMatch(/^corral_[0-9a-f]{8}_[\w-]{43}\n$/);
    expect(said).toContain(idOf(printed));
    expect(said).toContain('from now on every caller');
    expect(said).not.toContain(printed.trim());
    expect(run('create', '--scope', 'view').said).not.toContain('from now on');
    expect(statSync(folder.file).mode & 0o077).toBe(0);
  });

  it('makes tokens that a hub on the directory knows', () => {
    const [viewer, agent] = [create('--scope', 'view'), create('--scope', 'agent', '--host-id', 'gpu-box')];
    const book = openTokenBook({ stateDir: stateDir(), logger: folder.logger, clock });
    expect(book.find(viewer)).toEqual({ id: idOf(viewer), scope: 'view', hostId: null });
    expect(book.find(agent)).toEqual({ id: idOf(agent), scope: 'agent', hostId: 'gpu-box' });
    book.close();
  });

  it('list shows every token and no secret', () => {
    const [viewer, agent] = [
      create('--scope', 'view', '--name', 'Wall'),
      create('--scope', 'agent', '--host-id', 'gpu-box'),
    ];
    run('revoke', idOf(agent));
    const { printed } = run('list');
    const [head, ...lines] = printed.split('\n').map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['ID', 'SCOPE', 'HOST', 'STATE', 'CREATED', 'LAST USED', 'NAME']);
    expect(lines).toEqual([
      [idOf(viewer), 'view', '-', 'usable', '2026-01-01 00:00', '-', 'Wall'],
      [idOf(agent), 'agent', 'gpu-box', 'revoked', '2026-01-01 00:00', '-'],
      [''],
    ]);
    for (const secret of [viewer, agent]) expect(printed).not.toContain(secret.slice(16));
  });

  it('list and revoke make no state directory where there is none', () => {
    expect(run('list')).toEqual({ printed: '', said: expect.stringContaining('no tokens') });
    expect(() => run('revoke', '0123abcd')).toThrow('No token has the id 0123abcd');
    expect(existsSync(stateDir())).toBe(false);
  });

  it('revoke ends a token, again without complaint, and refuses an id that it does not know', () => {
    const id = idOf(create('--scope', 'admin'));
    for (let i = 0; i < 2; i++) expect(run('revoke', id).said).toContain(`${id} is revoked`);
    expect(() => run('revoke', 'ffffffff')).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  it('leaves a damaged store where it is: a hub may be running on it', () => {
    create('--scope', 'view');
    truncateSync(folder.file, 5000);
    for (const line of [['create', '--scope', 'view'], ['list']])
      expect(() => run(...line)).toThrow(expect.objectContaining({ code: 'store_unusable' }));
    expect(statSync(folder.file).size).toBe(5000);
    expect(folder.warnings).toEqual([]);
  });
});
