#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { help, parseCommand, type ServeOptions } from './cli-options.js';
import { AdapterError } from './errors.js';
import { packageRoot } from './http/package-root.js';
import { createLogger } from './logger.js';
import { serve } from './serve.js';
import { untilSignal } from './until-signal.js';

/** sysexits.h: something in the configuration is wrong. */
const exitConfig = 78;
const exitUsage = 64;

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2), process.env);
  if (command.name === 'help') return print(help);
  if (command.name === 'version') return print(`${version()}\n`);
  return run(command.options);
}

async function run(options: ServeOptions): Promise<number> {
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

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`corral: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
