// Builds, gets a real llama-server and three tiny real models, serves the dashboard and keeps one model busy.
import path from 'node:path';
import {
  ensureTinyModels,
  findLlamaServer,
  LlamaServerError,
  type LlamaServerInstall,
} from '@corral/testkit';
import { build } from './build.ts';
import { keepBusy } from './demo-load.ts';
import { root, say } from './lib/bootstrap.mjs';
import { run } from './lib/run-step.ts';

const cacheDir = path.join(root, '.cache');
const tierOverrides = {
  'meadow-2m.gguf': 'fast',
  'prairie-4m.gguf': 'balanced',
  'mesa-7m.gguf': 'powerful',
} as const;

say('building');
await build();
const { AdapterError, createLogger, parseCommand, serve, untilSignal } = await import('@corral/node-adapter');

try {
  const command = parseCommand(['serve', ...process.argv.slice(2)], process.env);
  if (command.name === 'help')
    await run(process.execPath, ['packages/node-adapter/dist/cli.js', 'serve', '--help']);
  if (command.name === 'help') process.exit(0);
  if (command.name !== 'serve')
    throw new AdapterError('invalid_option', 'Expected options of `corral serve`; see corral --help');
  const { options } = command;
  const llama = await realLlamaServer(options.llamaServer);
  const ownModels = path.join(cacheDir, 'models', llama ? 'demo' : 'none');
  const modelsDirs = options.modelsDirs.length > 0 ? options.modelsDirs : [ownModels];
  if (llama && options.modelsDirs.length === 0) {
    say('making three tiny models');
    await ensureTinyModels(ownModels);
  }
  const serving = await serve(
    {
      ...options,
      // The tiny models rarely come to an end by themselves.
      maxOutputTokens: options.maxOutputTokens ?? 256,
      llamaServer: undefined,
      modelsDirs,
      stateDir: options.stateDir ?? path.join(cacheDir, 'state'),
    },
    createLogger({ level: 'warn' }),
    { tierOverrides, ...(llama && { llamaServer: { command: llama.command, env: llama.env } }) },
  );
  const [first] = serving.hub.models();
  const runs = serving.hub.models().some(({ state }) => state !== 'offline');
  if (llama && first && !runs) {
    say(`starting ${first.filename}`);
    await serving.hub.startModel(first.modelId);
  }
  const stopLoad = llama ? keepBusy(serving.hub) : () => {};
  say(`the dashboard is at ${serving.url}   (Ctrl-C stops it)`);
  await Promise.race([untilSignal(), new Promise((resolve) => process.once('disconnect', resolve))]);
  say('stopping');
  stopLoad();
  await serving.close();
  process.exit(0);
} catch (error) {
  if (!(error instanceof AdapterError)) throw error;
  process.stderr.write(`\u2716 ${error.message}\n`);
  process.exit(error.code === 'insecure_bind' ? 78 : 1);
}

/** A llama-server that works; without one the dashboard opens all the same, with nothing to start. */
async function realLlamaServer(explicit: string | undefined): Promise<LlamaServerInstall | undefined> {
  say('looking for llama-server');
  try {
    const install = await findLlamaServer({
      cacheDir,
      onProgress: say,
      ...(explicit !== undefined && { explicit }),
    });
    say(`llama-server ${install.version}`);
    return install;
  } catch (error) {
    if (!(error instanceof LlamaServerError)) throw error;
    process.stderr.write(`\u2716 ${error.message}\n`);
    return undefined;
  }
}
