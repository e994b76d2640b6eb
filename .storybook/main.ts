import type { StorybookConfig } from '@storybook/web-components-vite';
import { defaultClientConditions } from 'vite';

const lit = ['lit', 'lit-html', 'lit-element', '@lit/reactive-element'];

const config: StorybookConfig = {
  framework: '@storybook/web-components-vite',
  stories: ['../stories/**/*.mdx', '../stories/**/*.stories.ts'],
  addons: ['@storybook/addon-docs', '@storybook/addon-a11y'],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true, enableCrashReports: false },
  features: { sidebarOnboardingChecklist: false },
  viteFinal: (vite) => ({
    ...vite,
    resolve: {
      ...vite.resolve,
      // Stories show the sources, so that they need no build but the manifest's.
      conditions: ['@corral/source', ...defaultClientConditions],
      dedupe: lit,
    },
    // Pre-bundling a part of Lit would give two copies of lit-html: Storybook's renderer imports its subpaths.
    optimizeDeps: {
      ...vite.optimizeDeps,
      exclude: [...(vite.optimizeDeps?.exclude ?? []), ...lit],
      include: [...(vite.optimizeDeps?.include ?? []), 'eventemitter3'],
    },
    build: { ...vite.build, chunkSizeWarningLimit: 2000 },
  }),
};

export default config;
