import { AdapterError, type AdapterErrorCode } from '../errors.js';
import { isErrno } from '../process/process-group.js';

/** Why a store cannot do what was asked. */
export type StoreFailure = 'newer' | 'locked' | 'full' | 'unusable';

const failures: Readonly<
  Record<
    StoreFailure,
    { readonly code: AdapterErrorCode; readonly retryable: boolean; readonly message: string }
  >
> = {
  newer: {
    code: 'store_newer',
    retryable: false,
    message: 'The store was written by a newer version. Update this one, or pass another state directory.',
  },
  locked: {
    code: 'store_locked',
    retryable: true,
    message: 'Another process is writing to the store',
  },
  full: { code: 'store_full', retryable: true, message: 'There is no space left for the store' },
  unusable: { code: 'store_unusable', retryable: false, message: 'The store cannot be used' },
};

/** The typed error for a failure. */
export function storeError(failure: StoreFailure, cause?: unknown): AdapterError {
  const { code, message, retryable } = failures[failure];
  return new AdapterError(code, message, { retryable, cause });
}

/** A typed error in place of one of SQLite or the file system; any other error stays what it is. */
export function asStoreError(error: unknown): unknown {
  const code = resultCode(error);
  if (code === 5 || code === 6) return storeError('locked', error);
  if (isFull(error)) return storeError('full', error);
  const known = code !== undefined || isErrno(error, 'ERR_INVALID_STATE') || isSystemError(error);
  return known ? storeError('unusable', error) : error;
}

/**
 * Whether the fault is in the file. SQLITE_CORRUPT, SQLITE_FORMAT and SQLITE_NOTADB say so; SQLITE_ERROR does where the
 * statement is one that a sound file always answers.
 */
export function isDamage(error: unknown): boolean {
  return [1, 11, 24, 26].includes(resultCode(error) ?? 0);
}

/** Whether the file or its folder cannot be written: SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN, or the system says so. */
export function isReadOnly(error: unknown): boolean {
  const system = ['EROFS', 'EACCES', 'EPERM'].some((code) => isErrno(error, code));
  return system || [3, 8, 14].includes(resultCode(error) ?? 0);
}

/**
 * Whether there is no space left on the disk: SQLITE_FULL, SQLITE_IOERR_SHMSIZE for the index of the log, or the system
 * says so.
 */
export function isFull(error: unknown): boolean {
  const system = isErrno(error, 'ENOSPC') || isErrno(error, 'EDQUOT');
  return system || resultCode(error) === 13 || extendedCode(error) === 4874;
}

/** The primary result code of SQLite; `undefined` for an error of something else. */
function resultCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
