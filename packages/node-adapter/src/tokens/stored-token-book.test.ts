import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreFolder } from '../stores/sqlite-folder.fixture.js';
import { holdsUsableToken, SqliteTokenStore, type StoredToken } from '../stores/sqlite-token-store.js';
import { StoredTokenBook } from './stored-token-book.js';
import { hashOf, newSecret } from './token-secret.js';

let folder: StoreFolder;
let clock: SimulatedClock;
let others: SqliteTokenStore;
let book: StoredTokenBook;
beforeEach(() => {
  folder = new StoreFolder();
  clock = new SimulatedClock();
  // The connection of someone else, as the command line has one.
  others = new SqliteTokenStore(folder.open(), folder.logger);
  book = new StoredTokenBook({ database: folder.open({ busyTimeoutMs: 20 }), logger: folder.logger, clock });
});
afterEach(() => {
  book.close();
  folder.dispose();
});

/** Keeps a new token, as another process does. @returns its secret */
function make(more: Partial<StoredToken> = {}): { readonly id: string; readonly secret: string } {
  const made = newSecret();
  others.add({
    id: made.id,
    name: '',
    scope: 'view',
    hostId: null,
    hash: hashOf(made.secret),
    createdAt: '2026-01-01T00:00:00.000Z',
    lastUsedAt: null,
    revokedAt: null,
    ...more,
  });
  return made;
}
const at = '2026-01-02T00:00:00.000Z';

