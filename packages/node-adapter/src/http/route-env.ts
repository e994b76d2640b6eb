import type { HttpBindings } from '@hono/node-server';
import type { Caller } from './callers.js';

/** What routes find in their context. */
export interface RouteEnv {
  /** On Node the request and response themselves; elsewhere nothing. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    /** Who asks; `null` where the route needs no token although others do. */
    caller: Caller | null;
    /** The JSON body; `undefined` when there is none. */
    body: unknown;
    /** The body where it is YAML. */
    yaml: string | undefined;
    /** Headers that every answer carries: for routes that write to the socket themselves. */
    answerHeaders: Readonly<Record<string, string>>;
  };
}
