import type { Clock } from '@corral/core';
import type { HubMirror } from './hub-mirror.js';
import type { HubRequests } from './hub-requests.js';

/** How a transport stands: it waits for its first facts, has the newest ones, or has lost touch. */
export type TransportState = 'connecting' | 'live' | 'reconnecting';

/** What a transport works with. */
export interface TransportContext {
  readonly requests: HubRequests;
  readonly mirror: HubMirror;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly onState: (state: TransportState) => void;
}
