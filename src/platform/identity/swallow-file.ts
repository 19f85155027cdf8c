/** The file in the state directory that keeps what {@link readSwallowed} is asked for by the next process. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readOwnFile } from './own-file.ts';

const NAME = 'swallowed-under';
const MODE = 0o600;

/**
 * What was saved last; undefined where that is not known.
 *
 * @param isNew whether no client can know this directory yet: nothing is then expected in it
 * @throws StateDirError
 */
export async function readSwallowed(
  stateDir: string,
  isNew: boolean,
): Promise<readonly string[] | undefined> {
  if (isNew) {
    saveSwallowed(stateDir, []);
    return [];
  }
  const text = await readOwnFile(join(stateDir, NAME));
  // A release that saved nothing, or a disk that was full.
  return text?.split('\n').filter((line) => line !== '');
}

/**
 * Replaces what is saved. Synchronous, and rare: nothing may be swallowed before it is on the disk.
 *
 * @throws the error of node:fs; what was saved before is gone then, so that it is not believed
 */
export function saveSwallowed(stateDir: string, digests: readonly string[]): void {
  const path = join(stateDir, NAME);
  const temporary = join(stateDir, `.${NAME}.tmp`);
  try {
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', MODE);
    try {
      writeSync(file, digests.map((digest) => `${digest}\n`).join(''));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
