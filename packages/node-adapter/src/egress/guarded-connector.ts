import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { EgressFailure } from './egress-failure.js';
import { type EgressPolicy, judgeAddress, judgePort } from './egress-policy.js';
import { guardedLookup } from './guarded-lookup.js';
import { parseIp } from './ip-address.js';
import type { NameResolver } from './name-resolver.js';

/** How a connector of {@link guardedConnector} works. */
export interface GuardedConnectorOptions {
  readonly names: NameResolver;
  readonly policy: EgressPolicy;
  /** For looking up and connecting together, in ms, and once more for TLS. Default: 3000. */
  readonly connectTimeoutMs?: number;
}

/** How long one of several addresses may take before the next is tried beside it (RFC 8305). */
const happyEyeballsMs = 250;

/**
 * The `connect` option for clients of undici: judges port and address at each connect, whatever was judged when the
 * address was registered. A name is resolved anew, and its socket gets no address but those judged; a literal, which no
 * look-up sees, is judged itself; and what the socket says it reached is judged once more before a byte is sent.
 *
 * Requests fail with an EgressFailure where the policy or the name is to blame.
 *
 * @example
 * const client = new Client('http://box.lan:8080', { connect: guardedConnector({ names, policy: {} }) });
 */
export function guardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const { names, policy, connectTimeoutMs: timeout = 3000 } = options;
  const openSocket = buildConnector({
    timeout,
    lookup: guardedLookup(names, policy),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: happyEyeballsMs,
  });
  const openTls = buildConnector({ timeout, allowH2: false });

  return (target, callback) => {
    const isTls = target.protocol === 'https:';
    const port = target.port === '' ? (isTls ? '443' : '80') : target.port;
    const refusal = refusalBefore(target.hostname, Number(port), policy);
    if (refusal) {
      // Later, as undici expects of any connector.
      queueMicrotask(() => callback(refusal, null));
      return;
    }

    // TLS comes in a second step, for its first bytes leave before anyone hears of the connection.
    const startTls = (httpSocket: Socket): void =>
      openTls({ ...target, port, httpSocket }, (...outcome) => {
        if (outcome[0]) httpSocket.destroy();
        callback(...outcome);
      });
    const { hostname, localAddress = null } = target;
    openSocket({ protocol: 'http:', hostname, port, localAddress }, (...outcome) => {
      const [error, socket] = outcome;
      if (error) {
        callback(error, null);
        return;
      }
      const problem = problemOfReached(socket, policy);
      if (problem) {
        socket.destroy();
        callback(problem, null);
      } else if (isTls) startTls(socket);
      else callback(...outcome);
    });
  };
}

function problemOfReached(socket: Socket, policy: EgressPolicy): Error | null {
  // A peer that has already cut the connection leaves no address to judge.
  if (socket.remoteAddress === undefined) {
    return Object.assign(new Error('The connection was cut at once'), { code: 'ECONNRESET' });
  }
  const verdict = judgeAddress(socket.remoteAddress, policy);
  return verdict.allowed ? null : new EgressFailure(verdict.code, 'The socket reached a refused address');
}

function refusalBefore(hostname: string, port: number, policy: EgressPolicy): EgressFailure | null {
  const portVerdict = judgePort(port);
  if (!portVerdict.allowed) return new EgressFailure(portVerdict.code, 'The port is refused');
  // Whatever holds a colon is a literal to a socket, also one with a zone, which we cannot read and so refuse.
  if (parseIp(hostname) === null && !hostname.includes(':')) return null;
  const verdict = judgeAddress(hostname, policy);
  return verdict.allowed ? null : new EgressFailure(verdict.code, 'The address is refused');
}
