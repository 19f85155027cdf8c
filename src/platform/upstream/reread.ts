/** What was made of kubeconfig files, as they are now: whoever writes them anew tells nobody. */
import { stat } from 'node:fs/promises';
import type { KubeconfigFiles } from './kubeconfig-files.ts';

export class Reread<T> {
  readonly #files: readonly string[];
  readonly #make: () => Promise<T>;
  #current: T;
  #version: string | undefined;

  /**
   * @param current - what was made of them at first
   * @param make - makes it anew; rejects where they cannot be read, or say what cannot be used
   */
  constructor(files: KubeconfigFiles, current: T, make: () => Promise<T>) {
    this.#files = typeof files === 'string' ? [files] : files;
    this.#current = current;
    this.#make = make;
  }

  async read(): Promise<T> {
    const version = (await Promise.all(this.#files.map(versionOf))).join();
    if (version !== this.#version) await this.#renew(version);
    return this.#current;
  }

  /** What cannot be read, half written as it may be, changes nothing; it is looked at again once it has changed again. */
  async #renew(version: string): Promise<void> {
    this.#version = version;
    try {
      this.#current = await this.#make();
    } catch {
      // What was valid until now is as good as before.
    }
  }
}

/** Another text after each write. */
async function versionOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return '';
  }
}
