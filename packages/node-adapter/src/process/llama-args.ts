import type { LaunchRequest } from '@corral/core';

/** The flags that llama-server is started with. Values never begin with a dash: they are ours or absolute paths. */
export function llamaArgs({ file, port, settings }: LaunchRequest, keyFile: string): string[] {
  return [
    ...['--model', file.path],
    ...['--host', '127.0.0.1'],
    ...['--port', String(port)],
    ...['--api-key-file', keyFile],
    '--metrics',
    ...['--n-gpu-layers', String(settings.nGpuLayers)],
    ...['--ctx-size', String(settings.ctxSize)],
    ...['--threads', String(settings.nThreads)],
    ...['--batch-size', String(settings.batchSize)],
  ];
}
