import type { RejectionCode } from '@corral/core';

/** Why a file is no model that can be served. The message is for people, and names no path. */
export class GgufRejection extends Error {
  override readonly name = 'GgufRejection';
  readonly code: RejectionCode;

  constructor(code: RejectionCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** For a file that no honest writer makes. */
export function implausible(what: string): GgufRejection {
  return new GgufRejection('implausible', `This file is damaged: ${what}`);
}

/** For a file that ends too early, as after a broken download. */
export function incompleteBy(missingBytes: number): GgufRejection {
  const missing = missingBytes === 1 ? '1 byte is' : `${missingBytes} bytes are`;
  return new GgufRejection(
    'incomplete',
    `This file is incomplete: ${missing} missing${inUnits(missingBytes)}`,
  );
}

/** Nobody counts the digits of a billion. */
function inUnits(bytes: number): string {
  if (bytes < 1e6) return '';
  return bytes < 1e9 ? ` (${(bytes / 1e6).toFixed(1)} MB)` : ` (${(bytes / 1e9).toFixed(1)} GB)`;
}
