import { CorralError, type CorralErrorCode } from '@corral/core';

/** The error for an address that was typed: the same plain words for people and for the form's field. */
export function refuseAddress(code: CorralErrorCode, words: string): CorralError {
  return new CorralError(code, words, { details: { fields: { url: words } } });
}

/** Plain words for what the policy refuses. */
export const refusalWords = {
  blocked_address: 'This address is never connected to: it is not a server of yours',
  blocked_port: 'This port belongs to another kind of service: use 80, 443 or a port from 1024 up',
  egress_public_disabled: 'This is an address of the public internet, which is switched off',
  self_reference: 'This is the address of this very program',
} as const;
