/**
 * Writes files other processes read at any moment: whole or not at all, with exactly the mode asked
 * for. Owns only that; what the files mean is the callers' business.
 */
import { chmod, mkdir, open, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { assertOwnDirectory } from './own-file.ts';
import { StateDirError, toStateDirError } from './state-dir-error.ts';
import { codeOf } from '../text/failure.ts';

/**
 * Creates what is missing of a path, the topmost directory first. Not mkdir's own `recursive`: below a directory that
 * takes no entry and says ENOENT, as /proc does, it asks for ever (Node.js 24).
 *
 * @returns what it has made
 */
async function makeDirectories(path: string, mode: number): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await exists(at)); at = dirname(at)) missing.unshift(at);
  for (const directory of missing) {
    try {
      await mkdir(directory, { mode });
    } catch (error) {
      // Somebody else was faster.
      if (!(codeOf(error) === 'EEXIST')) throw error;
    }
  }
  return missing;
}

/** Whether there is a directory; @throws what lies there instead, as mkdir says it */
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
 * Creates a directory and its parents, world-readable whatever the umask: the client that reads the
 * kubeconfig is another user than we are. Directories that exist keep their mode.
 *
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
 * Creates a directory for its owner alone, for files with secrets in it.
 *
 * @throws StateDirError, also for one that exists and that others may read: it may hold other people's files.
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
 * Replaces `path` by a temporary file and a rename, so that a reader sees the old content or the new,
 * never half of it, even when we are killed in between.
 *
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
 * Writes a file that is on the disk when this resolves, in place of what lay there.
 *
 * @param mode - set explicitly, so that the umask does not matter
 */
export async function writeNew(path: string, content: string, mode: number): Promise<void> {
  await rm(path, { force: true });
  // 'wx' never follows a link someone else put there.
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
 * Makes `path` a link to `target`, whether that is there or not; one that leads there already stays as it is.
 *
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

/** A fixed name: what a killed process left behind is replaced, not piled up. */
function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp`);
}
