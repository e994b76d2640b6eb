// `npm test`: everything that must hold, browser included, from a fresh clone.
import { existsSync } from 'node:fs';
import { installDebianPackages, installPackages, runOnPinnedNode } from './lib/bootstrap.mjs';

const browsers = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'];
const hasBrowser = () =>
  process.env.CHROMIUM ? existsSync(process.env.CHROMIUM) : browsers.some((file) => existsSync(file));

installDebianPackages(['chromium', 'fonts-dejavu-core'], hasBrowser);
installPackages();
runOnPinnedNode('scripts/test-steps.ts', process.argv.slice(2));
