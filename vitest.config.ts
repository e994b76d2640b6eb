import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// `@corral/source` is an export condition of our own packages: unit tests run on src, not on dist.
const conditions = ['@corral/source', ...defaultServerConditions];
const unit = (name: string, testTimeout = 10_000) => ({
  extends: true as const,
  test: { name, include: [`packages/${name}/src/**/*.test.ts`], testTimeout },
});

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
      // End to end: the built product, a real llama-server and a real browser.
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
