/** Programs that Debian packages: as root they are installed where they are missing. */

import { existsSync } from 'node:fs';

import { runToEnd } from './child.ts';

const INSTALL_MS = 10 * 60_000;

/** @returns undefined when all `files` are there, or else why they are not. */
export async function missingPrograms(
  files: readonly string[],
  packages: readonly string[],
  log: (text: string) => void,
): Promise<string | undefined> {
  const missing = () => files.find((file) => !existsSync(file));
  const first = missing();
  if (first === undefined) return undefined;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return `there is no ${first}, and installing it takes root and apt-get: apt-get install ${packages.join(' ')}`;
  log(`installing ${packages.join(', ')}, once`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '--no-install-recommends', ...packages],
  ]) {
    const options = { name: 'apt-get', command: 'apt-get', args, env, timeoutMs: INSTALL_MS };
    const { code, stderr } = await runToEnd(options);
    if (code !== 0) return `apt-get ${args[0]} failed (${code}): ${stderr.slice(-1000)}`;
  }
  const left = missing();
  return left === undefined ? undefined : `apt-get has installed no ${left}`;
}
