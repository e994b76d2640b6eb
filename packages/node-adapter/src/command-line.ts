import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runAgent } from './agent/run-agent.js';
import { parseCommand } from './cli-options.js';
import { AdapterError } from './errors.js';
import { packageRoot } from './http/package-root.js';
import { createLogger } from './logger.js';
import { serve } from './serve.js';
import type { ServeOptions } from './serve-options.js';
import { runTokenCommand } from './tokens/token-commands.js';
import type { TokenOptions } from './tokens/token-options.js';
import { untilSignal } from './until-signal.js';

/** sysexits.h: something in the configuration is wrong. */
const exitConfig = 78;
const exitUsage = 64;

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2), process.env);
  switch (command.name) {
    case 'help':
      return print(command.text);
    case 'version':
      return print(`${version()}\n`);
    case 'serve':
      return runServe(command.options);
    case 'agent':
      return runAgent(command.options, createLogger({ level: 'info' }));
    case 'token':
      return runToken(command.options);
  }
}

async function runServe(options: ServeOptions): Promise<number> {
  const logger = createLogger({ level: 'info' });
  // Armed before anything is started, so that no moment is left in which a signal would leave something behind.
  const ended = untilSignal();
  const serving = await serve(options, logger);
  logger.info('corral is ready', { url: serving.url, models: serving.hub.models().length });
  for (const { filename, reason } of serving.hub.rejected())
    logger.warn('a file was left out', { filename, reason });
  const reason = await ended;
  logger.info('stopping', { reason });
  await serving.close();
  return reason === 'uncaughtException' ? 1 : 0;
}

function runToken(options: TokenOptions): number {
  runTokenCommand(options, {
    print,
    say: (text) => process.stderr.write(text),
    logger: createLogger({ level: 'warn' }),
  });
  return 0;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof AdapterError)) return 1;
  if (error.code === 'insecure_bind') return exitConfig;
  return error.code === 'invalid_option' ? exitUsage : 1;
}

/** Carries out the command line of this process, and ends it. */
export async function runCommandLine(): Promise<never> {
  try {
    process.exit(await main());
  } catch (error) {
    process.stderr.write(`corral: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}
