import { describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import { asStoreError, isDamage, isFull, isReadOnly, storeError } from './sqlite-failure.js';

const ofSqlite = (errcode: number): Error =>
  Object.assign(new Error('of SQLite'), { code: 'ERR_SQLITE_ERROR', errcode });
const ofSystem = (code: string): Error =>
  Object.assign(new Error('of the system'), { code, syscall: 'open' });

describe('failures of the store', () => {
  it.each([
    ['SQLITE_BUSY_SNAPSHOT', ofSqlite(517), true, /another process/i],
    ['SQLITE_LOCKED', ofSqlite(6), true, /another process/i],
    ['SQLITE_FULL', ofSqlite(13), true, /no space/],
    ['SQLITE_IOERR_SHMSIZE', ofSqlite(4874), true, /no space/],
    ['ENOSPC', ofSystem('ENOSPC'), true, /no space/],
    ['SQLITE_IOERR', ofSqlite(10), false, /cannot be used/],
    ['EIO', ofSystem('EIO'), false, /cannot be used/],
  ])('make a typed error of %s', (_, cause, retryable, message) => {
    const error = asStoreError(cause);
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ retryable, message: expect.stringMatching(message), cause });
  });

  it('leave errors of others as they are', () => {
    const newer = storeError('newer');
    const mine = new TypeError('mine');
    expect([asStoreError(newer), asStoreError(mine), asStoreError('text')]).toEqual([newer, mine, 'text']);
  });

  it('tell a damaged file from one that cannot be written and from a full disk', () => {
    const kinds = [
      ofSqlite(11),
      ofSqlite(26),
      ofSqlite(267),
      ofSqlite(8),
      ofSqlite(1544),
      ofSqlite(14),
      ofSystem('EROFS'),
      ofSystem('EDQUOT'),
    ];
    const flags = kinds.map((error) =>
      [isDamage(error), isReadOnly(error), isFull(error)].map(Number).join(''),
    );
    expect(flags).toEqual(['100', '100', '100', '010', '010', '010', '010', '001']);
  });
});
