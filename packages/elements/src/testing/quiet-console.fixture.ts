// Help for the suites beside it, and no suite itself: the name keeps it out of the package like every other test.

declare global {
  /** What `console.error` and `console.warn` were given since the page began; the test page fills it. */
  var consoleProblems: string[];
}

/** Fails each test of the calling suite that writes an error or a warning to the console, or leaves one uncaught. */
export function keepConsoleQuiet(): void {
  afterEach(() => {
    const problems = globalThis.consoleProblems.splice(0);
    if (problems.length > 0) throw new Error(`Expected a silent console, got:\n${problems.join('\n')}`);
  });
}

/** What nobody caught while `run` ran: errors and rejections that would otherwise fail the test. */
export async function uncaughtDuring(run: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const hear = (event: ErrorEvent | PromiseRejectionEvent): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
    uncaught.push('reason' in event ? event.reason : event.error);
  };
  // Mocha listens by `onerror`, and the test runner writes what is uncaught to the console before we hear of it.
  const { onerror } = globalThis;
  const { error: writeError } = console;
  const written: unknown[][] = [];
  globalThis.onerror = null;
  console.error = (...args) => void written.push(args);
  globalThis.addEventListener('error', hear, { capture: true });
  globalThis.addEventListener('unhandledrejection', hear, { capture: true });
  try {
    await run();
    // Rejections are reported in a task of their own.
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  } finally {
    globalThis.removeEventListener('error', hear, { capture: true });
    globalThis.removeEventListener('unhandledrejection', hear, { capture: true });
    globalThis.onerror = onerror;
    console.error = writeError;
  }
  for (const args of written) {
    if (!uncaught.includes(args[0]) && !String(args[0]).startsWith('An error was thrown in a Promise'))
      console.error(...args);
  }
  return uncaught;
}
