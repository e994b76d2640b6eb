import type { LaunchRequest } from '@corral/core';

/**
 * The flags that llama-server is started with. Values never begin with a dash: they are ours, absolute paths, or on the
 * list of allowed flags.
 */
export function llamaArgs({ file, port, settings }: LaunchRequest, keyFile: string): string[] {
  const { nGpuLayers, ctxSize, nThreads, batchSize, parallel, sleepIdleSeconds, extraFlags } = settings;
  return [
    ...['--model', file.path],
    ...['--host', '127.0.0.1'],
    ...['--port', String(port)],
    ...['--api-key-file', keyFile],
    '--metrics',
    ...['--n-gpu-layers', String(nGpuLayers)],
    ...['--ctx-size', String(ctxSize)],
    ...['--threads', String(nThreads)],
    ...['--batch-size', String(batchSize)],
    ...(parallel > 0 ? ['--parallel', String(parallel)] : []),
    ...(sleepIdleSeconds > 0 ? ['--sleep-idle-seconds', String(sleepIdleSeconds)] : []),
    ...extraFlags,
  ];
}