describe('StoredTokenBook', () => {
  it('knows nobody while there is no token', () => {
    expect(book.hasAny).toBe(false);
    expect(book.find('corral_00000000_x')).toBeNull();
  });

  it('knows within a second who bears a token that another process made', async () => {
    const { id, secret } = make({ scope: 'agent', hostId: 'gpu-box' });
    expect(book.find(secret)).toBeNull();
    const changed = vi.fn();
    book.onChanged(changed);
    await clock.advance(1000);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(book.hasAny).toBe(true);
    expect(book.find(secret)).toEqual({ id, scope: 'agent', hostId: 'gpu-box' });
    expect(book.find(secret.slice(0, -1))).toBeNull();
    expect(book.find(`${secret} `)).toBeNull();
    expect(book.find(hashOf(secret).toString('hex'))).toBeNull();
  });

  it('F89 forgets a revoked token within a second, and needs tokens after the last one all the same', async () => {
    const { id, secret } = make();
    await clock.advance(1000);
    expect(book.find(secret)).not.toBeNull();
    const changed = vi.fn();
    book.onChanged(changed);
    expect(others.revoke(id, at)).toBe(true);
    await clock.advance(1000);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(book.find(secret)).toBeNull();
    expect(book.isUsable(id)).toBe(false);
    expect(book.hasAny).toBe(true);
  });

  it('F89 takes a row that is gone for a revocation', async () => {
    const [gone, stays] = [make(), make()];
    await clock.advance(1000);
    const db = folder.raw();
    db.prepare('DELETE FROM tokens WHERE id = ?').run(gone.id);
    await clock.advance(1000);
    expect([book.find(gone.secret), book.find(stays.secret)?.id]).toEqual([null, stays.id]);
  });

  it('says nothing when something else in the store changed', async () => {
    make();
    await clock.advance(1000);
    const changed = vi.fn();
    book.onChanged(changed);
    folder.raw().exec("INSERT INTO endpoints VALUES ('e', '{}')");
    await clock.advance(1000);
    expect(changed).not.toHaveBeenCalled();
  });

  it('notes uses once a minute, off the path of the request', async () => {
    const { id, secret } = make();
    const lastUse = (): string | null | undefined =>
      others.list().find((token) => token.id === id)?.lastUsedAt;
    await clock.advance(1000);
    book.find(secret);
    expect(lastUse()).toBeNull();
    await clock.advance(1000);
    expect(lastUse()).toBe('2026-01-01T00:00:01.000Z');
    for (let s = 0; s < 50; s++) {
      book.find(secret);
      await clock.advance(1000);
    }
    expect(lastUse()).toBe('2026-01-01T00:00:01.000Z');
    await clock.advance(10_000);
    book.find(secret);
    await clock.advance(1000);
    expect(lastUse()).toBe('2026-01-01T00:01:02.000Z');
  });

  it('writes the last uses when it is closed, and leaves no timer', async () => {
    const { secret } = make();
    await clock.advance(1000);
    book.find(secret);
    book.close();
    book.close();
    expect(clock.timerCount).toBe(0);
    expect(others.list()[0]?.lastUsedAt).toBe('2026-01-01T00:00:01.000Z');
  });

  it('keeps the tokens that it knows while the store is locked, says so once, and goes on afterwards', async () => {
    const { id, secret } = make();
    await clock.advance(1000);
    book.find(secret);
    const other = folder.raw();
    other.exec('BEGIN IMMEDIATE');
    await clock.advance(1000);
    expect(book.find(secret)).not.toBeNull();
    expect(folder.warnings.map(([message]) => message)).toEqual(['the store of tokens cannot be used now']);
    other.prepare('UPDATE tokens SET revoked_at = ? WHERE id = ?').run(at, id);
    other.exec('COMMIT');
    await clock.advance(1000);
    expect(book.find(secret)).toBeNull();
    expect(folder.warnings).toHaveLength(1);
  });

  it('lets its other listeners hear when one throws', async () => {
    const heard = vi.fn();
    book.onChanged(() => {
      throw new Error('no');
    });
    book.onChanged(heard);
    make();
    await clock.advance(1000);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('knows every token however many are used in turn', async () => {
    const made = Array.from({ length: 200 }, () => make());
    await clock.advance(1000);
    for (let round = 0; round < 2; round++)
      for (const { id, secret } of made) expect(book.find(secret)?.id).toBe(id);
  });
});

describe('SqliteTokenStore', () => {
  it('keeps the hash of a secret and nothing of the secret itself', () => {
    const { id, secret } = make({ name: 'Barn' });
    const row = folder.raw().prepare('SELECT * FROM tokens').get();
    expect(row).toMatchObject({ id, name: 'Barn' });
    expect(Buffer.from(row?.['hash'] as Uint8Array)).toEqual(hashOf(secret));
    expect(JSON.stringify(row)).not.toContain(secret.slice(16));
  });

  it('adds no second token of one id', () => {
    const { id } = make({ name: 'first' });
    const second = { ...others.list()[0]!, name: 'second', hash: hashOf('second') };
    expect(others.add({ ...second, id })).toBe(false);
    expect(others.list().map(({ name }) => name)).toEqual(['first']);
  });

  it('keeps the first date of a revocation, and knows ids that it does not have', () => {
    const { id } = make();
    expect(others.revoke(id, at)).toBe(true);
    expect(others.revoke(id, '2027-01-01T00:00:00.000Z')).toBe(true);
    expect(others.list()[0]?.revokedAt).toBe(at);
    expect(others.revoke('ffffffff', at)).toBe(false);
  });

  it('lets nobody in by a row that it cannot read, yet counts it', async () => {
    const { id, secret } = make();
    folder.raw().prepare("UPDATE tokens SET scope = 'root' WHERE id = ?").run(id);
    await clock.advance(1000);
    expect([others.list(), book.find(secret), book.hasAny]).toEqual([[], null, true]);
    expect(folder.warnings[0]).toEqual(['a saved row was left out', { table: 'tokens', id, wrong: 'scope' }]);
  });

  it('holds no agent without a host, and no host without an agent', () => {
    expect(() => make({ scope: 'agent', hostId: null })).toThrow();
    expect(() => make({ scope: 'view', hostId: 'gpu-box' })).toThrow();
    expect(others.list()).toEqual([]);
  });
});

describe('holdsUsableToken', () => {
  it('is true for a usable token alone, and makes no file', () => {
    expect(holdsUsableToken(folder.file)).toBe(false);
    const { id } = make();
    expect(holdsUsableToken(folder.file)).toBe(true);
    others.revoke(id, at);
    expect(holdsUsableToken(folder.file)).toBe(false);
    expect(holdsUsableToken(`${folder.path}/none/corral.db`)).toBe(false);
    expect(holdsUsableToken(folder.path)).toBe(false);
  });
});
