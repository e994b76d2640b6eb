import type { EndpointKind } from '@corral/core';
import type { BoundedAnswer } from './bounded-request.js';
import type { ServedModel } from './served-models.js';

/** Asks for pages of one server within one check. */
export interface AskServer {
  /** An answer with 200. @throws EndpointTrouble for any other, ProbeFailure when there is none */
  need(path: string): Promise<BoundedAnswer>;
  /**
   * An answer with 200 of a page that the server can be watched without; `null` when it did not come this time. A page
   * that the server does not have is not asked for again until another process answers.
   */
  want(path: string): Promise<BoundedAnswer | null>;
}

/** What one look at a server found. */
export interface ServerLook {
  /** How long the server took for the first answer, in ms. */
  readonly latencyMs: number;
  /** What is loaded. Default: unknown, and so is the state of what is merely listed. */
  readonly loaded?: readonly ServedModel[] | null;
  /** What could be served, where the same answer says it; otherwise it is asked for by `list`. */
  readonly listed?: readonly ServedModel[];
  /** Requests that wait. Default: unknown. */
  readonly queueDepth?: number | null;
}

/** How one kind of server is watched without disturbing it. Both methods ask for pages that load, wake and generate nothing. */
export interface EndpointProbe {
  readonly kind: EndpointKind;
  /** One small look with every check. @throws EndpointTrouble, ProbeFailure */
  look(ask: AskServer): Promise<ServerLook>;
  /** What could be served; asked twice a minute, and not at all where every look says it. */
  list?(ask: AskServer): Promise<readonly ServedModel[]>;
}
