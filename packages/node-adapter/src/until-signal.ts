/**
 * Resolves at the first signal that asks this process to end, or at an error nobody caught. A second signal ends the
 * process at once with code 1; servers tied to their parent die with it, the others are ended by the next start.
 */
export function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = (reason: string): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve(reason);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ask(signal));
    process.on('uncaughtException', (error) => {
      process.stderr.write(`corral: ${error.stack ?? error.message}\n`);
      ask('uncaughtException');
    });
  });
}
