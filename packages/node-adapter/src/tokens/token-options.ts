import { type AccessScope, accessScopes } from '@corral/core';
import { isHostId } from '../http/host-routes.js';
import { invalidOption, readFlags, valueOf } from '../option-values.js';

/** What `corral token` was asked to do. */
export type TokenOptions = {
  /** `undefined`: the user's state folder. */
  readonly stateDir: string | undefined;
} & (
  | {
      readonly action: 'create';
      readonly scope: AccessScope;
      /** Set for the scope `agent` and for no other. */
      readonly hostId: string | null;
      readonly name: string;
    }
  | { readonly action: 'list' }
  | { readonly action: 'revoke'; readonly id: string }
);

export const tokenHelp = `corral token: makes, lists and revokes the tokens that callers of a hub need

Usage
  corral token create --scope SCOPE [options]   print a new token, once; only its hash is kept
  corral token list                             show all tokens, never their secrets
  corral token revoke ID                        end a token; a running hub closes its streams within a second

Options                         Variable              Default
  --scope SCOPE
      view      see everything but keys
      operate   also start, stop and change models, and see the keys of their servers
      admin     also register and remove endpoints, and change defaults
      agent     report one host, and nothing else
  --host-id ID
      the host that an agent may report; needed with --scope agent
  --name NAME
      what you call it, at most 128 characters
  --state-dir DIR               CORRAL_STATE_DIR      the user's state folder
      that of the hub, which may be running
  --help

From the first token on every caller of /api and /metrics needs one, also after the last was revoked.

Examples
  corral token create --scope view --name wall-display
  corral token create --scope agent --host-id gpu-box > gpu-box.token
`;

const flags = {
  scope: { type: 'string' },
  'host-id': { type: 'string' },
  name: { type: 'string' },
  'state-dir': { type: 'string' },
} as const;

/**
 * Reads what follows `corral token`, and `CORRAL_STATE_DIR`.
 * @throws AdapterError `invalid_option` with what was expected
 */
export function parseTokenOptions(args: readonly string[], env: NodeJS.ProcessEnv): TokenOptions {
  const { values, positionals } = readFlags(args, flags, 'token');
  const [action, ...rest] = positionals;
  const stateDir = valueOf('state-dir', values['state-dir'], env['CORRAL_STATE_DIR']);
  if (action === 'create' && rest.length === 0) return { action, stateDir, ...newToken(values) };
  if (values.scope ?? values['host-id'] ?? values.name)
    throw invalidOption('Expected --scope, --host-id and --name with `corral token create` only');
  if (action === 'list' && rest.length === 0) return { action, stateDir };
  const [id] = rest;
  if (action === 'revoke' && rest.length === 1 && id !== undefined) {
    // Not what was typed: it may be the secret itself.
    if (!/^[0-9a-f]{8}$/.test(id)) throw invalidOption('Expected the id of a token; see corral token list');
    return { action, stateDir, id };
  }
  throw invalidOption('Expected `create`, `list` or `revoke ID`. See corral token --help.');
}

interface NewTokenFlags {
  readonly scope?: string | undefined;
  readonly 'host-id'?: string | undefined;
  readonly name?: string | undefined;
}

function newToken({ scope: asked, 'host-id': hostId, name = '' }: NewTokenFlags) {
  const scope = accessScopes.find((each) => each === asked);
  if (!scope) throw invalidOption(`Expected --scope to be one of ${accessScopes.join(', ')}`);
  if (scope !== 'agent' && hostId !== undefined)
    throw invalidOption('Expected --host-id together with --scope agent only');
  if (scope === 'agent' && (hostId === undefined || !isHostId(hostId)))
    throw invalidOption(
      'Expected --host-id with --scope agent: lower-case letters, digits, dots and dashes, at most 63',
    );
  const shown = name.normalize('NFC');
  // It is shown in a terminal, where controls and invisible characters do harm.
  if (shown.length > 128 || /[\p{C}\p{Zl}\p{Zp}]/u.test(shown))
    throw invalidOption('Expected --name to be at most 128 visible characters');
  return { scope, hostId: hostId ?? null, name: shown };
}
