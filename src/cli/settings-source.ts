/**
 * The settings of a command from flags, environment and file, and the file once more while it runs. Owns what the file
 * was when it was last looked at.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gatherSettings, namedResources } from '../config/gather.ts';
import { type ParsedSettings, settle } from '../config/parse-settings.ts';
import type { Env } from '../config/read-env.ts';
import { builtInsFor } from '../core/resource/built-in.ts';
import { codeOf } from '../platform/text/failure.ts';

/** What lay at the path: a text, nothing, or something that cannot be read. */
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
   * Looks at the file again; undefined where it is as it was. One that is gone is no problem now: ConfigMaps vanish.
   * Read whole rather than watched: kubelet swaps a link two folders up, which not every file system tells of.
   */
  async reread(): Promise<ParsedSettings | undefined> {
    if (this.#path === undefined) return undefined;
    const found: Found = await readFile(this.#path, 'utf8').then((text) => ({ text }), notFound);
    if (isSame(found, this.#found)) return undefined;
    this.#found = found;
    return this.#parse(true, () => undefined);
  }

  /** Of the resources of Kubernetes only the tables are loaded that the settings name something of. */
  async #parse(mayBeMissing: boolean, look: (path: string) => void): Promise<ParsedSettings> {
    const gathered = gatherSettings({
      argv: this.#argv,
      env: this.#env,
      mayBeMissing,
      // What is gone later was read at the start.
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
  // ENOTDIR: something in front of it is no folder, so the file is not there either.
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { text: undefined } : { error };
}

function isSame(a: Found, b: Found): boolean {
  if ('error' in a || 'error' in b)
    return 'error' in a && 'error' in b && String(a.error) === String(b.error);
  return a.text === b.text;
}
