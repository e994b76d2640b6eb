import type { HubFace } from '@corral/core';
import { createContext } from '@lit/context';

/**
 * The key under which elements ask for their hub, with the community `context-request` event. It is a plain string, so
 * any provider that speaks the protocol may answer, also one that does not know this package.
 */
export const hubContext = createContext<HubFace | undefined, 'corral-hub'>('corral-hub');
