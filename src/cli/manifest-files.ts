/** Reads the manifests that a command line names. What is read as text is exactly what would be written again. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One input as text. */
export interface ManifestFile {
  /** Undefined for standard input. */
  readonly path: string | undefined;
  readonly text: string;
}

/** What could not be read, in words for whoever named it. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
}

const EXTENSION = /\.(?:ya?ml|json)$/i;

/** All inputs in their order, directories by the names in them. @throws UnreadableInput */
export async function readManifests(
  inputs: readonly string[],
  readStdin: () => Promise<Uint8Array>,
): Promise<readonly ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const input of inputs) {
    if (input === '-') files.push({ path: undefined, text: decode('standard input', await readStdin()) });
    else for (const path of await pathsOf(input)) files.push({ path, text: decode(path, await read(path)) });
  }
  return files;
}

async function pathsOf(input: string): Promise<readonly string[]> {
  try {
    if (!(await stat(input)).isDirectory()) return [input];
    const entries = await readdir(input, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && EXTENSION.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw unreadable(input, error);
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): UnreadableInput {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new UnreadableInput(`${path}: cannot be read (${code})`, { cause: error });
}

/** A byte order mark stays; bytes that are no UTF-8 would not come out as they went in. */
function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnreadableInput(`${name}: is not UTF-8`);
  }
}
