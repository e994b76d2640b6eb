import { accessSync, constants } from 'node:fs';
import type { Browser } from 'playwright-core';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * Arguments for a Chromium in tests: it runs as root and without a GPU, calls nobody, and draws the same pixels on
 * each machine that has the same fonts.
 */
export const CHROMIUM_ARGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
  '--hide-scrollbars',
];

/** The Chromium to test with: the one the variable CHROMIUM names, else an installed one, else `undefined`. */
export function findBrowser(): string | undefined {
  return process.env.CHROMIUM || CANDIDATES.find(isExecutable);
}

/**
 * Starts that Chromium, headless. The caller closes it.
 *
 * @throws Error when none is installed; the message says what to do.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (!executablePath) {
    throw new Error(
      'No Chromium was found: install one (Debian: "apt-get install chromium") or set CHROMIUM to its path.',
    );
  }
  // Loaded late: most users of this package start no browser and should not wait for it.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args: [...CHROMIUM_ARGS] });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
