import type { HttpBindings } from '@hono/node-server';

/** What routes find in their context. */
export interface RouteEnv {
  /** On Node the request and response themselves; elsewhere nothing. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    /** The JSON body; `undefined` when there is none. */
    body: unknown;
    /** Headers that every answer carries: for routes that write to the socket themselves. */
    answerHeaders: Readonly<Record<string, string>>;
  };
}
