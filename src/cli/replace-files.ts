/**
 * Replaces several files, all or none. Each new file is complete next to the old one before the first is moved into
 * place.
 */
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeNew } from '../platform/identity/write-file.ts';
import { codeOf } from '../platform/text/failure.ts';

export interface FileChange {
  readonly path: string;
  /** The content as it was read. */
  readonly from: string;
  readonly to: string;
}

/** A file, after links were followed, and the new file that is ready next to it. */
interface Prepared {
  readonly change: FileChange;
  readonly path: string;
  readonly mode: number;
  readonly beside: string;
}

/** @returns the problem: which file could not be written, and what happened to the others */
export async function replaceAll(changes: readonly FileChange[]): Promise<string | undefined> {
  const prepared: Prepared[] = [];
  const placed: Prepared[] = [];
  let now = changes[0];
  try {
    for (now of changes) {
      // A symbolic link must keep its target.
      const path = await realpath(now.path);
      // The same file was given twice, under two names.
      if (prepared.some((one) => one.path === path)) continue;
      const { mode } = await stat(path);
      const one = { change: now, path, mode, beside: join(dirname(path), `.${basename(path)}.watchsieve`) };
      prepared.push(one);
      await writeNew(one.beside, now.to, mode & 0o777);
    }
    for (const one of prepared) {
      now = one.change;
      await rename(one.beside, one.path);
      placed.push(one);
    }
  } catch (error) {
    for (const { beside } of prepared) await rm(beside, { force: true });
    const left = await putBack(placed);
    const rest = left.length === 0 ? 'nothing was changed' : `changed, and not put back: ${left.join(', ')}`;
    return `${now?.path ?? ''}: cannot be written (${codeOf(error) ?? String(error)}); ${rest}`;
  }
  return undefined;
}

/** @returns the files that could not be restored */
async function putBack(placed: readonly Prepared[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { change, path, mode, beside } of placed) {
    try {
      await writeNew(beside, change.from, mode & 0o777);
      await rename(beside, path);
    } catch {
      left.push(change.path);
    }
  }
  return left;
}
