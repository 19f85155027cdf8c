/** Tells which entries of a map a plan takes, by the bytes of their keys. */
import type { EntriesPlan } from '../projection/plan.ts';

export class EntryFilter {
  readonly #keys: readonly Buffer[];
  readonly #prefixes: readonly Buffer[];
  readonly #isTaken: boolean;

  constructor({ keys, prefixes, are }: EntriesPlan) {
    this.#keys = keys.map((key) => Buffer.from(key));
    this.#prefixes = prefixes.map((prefix) => Buffer.from(prefix));
    this.#isTaken = are === 'taken';
  }

  takes(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#isNamed(bytes, start, end) === this.#isTaken;
  }

  #isNamed(bytes: Uint8Array, start: number, end: number): boolean {
    for (const key of this.#keys)
      if (key.length === end - start && beginsWith(bytes, start, key)) return true;
    for (const prefix of this.#prefixes)
      if (prefix.length <= end - start && beginsWith(bytes, start, prefix)) return true;
    return false;
  }
}

function beginsWith(bytes: Uint8Array, start: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
