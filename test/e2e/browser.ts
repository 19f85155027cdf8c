/**
 * Chromium as Debian packages it, driven by playwright-core: nothing is downloaded but the package. As root it is
 * installed where it is missing.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';

import { missingPrograms } from '../support/debian.ts';

const PROGRAM = '/usr/bin/chromium';
/** The page asks for Inter where there is it. */
const PACKAGES = ['chromium', 'fonts-inter'];

/** It asks nobody for anything by itself. */
const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** @returns undefined when the browser is there, or else why it is not. */
export function missingBrowser(log: (text: string) => void): Promise<string | undefined> {
  return missingPrograms([PROGRAM], PACKAGES, log);
}

/** Runs `body` with a browser of its own: no history, no cache, nothing of it is left. */
export async function withBrowser(
  options: BrowserContextOptions,
  body: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'watchsieve-e2e-browser-'));
  try {
    const context = await chromium.launchPersistentContext(profile, {
      ...options,
      executablePath: PROGRAM,
      args: ARGS,
    });
    try {
      await body(context);
    } finally {
      await context.close();
    }
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
