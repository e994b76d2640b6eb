// What `GET /api/models/status` of 1,000 models costs the server, against the same bytes as a shared Buffer on bare
// node:http in the same process and run. Both include the hub's own tick, whose cost alone is printed first.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';

const budget = 1.2;
const rounds = 24;
const requestsPerRound = 400;
const connections = 8;

const server = fork(new URL('./status-server.ts', import.meta.url), ['1000']);
const [start] = (await once(server, 'message')) as [{ ours: string; plain: string; bytes: number }];

async function cpuMs(): Promise<number> {
  server.send('cpu');
  const [{ cpu }] = (await once(server, 'message')) as [{ cpu: NodeJS.CpuUsage }];
  return (cpu.user + cpu.system) / 1000;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
const get = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (answer) => {
        answer.resume();
        answer.once('end', resolve);
      })
      .once('error', reject);
  });

async function load(url: string): Promise<number> {
  const before = await cpuMs();
  let left = requestsPerRound;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) await get(url);
    }),
  );
  return ((await cpuMs()) - before) / requestsPerRound;
}

const idleBefore = await cpuMs();
await new Promise((resolve) => setTimeout(resolve, 5000));
console.log(`tick of 1,000 models: ${(((await cpuMs()) - idleBefore) / 5).toFixed(1)} ms of CPU a second`);

const ours: number[] = [];
const plain: number[] = [];
for (let round = 0; round < rounds; round++) {
  plain.push(await load(start.plain));
  ours.push(await load(start.ours));
}
const ratio = median(ours) / median(plain);
const verdict = ratio <= budget ? 'within' : 'over';
console.log(
  `status of 1,000 models (${(start.bytes / 1024).toFixed(0)} KiB)  shared Buffer ${(1000 * median(plain)).toFixed(0)} µs  ` +
    `ours ${(1000 * median(ours)).toFixed(0)} µs of CPU a request  ratio ${ratio.toFixed(2)} (${verdict} the budget of ${budget})`,
);
server.kill();
process.exitCode = verdict === 'over' ? 1 : 0;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
