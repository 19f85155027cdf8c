/**
 * Chromium as Debian packages it, driven by playwright-core: nothing is downloaded but the package. As root it is
 * installed where it is missing.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';

import { runToEnd } from '../support/child.ts';

const PROGRAM = '/usr/bin/chromium';
/** The page asks for Inter where there is it. */
const PACKAGES = ['chromium', 'fonts-inter'];
const INSTALL_MS = 10 * 60_000;

/** It asks nobody for anything by itself. */
const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** @returns undefined when the browser is there, or else why it is not. */
export async function missingBrowser(log: (text: string) => void): Promise<string | undefined> {
  if (existsSync(PROGRAM)) return undefined;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return `there is no ${PROGRAM}, and installing it takes root and apt-get: apt-get install ${PACKAGES.join(' ')}`;
  log(`installing ${PACKAGES.join(' and ')}, once`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '--no-install-recommends', ...PACKAGES],
  ]) {
    const { code, stderr } = await runToEnd({
      ...{ name: 'apt-get', command: 'apt-get', args, env },
      timeoutMs: INSTALL_MS,
    });
    if (code !== 0) return `apt-get ${args[0]} failed (${code}): ${stderr.slice(-1000)}`;
  }
  return existsSync(PROGRAM) ? undefined : `apt-get has installed no ${PROGRAM}`;
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
