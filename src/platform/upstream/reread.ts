/**
 * A value made from kubeconfig files, made again when they have changed. No event reports a change, so they are checked
 * at each use.
 */
import { stat } from 'node:fs/promises';
import type { KubeconfigFiles } from './kubeconfig-files.ts';

export class Reread<T> {
  readonly #files: readonly string[];
  readonly #make: () => Promise<T>;
  #current: T;
  #version: string | undefined;

  /** @param current - the first value @param make - makes a new value; rejects if the files cannot be read or used */
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

  /**
   * A file that cannot be read, perhaps because it is half written, changes nothing. It is read again after its next
   * change.
   */
  async #renew(version: string): Promise<void> {
    this.#version = version;
    try {
      this.#current = await this.#make();
    } catch {
      // The previous value stays valid.
    }
  }
}

/** A text that differs after each write. */
async function versionOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return '';
  }
}
