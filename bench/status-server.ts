// A hub of 1,000 simulated models that tick once a second, served by us on one port; the same bytes as a shared Buffer by
// bare node:http on another. The parent asks for the CPU that this process has used.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  EventHub,
  Hub,
  type HubEvents,
  ModelManager,
  type ServerProbe,
  type ServerProcess,
  type ServerReading,
} from '@corral/core';
import { createApi, listen } from '@corral/node-adapter';

const modelCount = Number(process.argv[2] ?? 1000);
const events = new EventHub<HubEvents>();
let pid = 1000;

function simulatedProcess(port: number): ServerProcess {
  const exit = { exitCode: 0, signal: null, failureCode: null, message: 'Stopped' };
  return {
    pid: pid++,
    baseUrl: `http://127.0.0.1:${port}`,
    identityKey: '',
    clientKey: '',
    exited: new Promise(() => {}),
    logTail: () => [],
    requestTally: () => ({ requestCount: 7, errorCount: 0, totalResponseTimeMs: 812.5 }),
    stop: async () => exit,
  };
}

/** A server whose numbers change with every look. */
function simulatedProbe(seed: number): ServerProbe {
  let tokens = 0;
  const check = async (): Promise<ServerReading> => {
    tokens += 20 + ((seed * 7 + tokens) % 13);
    return {
      condition: 'ready',
      latencyMs: 1 + Math.random() * 3,
      numbers: {
        generatedTokens: { total: tokens, atMs: performance.now(), epoch: '1' },
        promptTokens: tokens,
        promptSeconds: tokens / 1000,
        load: { processing: 1, deferred: 0 },
        slots: 4,
        contextUsedTokens: 100,
        contextSizeTokens: 8192,
        source: 'simulated',
      },
      memory: {
        anonymousBytes: 1e9 + Math.random() * 1e7,
        mappedBytes: 3e9,
        vramBytes: null,
        source: 'simulated',
        vramSource: 'no card',
      },
      problem: null,
    };
  };
  return { check, close: async () => {} };
}

const files = Array.from({ length: modelCount }, (_, i) => {
  const name = `model-${String(i).padStart(4, '0')}-instruct-q4_k_m`;
  return {
    modelId: `${name}-0badcafe`,
    filename: `${name}.gguf`,
    path: `/models/${name}.gguf`,
    sizeBytes: 4e9,
    gguf: {
      architecture: 'llama',
      name,
      quantization: 'Q4_K_M',
      parameterCount: 7e9,
      contextLength: 8192,
      layerCount: 32,
      shardCount: 1,
    },
  };
});
const models = new ModelManager({
  source: { scan: async () => ({ files, rejected: [] }) },
  launcher: { launch: async ({ port }) => simulatedProcess(port) },
  prober: { open: ({ pid: seed }) => simulatedProbe(seed) },
  events,
  portRange: { from: 20_000, to: 20_000 + modelCount },
});
const hub = new Hub({ events, models, sampleIntervalMs: 1000 });
await hub.open();
for (const { modelId } of files) await hub.startModel(modelId);
await new Promise((resolve) => setTimeout(resolve, 25_000));

const api = createApi(hub, { dashboard: false });
const ours = await listen(api.nodeHandler, '127.0.0.1', 0);
const body = Buffer.from(await (await fetch(`${ours.url}/api/models/status`)).arrayBuffer());
const plain = createServer((_, outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
process.on('message', () =>
  process.send?.({ cpu: process.cpuUsage(), heap: process.memoryUsage().heapUsed }),
);
process.send?.({
  ours: `${ours.url}/api/models/status`,
  plain: `http://127.0.0.1:${(plain.address() as AddressInfo).port}/`,
  bytes: body.length,
});
