/** The file in the state directory that tells the next process what {@link readSwallowed} returns. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readOwnFile } from './own-file.ts';

const NAME = 'swallowed-under';
const MODE = 0o600;

/**
 * The digests saved last; undefined if they are unknown.
 * @param isNew true if no client can know this directory yet, so that the file need not exist
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
  // The previous release saved nothing, or the disk was full.
  return text?.split('\n').filter((line) => line !== '');
}

/**
 * Replaces the saved digests. It is synchronous, because nothing may be swallowed before the file is on the disk; it is
 * rarely called.
 * @throws the error of node:fs; the old file is removed then, so that it is not trusted
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
