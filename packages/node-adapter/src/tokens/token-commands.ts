import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Clock, isoTime, systemClock } from '@corral/core';
import { AdapterError } from '../errors.js';
import type { Logger } from '../logger.js';
import { invalidOption } from '../option-values.js';
import { defaultStateDir } from '../stores/default-state-dir.js';
import { storeMigrations } from '../stores/migrations.js';
import { openDatabase, type SqliteDatabase } from '../stores/sqlite-database.js';
import { damageIn } from '../stores/sqlite-inspection.js';
import { SqliteTokenStore, type StoredToken } from '../stores/sqlite-token-store.js';
import { tokenFile } from './stored-token-book.js';
import type { TokenOptions } from './token-options.js';
import { hashOf, newSecret } from './token-secret.js';

/** Time in ms to wait for the hub while it writes. */
const busyTimeoutMs = 5000;

/** What commands on tokens work with. */
export interface TokenCommandContext {
  /** What may be piped on: a new secret, or the list. */
  readonly print: (text: string) => void;
  /** What is for people. */
  readonly say: (text: string) => void;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * Runs `corral token`. It takes no lock on the state directory: the hub that holds it may be running, and notices.
 * @throws AdapterError `invalid_option` for an unknown id, `state_dir_unusable`, and those of the store
 */
export function runTokenCommand(options: TokenOptions, context: TokenCommandContext): void {
  const file = tokenFile(path.resolve(options.stateDir ?? defaultStateDir()));
  // Only a new token is worth a new state directory.
  const database = options.action === 'create' || existsSync(file) ? open(file, context.logger) : undefined;
  try {
    const store = database && new SqliteTokenStore(database, context.logger);
    if (options.action === 'create') create(store, options, context);
    else if (options.action === 'list') list(store?.list() ?? [], context);
    else revoke(store, options.id, context);
  } finally {
    database?.close();
  }
}

/** A damaged store is left to the hub: it may be running on it, and moves it aside at its next start. */
function open(file: string, logger: Logger): SqliteDatabase {
  if (existsSync(file) && damageIn(file, storeMigrations, busyTimeoutMs) !== undefined)
    throw new AdapterError('store_unusable', 'The store is damaged. Restart the hub; it begins a new one.');
  const database = openDatabase(file, { logger, busyTimeoutMs });
  if (database.persistent) return database;
  database.close();
  throw new AdapterError('state_dir_unusable', 'The state directory cannot be written');
}

function create(
  store: SqliteTokenStore | undefined,
  { scope, hostId, name }: Extract<TokenOptions, { action: 'create' }>,
  { print, say, clock = systemClock }: TokenCommandContext,
): void {
  if (!store) return;
  const isFirst = !store.hasAny;
  let made = newSecret();
  const kept = (): StoredToken => ({
    ...{ id: made.id, name, scope, hostId, hash: hashOf(made.secret) },
    ...{ createdAt: isoTime(clock), lastUsedAt: null, revokedAt: null },
  });
  while (!store.add(kept())) made = newSecret();
  print(`${made.secret}\n`);
  const what = hostId === null ? `scope ${scope}` : `scope ${scope}, host ${hostId}`;
  say(`Token ${made.id} (${what}) was made. It is shown this once; only its hash is kept.\n`);
  if (isFirst) say('It is the first one: from now on every caller of the hub needs a token.\n');
}

function revoke(store: SqliteTokenStore | undefined, id: string, context: TokenCommandContext): void {
  const { say, clock = systemClock } = context;
  if (store?.revoke(id, isoTime(clock)) !== true) throw invalidOption(`No token has the id ${id}`);
  say(`Token ${id} is revoked. A running hub closes its streams within a second.\n`);
}

function list(tokens: readonly StoredToken[], { print, say }: TokenCommandContext): void {
  if (tokens.length === 0) {
    say('There are no tokens: whoever reaches the hub on this machine may do everything.\n');
    return;
  }
  const rows = tokens.map((token) => [
    ...[token.id, token.scope, token.hostId ?? '-', token.revokedAt === null ? 'usable' : 'revoked'],
    ...[minute(token.createdAt), minute(token.lastUsedAt), token.name],
  ]);
  const table = [['ID', 'SCOPE', 'HOST', 'STATE', 'CREATED', 'LAST USED', 'NAME'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table)
    print(
      `${row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}

/** To the minute, which is as exact as uses are noted. */
function minute(at: string | null): string {
  return at === null ? '-' : at.slice(0, 16).replace('T', ' ');
}
