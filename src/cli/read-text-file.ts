/** Files of settings, as the settings' parser asks for them. */
import { readFileSync } from 'node:fs';

/** The text of a file; undefined where there is none. @throws Error where there is one that cannot be read */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ENOTDIR: something in front of it is no folder, so the file is not there either.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
