import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type FaultBehaviour, makeFaultHandler } from './fault-behaviours.ts';
import { pathOf } from './llama-replies.ts';

/** One port that misbehaves on demand. */
export interface FaultTarget {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** The behaviour that new requests meet. */
  readonly behaviour: FaultBehaviour;
  /** How many requests each path got, whatever became of them. */
  readonly requests: ReadonlyMap<string, number>;
  /** Connections that are open now. */
  readonly openSockets: number;
  /** The most connections that were ever open at once. */
  readonly peakSockets: number;
  /** Changes the behaviour for requests to come; those under way stay as they are. */
  behave(behaviour: FaultBehaviour): void;
  /** Breaks all connections and frees the port, so that connecting is refused. Idempotent. */
  close(): Promise<void>;
}

/** A set of {@link FaultTarget}s. */
export interface Faultd {
  /** In the order in which they were opened. */
  readonly targets: readonly FaultTarget[];
  /** Opens another port. */
  open(behaviour?: FaultBehaviour): Promise<FaultTarget>;
  /** Closes every port; nothing is left that keeps the process alive. Idempotent. */
  close(): Promise<void>;
}

/** Settings of {@link startFaultd}. */
export interface FaultdOptions {
  /** A port is opened for each, in this order. Default: none. */
  readonly behaviours?: readonly FaultBehaviour[];
}

/**
 * Opens loopback ports that behave like servers one would rather not meet, in this process.
 *
 * @example
 * const faultd = await startFaultd({ behaviours: ['ok', 'hang'] });
 * faultd.targets[0]?.behave('redirect');
 * await faultd.close();
 */
export async function startFaultd(options: FaultdOptions = {}): Promise<Faultd> {
  const targets: FaultTarget[] = [];
  const open = async (behaviour: FaultBehaviour = 'ok') => {
    const target = await openTarget(behaviour);
    targets.push(target);
    return target;
  };
  for (const behaviour of options.behaviours ?? []) await open(behaviour);
  return {
    targets,
    open,
    async close() {
      await Promise.all(targets.map((target) => target.close()));
    },
  };
}

async function openTarget(first: FaultBehaviour): Promise<FaultTarget> {
  let behaviour = first;
  let handle = makeFaultHandler(first);
  let peakSockets = 0;
  const requests = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const path = pathOf(request);
    requests.set(path, (requests.get(path) ?? 0) + 1);
    // A client that leaves in the middle is what most of these behaviours are for.
    response.on('error', () => undefined);
    handle(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    peakSockets = Math.max(peakSockets, sockets.size);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    get behaviour() {
      return behaviour;
    },
    get openSockets() {
      return sockets.size;
    },
    get peakSockets() {
      return peakSockets;
    },
    behave(next) {
      behaviour = next;
      handle = makeFaultHandler(next);
    },
    close() {
      return new Promise((resolve) => {
        // A server that is closed already reports an error, which is as good.
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}
