import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrometheusInstall } from './prometheus-install.ts';

/** What Prometheus says of a target. */
export interface ScrapedTarget {
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  /** Why the last scrape failed; empty where it did not. */
  readonly lastError: string;
  /** RFC 3339, start of the last scrape; in the year 1 before the first. */
  readonly lastScrape: string;
}

/** One series at one time. */
export interface QueriedSample {
  readonly metric: Readonly<Record<string, string>>;
  /** As Prometheus writes it. */
  readonly value: string;
}

/** A Prometheus of its own, with nothing kept after its end. */
export interface PrometheusServer {
  readonly url: string;
  readonly pid: number;
  /** Everything that it has logged. */
  readonly log: () => string;
  targets(): Promise<readonly ScrapedTarget[]>;
  /** An instant query. @param timeS Unix time in seconds. Default: now */
  query(expression: string, timeS?: number): Promise<readonly QueriedSample[]>;
  /** Ends it and removes its files. Idempotent. */
  close(): Promise<void>;
}

/** Settings of {@link startPrometheus}. */
export interface PrometheusOptions {
  /** `host:port` of everything that is scraped at `/metrics`, as the job `corral`. */
  readonly targets: readonly string[];
  /** Seconds between two scrapes. Default: 1. */
  readonly scrapeIntervalS?: number;
  /** Default: `debug`, at which it says what it finds wrong with a page. */
  readonly logLevel?: 'debug' | 'info';
  /** More of the scrape configuration, such as `authorization`. */
  readonly scrapeConfig?: Readonly<Record<string, unknown>>;
}

/** Starts a Prometheus on a free loopback port, with its files in a temporary folder, and waits until it answers. */
export async function startPrometheus(
  { command }: PrometheusInstall,
  { targets, scrapeIntervalS = 1, logLevel = 'debug', scrapeConfig }: PrometheusOptions,
): Promise<PrometheusServer> {
  const dir = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const interval = `${scrapeIntervalS}s`;
  const job = { job_name: 'corral', static_configs: [{ targets }], ...scrapeConfig };
  // JSON is YAML, too.
  const config = { global: { scrape_interval: interval, scrape_timeout: interval }, scrape_configs: [job] };
  await writeFile(join(dir, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    command,
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      `--log.level=${logLevel}`,
    ],
    { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = new Promise<void>((done) => child.once('close', () => done()));
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  const url = await new Promise<string>((ready, failed) => {
    child.once('error', failed);
    child.once('close', () => failed(new Error(`Prometheus ended before it was ready:\n${log}`)));
    child.stderr.on('data', () => {
      const address = /msg="Listening on" address=(\S+)/.exec(log)?.[1];
      if (address && log.includes('Server is ready to receive web requests')) ready(`http://${address}`);
    });
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const ask = async (path: string): Promise<Record<string, unknown>> => {
    const answer = (await (await fetch(`${url}${path}`)).json()) as Answer;
    if (answer.status !== 'success') throw new Error(`Prometheus answered ${JSON.stringify(answer)}`);
    return answer.data;
  };
  return {
    url,
    pid: child.pid as number,
    log: () => log,
    targets: async () => (await ask('/api/v1/targets?state=active'))['activeTargets'] as ScrapedTarget[],
    query: async (expression, timeS) => {
      const time = timeS === undefined ? '' : `&time=${timeS}`;
      const { result } = await ask(`/api/v1/query?query=${encodeURIComponent(expression)}${time}`);
      const samples = result as { metric: Record<string, string>; value: [number, string] }[];
      return samples.map(({ metric, value: [, value] }) => ({ metric, value }));
    },
    close,
  };
}

interface Answer {
  readonly status: string;
  readonly data: Record<string, unknown>;
}
