/** Reads the manifests that a command line names. The text that is read is exactly the text that would be written. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, unreadable } from '../platform/text/failure.ts';

export interface ManifestFile {
  /** Undefined for standard input. */
  readonly path: string | undefined;
  readonly text: string;
}

const EXTENSION = /\.(?:ya?ml|json)$/i;

/**
 * All inputs in their order; the files of a directory are sorted by name.
 * @returns also a problem for each input that cannot be read
 */
export async function readManifests(
  inputs: readonly string[],
  readStdin: () => Promise<Uint8Array>,
): Promise<{ readonly files: readonly ManifestFile[]; readonly problems: readonly string[] }> {
  const files: ManifestFile[] = [];
  const problems: string[] = [];
  const attempt = async (name: string, act: () => Promise<unknown>) => {
    try {
      await act();
    } catch (error) {
      problems.push(`${name}: ${reasonOf(error)}`);
    }
  };
  const take = async (path: string | undefined, bytes: Promise<Uint8Array>) =>
    files.push({ path, text: decode(await bytes) });
  for (const input of inputs) {
    if (input === '-') await attempt('standard input', () => take(undefined, readStdin()));
    else
      await attempt(input, async () => {
        for (const path of await pathsOf(input)) await attempt(path, () => take(path, readFile(path)));
      });
  }
  return { files, problems };
}

async function pathsOf(input: string): Promise<readonly string[]> {
  if (!(await stat(input)).isDirectory()) return [input];
  const entries = await readdir(input, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && EXTENSION.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'is not UTF-8';
  return unreadable(error) ?? `cannot be read (${codeOf(error) ?? String(error)})`;
}

/**
 * A byte order mark is kept. Other bytes that are not UTF-8 could not be written back unchanged, so they are refused.
 */
function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
