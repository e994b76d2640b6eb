import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter, summaryReporter } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import { CHROMIUM_ARGS, findBrowser } from './packages/testkit/src/browser.ts';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const executablePath = findBrowser();
if (!executablePath) {
  throw new Error(
    'No Chromium was found: install one (Debian: "apt-get install chromium") or set CHROMIUM to its path.',
  );
}

/** eventemitter3's own ES entry imports CommonJS; its dist folder has a real ES module. */
const eventemitter3AsModule = {
  name: 'eventemitter3-as-module',
  resolveImport: ({ source }) =>
    source === 'eventemitter3' ? '/node_modules/eventemitter3/dist/eventemitter3.esm.js' : undefined,
};

/**
 * Every suite asserts that the console stayed silent. The recorder is here, before any module of a test runs, so
 * that warnings at import count too; `src/testing/quiet-console.fixture.ts` reads what it wrote down.
 */
const testRunnerHtml = (testFramework) => `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Element tests</title></head>
  <body>
    <script>
      globalThis.consoleProblems = [];
      for (const level of ['error', 'warn']) {
        const original = console[level];
        console[level] = (...args) => {
          if (!String(args[0]).includes('Lit is in dev mode')) globalThis.consoleProblems.push(level + ': ' + args.map(String).join(' '));
          original.apply(console, args);
        };
      }
    </script>
    <script type="module" src="${testFramework}"></script>
  </body>
</html>`;

export default {
  rootDir: path('.'),
  files: 'packages/elements/src/**/*.test.ts',
  // `development` lets Lit warn about updates that schedule updates; the suites forbid such warnings.
  nodeResolve: { exportConditions: ['@corral/source', 'development'] },
  concurrency: 2,
  browsers: [
    chromeLauncher({
      launchOptions: { executablePath, args: [...CHROMIUM_ARGS] },
      // Tabs in the background get no animation frames, so every page has a window of its own.
      createPage: ({ context }) => context.newPage({ type: 'window' }),
    }),
  ],
  plugins: [
    eventemitter3AsModule,
    esbuildPlugin({ ts: true, target: 'es2022', tsconfig: path('packages/elements/tsconfig.json') }),
  ],
  testRunnerHtml,
  testFramework: { config: { timeout: 20_000 } },
  testsStartTimeout: 60_000,
  testsFinishTimeout: 180_000,
  filterBrowserLogs: ({ args }) => !String(args[0]).includes('Lit is in dev mode'),
  reporters: [summaryReporter(), defaultReporter({ reportTestProgress: false })],
  coverageConfig: { include: ['packages/elements/src/**/*.ts'], exclude: ['**/*.test.ts'] },
};
