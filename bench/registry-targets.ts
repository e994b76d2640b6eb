// Opens ports that answer, that hang and that refuse, and counts what the answering ones are asked for, by path. On bare
// sockets, so that it takes as little as can be from the machine that is measured.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { answerTo } from './registry-answers.ts';

const [live = 0, hanging = 0, refusing = 0] = process.argv.slice(2).map(Number);
/** For each path, how often each port was asked for it. */
let counts = new Map<string, Map<number, number>>();

function answering(socket: Socket): void {
  const port = socket.localPort as number;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (request) => {
    const line = request.toString('latin1', 0, Math.min(64, request.length));
    const path = line.slice(4, line.indexOf(' ', 4));
    const ofPath = counts.get(path) ?? new Map<number, number>();
    counts.set(path, ofPath.set(port, (ofPath.get(port) ?? 0) + 1));
    // What comes after it tells clients apart that ask for the same page.
    socket.write(answerTo(path.split('?', 1)[0] ?? path));
  });
}

function silent(socket: Socket): void {
  socket.on('error', () => {});
  socket.resume();
}

async function open(count: number, onSocket: (socket: Socket) => void): Promise<Server[]> {
  const servers = Array.from({ length: count }, () => createServer(onSocket).listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return servers;
}

const portsOf = (servers: readonly Server[]): number[] =>
  servers.map((server) => (server.address() as AddressInfo).port);

const answeringPorts = portsOf(await open(live, answering));
const hangingPorts = portsOf(await open(hanging, silent));
const closed = await open(refusing, silent);
const refusingPorts = portsOf(closed);
await Promise.all(closed.map((server) => new Promise((done) => server.close(done))));

process.on('message', () => {
  const asked = Array.from(counts, ([path, ofPath]) => {
    const each = answeringPorts.map((port) => ofPath.get(port) ?? 0);
    return [path, { total: each.reduce((sum, count) => sum + count, 0), least: Math.min(...each) }] as const;
  });
  counts = new Map();
  process.send?.(Object.fromEntries(asked));
});
process.send?.({ live: answeringPorts, dead: [...hangingPorts, ...refusingPorts] });
