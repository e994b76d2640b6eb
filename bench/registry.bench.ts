// What it costs to watch a fleet of 1,000 endpoints at 1 Hz: half of them dead for 30 s, and then all of them alive
// against raw Node sockets that parse the same answers and against a Prometheus that scrapes the same ports, all three at
// the same time, so that what else the machine does meets them alike. In both parts the watcher has the small heap of the
// program `corral`, and the raw sockets have Node's own. With `--half-dead` the first part alone. Node raises its own limit
// of open files to the hard one (`ulimit -Hn`), which has to be 4096 or more.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPrometheus, startPrometheus } from '@corral/testkit';

const endpointCount = 1000;
const halfDeadS = 30;
const warmUpS = 14;
const rounds = 5;
const roundS = 4;
const budgets = {
  coreShare: 0.25,
  loopP99Ms: 20,
  loopMaxMs: 150,
  latencyP99Ms: 100,
  rssMb: 180,
  raw: 1.6,
  prometheus: 0.5,
};

interface Ports {
  readonly live: readonly number[];
  readonly dead: readonly number[];
}
interface Cost {
  readonly cpuMs: number;
}
interface WatcherCost extends Cost {
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly latencyP99Ms: number | null;
  readonly peakRss: number;
  readonly healthy: number;
  readonly unhealthy: number;
}
interface Asked {
  readonly total: number;
  readonly least: number;
}

let isOver = false;

/** Prints a number beside its budget. Those of time vary with what else the machine does, and only warn. */
function judge(what: string, value: number, budget: number, unit: string, isFirm: boolean): void {
  const within = value <= budget;
  if (!within && isFirm) isOver = true;
  const verdict = within
    ? 'within'
    : isFirm
      ? 'OVER'
      : 'over (no failure: other work on this machine counts too)';
  console.log(`  ${what.padEnd(34)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(11)} ${verdict} ${budget}`);
}

const script = (name: string, args: string[] = [], execArgv: string[] = []): ChildProcess =>
  fork(new URL(name, import.meta.url), args, { execArgv });
/** What the program `corral` does before it loads anything: less memory for more processor time. */
const flags = ['--semi-space-growth-factor=1', '--no-parallel-scavenge'];
const asTheProgram = [
  '--import',
  `data:text/javascript,import { setFlagsFromString } from 'node:v8'; ${JSON.stringify(flags)}.forEach((flag) => setFlagsFromString(flag))`,
];

async function ask<Answer>(child: ChildProcess, question: unknown = 'cost'): Promise<Answer> {
  child.send(question as string);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

async function targets(live: number, hanging: number, refusing: number) {
  const child = script('./registry-targets.ts', [live, hanging, refusing].map(String));
  const [ports] = (await once(child, 'message')) as [Ports];
  return { child, ports };
}

async function halfDead(): Promise<void> {
  const quarter = endpointCount / 4;
  const { child, ports } = await targets(2 * quarter, quarter, quarter);
  const watcher = script('./registry-watcher.ts', [], asTheProgram);
  await ask(watcher, ports);
  await Promise.all([ask(watcher), ask(child)]);
  await sleep(halfDeadS * 1000);
  const [cost, asked] = await Promise.all([ask<WatcherCost>(watcher), ask<Record<string, Asked>>(child)]);
  const { total, least } = asked['/api/ps'] ?? { total: 0, least: 0 };
  console.log(
    `${endpointCount} endpoints, ${ports.dead.length} of them dead, from the first check on for ${halfDeadS} s: ` +
      `${cost.healthy} healthy, ${cost.unhealthy} unhealthy`,
  );
  judge('share of a core', cost.cpuMs / (halfDeadS * 1000), budgets.coreShare, '', true);
  judge('resident memory, peak', cost.peakRss / 1e6, budgets.rssMb, 'MB', true);
  judge('event loop delay p99', cost.loopP99Ms, budgets.loopP99Ms, 'ms', false);
  judge('event loop delay max', cost.loopMaxMs, budgets.loopMaxMs, 'ms', false);
  judge('latency of the live ones p99', cost.latencyP99Ms ?? Number.NaN, budgets.latencyP99Ms, 'ms', false);
  console.log(
    `  checks of the live ones: ${(total / halfDeadS).toFixed(0)} a second; ` +
      `the least asked ${(least / halfDeadS).toFixed(2)} a second`,
  );
  watcher.kill();
  child.kill();
}

/** A client, the path that it asks for, and the processor time that it has used since the last call. */
interface Contender {
  readonly path: string;
  readonly cpuMs: () => Promise<number>;
  readonly end: () => unknown;
}

async function startScript(client: ChildProcess, asksFor: string, ports: Ports): Promise<Contender> {
  await ask(client, ports);
  return { path: asksFor, cpuMs: async () => (await ask<Cost>(client)).cpuMs, end: () => client.kill() };
}

async function startScraper({ live }: Ports): Promise<Contender> {
  const install = await findPrometheus({
    cacheDir: path.resolve(import.meta.dirname, '../.cache'),
    onProgress: console.log,
  });
  const prometheus = await startPrometheus(install, {
    targets: live.map((port) => `127.0.0.1:${port}`),
    logLevel: 'info',
  });
  let last = 0;
  const cpuMs = async (): Promise<number> => {
    const now = processorMs(prometheus.pid);
    const spent = now - last;
    last = now;
    return spent;
  };
  return { path: '/metrics', cpuMs, end: () => prometheus.close() };
}

/** User and system time of a process; Linux counts it in hundredths of a second. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function allAlive(): Promise<void> {
  const { child, ports } = await targets(endpointCount, 0, 0);
  const contenders = [
    await startScript(script('./registry-raw.ts'), '/api/ps?raw', ports),
    await startScript(script('./registry-watcher.ts', [], asTheProgram), '/api/ps', ports),
    await startScraper(ports),
  ];
  const look = () =>
    Promise.all([ask<Record<string, Asked>>(child), ...contenders.map(({ cpuMs }) => cpuMs())]);
  await sleep(warmUpS * 1000);
  await look();
  const costs = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    await sleep(roundS * 1000);
    const [asked, ...spent] = await look();
    for (const [i, cpuMs] of spent.entries()) {
      const { total = 0 } = asked[contenders[i]?.path ?? ''] ?? {};
      const expected = endpointCount * roundS;
      if (total < 0.9 * expected)
        console.log(
          `  ${contenders[i]?.path}: ${total} of ${expected} answers; the machine is too busy to tell`,
        );
      costs[i]?.push((cpuMs / total) * 1000);
    }
  }
  for (const { end } of contenders) await end();
  child.kill();
  const [raw = Number.NaN, ours = Number.NaN, prometheus = Number.NaN] = costs.map(median);
  console.log(
    `CPU per 1,000 probes, all alive: raw sockets ${raw.toFixed(0)} ms, ours ${ours.toFixed(0)} ms, ` +
      `Prometheus ${prometheus.toFixed(0)} ms`,
  );
  judge('ours against raw sockets', ours / raw, budgets.raw, '×', true);
  judge('ours against Prometheus', ours / prometheus, budgets.prometheus, '×', true);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

await halfDead();
if (!process.argv.includes('--half-dead')) await allAlive();
process.exitCode = isOver ? 1 : 0;
