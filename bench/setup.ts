/**
 * What is measured beside watchsieve: nginx and HAProxy from the PATH, the Go programs built once into the cache of
 * the e2e suite. What cannot be had is told with its reason, and its rows are left out.
 */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssetsUnavailable, Builder } from '../test/e2e/assets.ts';
import { runToEnd } from '../test/support/child.ts';

/** A program that can be run, or why there is none. */
export type Found = { readonly path: string; readonly version: string } | { readonly missing: string };

export interface Programs {
  readonly nginx: Found;
  readonly haproxy: Found;
  readonly goFilter: Found;
  readonly informer: Found;
}

const INSTALL_TIMEOUT_MS = 5 * 60_000;
const PACKAGES = ['nginx-light', 'haproxy'];
/** Debian's switch: a package whose service must not be started asks this first. */
const POLICY = '/usr/sbin/policy-rc.d';

export async function findPrograms(say: (text: string) => void): Promise<Programs> {
  return {
    nginx: await onPath('nginx', ['-v']),
    haproxy: await onPath('haproxy', ['-v']),
    ...(await goPrograms(say)),
  };
}

/** Installs nginx and HAProxy with apt, without starting their services. Says why where it cannot. */
export async function install(say: (text: string) => void): Promise<void> {
  const { nginx, haproxy } = {
    nginx: await onPath('nginx', ['-v']),
    haproxy: await onPath('haproxy', ['-v']),
  };
  if (!('missing' in nginx || 'missing' in haproxy)) return;
  if (process.getuid?.() !== 0) {
    say('--install needs root for apt-get: nothing was installed');
    return;
  }
  const isOurs = !existsSync(POLICY);
  if (isOurs) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '--no-install-recommends', ...PACKAGES],
    ]) {
      const ended = await runToEnd({
        name: 'apt-get',
        command: 'apt-get',
        args,
        env: { DEBIAN_FRONTEND: 'noninteractive' },
        timeoutMs: INSTALL_TIMEOUT_MS,
      });
      if (ended.code !== 0) {
        say(`apt-get ${args.join(' ')} failed (${ended.code}):\n${ended.stderr}`);
        return;
      }
    }
  } finally {
    if (isOurs) await rm(POLICY);
  }
}

async function onPath(command: string, args: readonly string[]): Promise<Found> {
  const ended = await runToEnd({ name: command, command, args, timeoutMs: 10_000 });
  if (ended.code !== 0)
    return { missing: `no ${command} on PATH (npm run bench -- --install, as root on Debian)` };
  const version = /\d+\.\d+\.\d+/.exec(ended.stdout + ended.stderr)?.[0] ?? 'unknown';
  return { path: command, version };
}

async function goPrograms(say: (text: string) => void): Promise<Pick<Programs, 'goFilter' | 'informer'>> {
  try {
    const builder = await Builder.create(say);
    const version = builder.goVersion;
    const filter = { module: join(import.meta.dirname, 'go-proxy'), name: 'go-proxy', minutes: 2 };
    return {
      goFilter: { path: await builder.build(filter), version },
      informer: {
        path: await builder.build({ module: 'informer', name: 'informer', minutes: 2 }),
        version,
      },
    };
  } catch (error) {
    if (!(error instanceof AssetsUnavailable)) throw error;
    return { goFilter: { missing: error.message }, informer: { missing: error.message } };
  }
}
