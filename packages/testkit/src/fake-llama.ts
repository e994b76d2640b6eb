/**
 * Pretends to be llama-server in order to fail on demand; whatever a real one can do is tested with a real one.
 * Run as `node fake-llama.ts` with llama-server's arguments. Variables:
 *
 * - FAKE_LLAMA_FAULT: `mode[@ms]`, see `fake-llama-fault.ts`.
 * - FAKE_LLAMA_LOAD_MS: how long "loading" takes. Default: 50.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { type FakeLlamaFault, parseFault } from './fake-llama-fault.ts';
import { BAD_COUNTERS, growingCounters } from './llama-metrics-text.ts';
import { type LlamaReplyState, pathOf, replyLikeLlama } from './llama-replies.ts';
import { floodLog } from './log-flood.ts';

const { values: flags } = parseArgs({
  strict: false,
  options: {
    model: { type: 'string', short: 'm', default: 'model.gguf' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9931' },
    alias: { type: 'string', short: 'a' },
    'api-key-file': { type: 'string' },
    metrics: { type: 'boolean', default: false },
    version: { type: 'boolean', default: false },
  },
});
const host = String(flags.host);
const modelPath = String(flags.model);
const startedAt = performance.now();
const active = new Set<FakeLlamaFault>();

const state: LlamaReplyState = {
  loading: true,
  apiKeys: flags['api-key-file'] ? readKeys(String(flags['api-key-file'])) : [],
  alias: String(flags.alias ?? basename(modelPath)),
  modelPath,
  metrics: flags.metrics === true,
  slots: true,
  counters: growingCounters(1000),
};

/** What happens when a fault sets in. Those not listed are asked for where they matter. */
const EFFECTS: Partial<Record<FakeLlamaFault, () => void>> = {
  usage: () => die('error: invalid argument: --x'),
  'bad-model': () =>
    die(
      log('E', `gguf_init_from_reader: invalid magic characters: 'hell', expected 'GGUF'`),
      log(
        'E',
        `llama_model_load: error loading model: llama_model_loader: failed to load model from ${modelPath}`,
      ),
      log('E', `srv    load_model: failed to load model, '${modelPath}'`),
      log('E', 'srv  llama_server: exiting due to model loading error'),
    ),
  'port-in-use': portInUse,
  segv: () => process.kill(process.pid, 'SIGSEGV'),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(1),
  'log-flood': floodLog,
  loading: () => (state.loading = true),
  'no-auth': () => (state.apiKeys = []),
  'metrics-501': () => (state.metrics = false),
  'slots-501': () => (state.slots = false),
  'reset-counter': () => (state.counters = growingCounters(0)),
  nan: () => (state.counters = () => BAD_COUNTERS),
};

if (flags.version) {
  console.error('version: 0.7.0 (build 11669, commit fake)');
  process.exit(0);
}

const fault = parseFault(process.env.FAKE_LLAMA_FAULT);
const setIn = (mode: FakeLlamaFault) => {
  active.add(mode);
  EFFECTS[mode]?.();
};
if (fault?.afterMs === 0) setIn(fault.mode);
else if (fault) setTimeout(setIn, fault.afterMs, fault.mode);

const server = createServer((request, response) => {
  if (active.has('hang') || (active.has('metrics-hang') && pathOf(request) === '/metrics')) return;
  replyLikeLlama(request, response, state);
});
server.on('error', portInUse);
server.listen(Number(flags.port), host, () =>
  setTimeout(finishLoading, Number(process.env.FAKE_LLAMA_LOAD_MS ?? 50)),
);

function finishLoading(): void {
  if (active.has('loading')) return;
  state.loading = false;
  // As in the original, signals are only handled once the model is loaded.
  let interrupts = 0;
  const stop = () => {
    if (active.has('ignore-term')) return;
    interrupts += 1;
    if (interrupts > 1) die('Received second interrupt, terminating immediately.');
    console.error(log('I', 'srv    operator(): operator(): cleaning up before exit...'));
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  const { port } = server.address() as AddressInfo;
  console.error(log('I', `srv  llama_server: listening on http://${host}:${port}`));
}

function portInUse(): never {
  return die(
    log(
      'E',
      `srv         start: couldn't bind HTTP server socket, hostname: ${host}, port: ${String(flags.port)}`,
    ),
    log('E', 'srv  llama_server: exiting due to HTTP server error'),
  );
}

function die(...lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  process.exit(1);
}

/** A line with llama.cpp's prefix: minutes, seconds, milliseconds and microseconds since start, then the level. */
function log(level: 'I' | 'E', message: string): string {
  const micros = Math.round((performance.now() - startedAt) * 1000);
  const part = (value: number) => String(Math.floor(value) % 1000).padStart(3, '0');
  const seconds = String(Math.floor(micros / 1e6) % 60).padStart(2, '0');
  return `${Math.floor(micros / 6e7)}.${seconds}.${part(micros / 1000)}.${part(micros)} ${level} ${message}`;
}

function readKeys(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
