/**
 * Reads files of a state directory only if this process's user or root wrote them. Any other user who can put a key or
 * token there could otherwise impersonate this proxy, and a pipe put there would block the start for ever.
 */
import { constants } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { StateDirError, toStateDirError } from './state-dir-error.ts';
import { codeOf } from '../text/failure.ts';

/** Many times the size of the certificates, keys and kubeconfigs made here. */
const MAX_BYTES = 1024 * 1024;

/**
 * Refuses a directory, or a link to one, that belongs to another user. Other users may have write access, because the
 * kubelet makes volumes so; the files that they put there are refused one by one.
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
 * The text of a file of this user; undefined if it does not exist. Follows no link, and does not wait for the writer of
 * a pipe.
 * @throws StateDirError if it cannot be read, is not a file, is too large, or belongs to another user
 */
export async function readOwnFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new StateDirError(`${path} is not a file: remove it (see --state-dir)`);
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

/** Root can do anything anyway. Where files have no owners, there is nothing to check. */
function assertOwner(path: string, owner: number): void {
  const self = process.geteuid?.();
  if (self === undefined || owner === self || owner === 0) return;
  throw new StateDirError(
    `${path} belongs to user ${owner}, and this is user ${self}: whoever owns it could put keys of their own there; ` +
      'remove it, give it to this user, or name another --state-dir',
  );
}
