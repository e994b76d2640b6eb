import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// `@corral/source` is an export condition of our own packages: unit tests run on src, not on dist.
const conditions = ['@corral/source', ...defaultServerConditions];
/** They count what a process holds, or replace modules: what other tests left behind would be in their way. */
const alone = [
  'packages/core/src/models/model-manager.soak.test.ts',
  'packages/node-adapter/src/egress/guarded-connector.reached.test.ts',
  'packages/node-adapter/src/serve.test.ts',
];
/** They measure rates and shares of the processor, which a test beside them would change. */
const undisturbed = ['crash-loop', 'live-card', 'true-numbers'].map((name) => `e2e/${name}.test.ts`);

// Files share a worker and the modules in it: to load them again for each takes longer than most tests.
const unit = (name: string, testTimeout = 10_000) => ({
  extends: true as const,
  test: {
    name,
    include: [`packages/${name}/src/**/*.test.ts`],
    exclude: alone,
    isolate: false,
    testTimeout,
  },
});
// End to end: the built product, a real llama-server and a real browser.
const endToEnd = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // One fewer than there are cores would be one on the machines that this has to be quick on.
    maxWorkers: 2,
    projects: [
      unit('core'),
      unit('client'),
      unit('testkit'),
      unit('node-adapter', 30_000),
      unit('bullmq', 60_000),
      { extends: true, test: { name: 'alone', include: alone, testTimeout: 30_000 } },
      {
        extends: true,
        test: { name: 'e2e', include: ['e2e/**/*.test.ts'], exclude: undisturbed, ...endToEnd },
      },
      {
        extends: true,
        test: {
          name: 'e2e-alone',
          include: undisturbed,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          ...endToEnd,
        },
      },
    ],
  },
});
