/**
 * Writes files that other processes may read at any moment: completely or not at all, and with exactly the given mode.
 */
import { chmod, mkdir, open, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { assertOwnDirectory } from './own-file.ts';
import { StateDirError, toStateDirError } from './state-dir-error.ts';
import { codeOf } from '../text/failure.ts';

/**
 * Creates the missing directories of a path, topmost first. mkdir's own `recursive` is not used: under a directory like
 * /proc, which accepts no entries and reports ENOENT, it retries for ever (Node.js 24).
 * @returns the created directories
 */
async function makeDirectories(path: string, mode: number): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await exists(at)); at = dirname(at)) missing.unshift(at);
  for (const directory of missing) {
    try {
      await mkdir(directory, { mode });
    } catch (error) {
      // Another process was faster.
      if (!(codeOf(error) === 'EEXIST')) throw error;
    }
  }
  return missing;
}

/** True if the directory exists. @throws the error of mkdir if something else is there */
async function exists(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  await mkdir(path);
  return true;
}

/**
 * Creates a directory and its parents. They are world-readable regardless of the umask, because the client that reads
 * the kubeconfig is another user. Existing directories keep their mode.
 * @throws StateDirError
 */
export async function ensureDirectory(path: string): Promise<void> {
  try {
    for (const made of await makeDirectories(path, 0o755)) await chmod(made, 0o755);
  } catch (error) {
    throw toStateDirError('create directory', path, error);
  }
}

/**
 * Creates a directory that only its owner can read, for files with secrets.
 * @throws StateDirError, also if the directory exists and others may read it: it may hold other people's files
 */
export async function ensurePrivateDirectory(directory: string): Promise<void> {
  const path = resolve(directory);
  try {
    await makeDirectories(path, 0o700);
    await assertOwnDirectory(path);
    if (((await stat(path)).mode & 0o077) === 0) return;
  } catch (error) {
    throw toStateDirError('create directory', path, error);
  }
  throw new StateDirError(
    `${path} is to hold a secret, and others may read it: chmod 700 it, or name another --state-dir`,
  );
}

/**
 * Replaces `path` by writing a temporary file and renaming it. A reader sees either the old or the new content, even if
 * this process is killed in between.
 * @param mode - set explicitly, so that the umask does not matter
 * @throws StateDirError
 */
export async function writeFileAtomically(path: string, content: string, mode: number): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeNew(temporary, content, mode);
    await rename(temporary, path);
  } catch (error) {
    throw toStateDirError('write', path, error);
  }
}

/**
 * Writes a file and replaces an older one at this path. Once the promise resolves, the file is on the disk.
 * @param mode - set explicitly, so that the umask does not matter
 */
export async function writeNew(path: string, content: string, mode: number): Promise<void> {
  await rm(path, { force: true });
  // 'wx' never follows a link that another user put there.
  const file = await open(path, 'wx', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes `path` a link to `target`, which need not exist. A link that already has this target stays.
 * @throws StateDirError
 */
export async function linkAtomically(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const temporary = temporaryFor(path);
  try {
    await rm(temporary, { force: true });
    await symlink(target, temporary);
    await rename(temporary, path);
  } catch (error) {
    throw toStateDirError('write', path, error);
  }
}

/** The name is fixed, so that a file left by a killed process is replaced and such files do not accumulate. */
function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp`);
}
