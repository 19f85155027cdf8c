/**
 * What of a state directory may be believed: only what this process's user, or root, has put there. Whoever else can
 * put a key, a token or a pipe there would otherwise be who our clients trust, or stop the start for good.
 */
import { constants } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { StateDirError, toStateDirError } from './state-dir-error.ts';
import { codeOf } from '../text/failure.ts';

/** Of certificates, keys and a kubeconfig of ours, many times over. */
const MAX_BYTES = 1024 * 1024;

/**
 * Refuses a directory, or a link to one, of another user. Others may be allowed to write to it: kubelet makes volumes so,
 * and what they put there is refused file by file.
 *
 * @throws StateDirError
 */
export async function assertOwnDirectory(path: string): Promise<void> {
  let owners: readonly number[];
  try {
    owners = [(await lstat(path)).uid, (await stat(path)).uid];
  } catch (error) {
    throw toStateDirError('read', path, error);
  }
  for (const owner of owners) assertOwner(path, owner);
}

/**
 * The text of a file of ours; undefined where there is none. Never waits for a writer, as a pipe would make it, and
 * follows no link.
 *
 * @throws StateDirError where it cannot be read, is no file, is too large, or belongs to another user
 */
export async function readOwnFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new StateDirError(`${path} is no file: remove it (see --state-dir)`);
      assertOwner(path, found.uid);
      if (found.size > MAX_BYTES)
        throw new StateDirError(`${path} has more than ${MAX_BYTES} bytes: remove it (see --state-dir)`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new StateDirError(`${path} is a link: remove it (see --state-dir)`);
    throw toStateDirError('read', path, error);
  }
}

/** Root may do anything anyway. Where files have no owners there is nothing to ask. */
function assertOwner(path: string, owner: number): void {
  const self = process.geteuid?.();
  if (self === undefined || owner === self || owner === 0) return;
  throw new StateDirError(
    `${path} belongs to user ${owner}, and this is user ${self}: whoever owns it could put keys of their own there; ` +
      'remove it, give it to this user, or name another --state-dir',
  );
}
