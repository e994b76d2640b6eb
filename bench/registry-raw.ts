// The baseline: one kept socket per port, a request a second on each, spread over the second; the answer is cut at its
// length and parsed. No deadline, no pool, no policy, no state: what a probe costs at least in Node.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const sliceMs = 10;
const request = (port: number): string => `GET /api/ps?raw HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
let loaded = 0;

function openSocket(port: number): { readonly socket: Socket; readonly request: string } {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  let chunks: Buffer[] = [];
  let bytes = 0;
  let need = 0;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (need === 0) {
      const head = Buffer.concat(chunks);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = /content-length: (\d+)/i.exec(head.toString('latin1', 0, end))?.[1];
      need = end + 4 + Number(length);
    }
    if (bytes < need) return;
    const answer = Buffer.concat(chunks);
    const { models } = JSON.parse(answer.toString('utf8', answer.indexOf('\r\n\r\n') + 4)) as {
      models: unknown[];
    };
    loaded += models.length;
    chunks = [];
    bytes = 0;
    need = 0;
  });
  return { socket, request: request(port) };
}

const [{ live }] = (await once(process, 'message')) as [{ live: number[] }];
const slices = Array.from({ length: 1000 / sliceMs }, (): ReturnType<typeof openSocket>[] => []);
for (const [i, port] of live.entries()) slices[i % slices.length]?.push(openSocket(port));

const startMs = performance.now();
let slice = 0;
function turn(): void {
  // As many slices as have passed, so that a late timer does not lower the rate.
  for (const due = (performance.now() - startMs) / sliceMs; slice < due; slice++)
    for (const { socket, request: text } of slices[slice % slices.length] ?? []) socket.write(text);
  setTimeout(turn, sliceMs);
}
turn();

let before = process.cpuUsage();
process.on('message', () => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, loaded });
});
process.send?.('ready');
