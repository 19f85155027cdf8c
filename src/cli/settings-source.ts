/**
 * The settings of a command from flags, environment and file. While the command runs, the file can be read again. This
 * class remembers its last content.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gatherSettings, namedResources } from '../config/gather.ts';
import { type ParsedSettings, settle } from '../config/parse-settings.ts';
import type { Env } from '../config/read-env.ts';
import { builtInsFor } from '../core/resource/built-in.ts';
import { codeOf } from '../platform/text/failure.ts';

/** The content of the path: a text, nothing, or an error. */
type Found = { readonly text: string | undefined } | { readonly error: unknown };

export class SettingsSource {
  readonly #argv: readonly string[];
  readonly #env: Env;
  #path: string | undefined;
  #found: Found = { text: undefined };

  constructor(argv: readonly string[], env: Env) {
    this.#argv = argv;
    this.#env = env;
  }

  read(): Promise<ParsedSettings> {
    return this.#parse(false, (path) => {
      this.#path = path;
      try {
        this.#found = { text: readFileSync(path, 'utf8') };
      } catch (error) {
        this.#found = notFound(error);
      }
    });
  }

  /**
   * Reads the file again; undefined if it is unchanged. A missing file is no problem at this point, because a ConfigMap
   * may be deleted. The file is read whole instead of being watched, because the kubelet replaces a link two
   * directories above it, which some file systems do not report.
   */
  async reread(): Promise<ParsedSettings | undefined> {
    if (this.#path === undefined) return undefined;
    const found: Found = await readFile(this.#path, 'utf8').then((text) => ({ text }), notFound);
    if (isSame(found, this.#found)) return undefined;
    this.#found = found;
    return this.#parse(true, () => undefined);
  }

  /** Loads only the tables of those Kubernetes resources that the settings name. */
  async #parse(mayBeMissing: boolean, look: (path: string) => void): Promise<ParsedSettings> {
    const gathered = gatherSettings({
      argv: this.#argv,
      env: this.#env,
      mayBeMissing,
      // Such a file was read at the start and may be gone by now.
      exists: mayBeMissing ? () => true : existsSync,
      readFile: (path) => {
        look(path);
        if ('error' in this.#found) throw this.#found.error;
        return this.#found.text;
      },
    });
    return settle(gathered, await builtInsFor(namedResources(gathered)));
  }
}

function notFound(error: unknown): Found {
  // ENOTDIR: a parent is not a directory, so the file does not exist either.
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { text: undefined } : { error };
}

function isSame(a: Found, b: Found): boolean {
  if ('error' in a || 'error' in b)
    return 'error' in a && 'error' in b && String(a.error) === String(b.error);
  return a.text === b.text;
}
