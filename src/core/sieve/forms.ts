/**
 * Canonical forms by fingerprint. They answer one question: in which parts does a changed object differ from its last
 * delivered state? The program has one such cache, bounded by bytes (I6). A fingerprint belongs to exactly one form, so
 * streams, lists and snapshots share the cache. After an eviction the question has no answer; no verdict depends on the
 * answer. Forms contain label values, so they are never shown (R26).
 */
import { LRUCache } from 'lru-cache';
import type { Fingerprint } from './fingerprint.ts';

/** Memory of an entry besides its bytes: two string headers, the key, and its places in the cache's arrays and map. */
const ENTRY_BYTES = 192;

export class Forms {
  readonly maxBytes: number;
  readonly #cache: LRUCache<Fingerprint, string>;

  /** @param maxBytes limit for all forms together; a single larger form is not kept */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.#cache = new LRUCache<Fingerprint, string>({
      maxSize: maxBytes,
      sizeCalculation: bytesOf,
    });
  }

  /** Bytes in use, at most `maxBytes`. */
  get bytes(): number {
    return this.#cache.calculatedSize;
  }

  /**
   * @param source lends the form; asked only if the form is not in the cache yet
   * @returns the bytes that the form takes
   */
  keep(fingerprint: Fingerprint, source: { form(): Buffer | undefined }): number {
    let form = this.#cache.get(fingerprint);
    if (form === undefined) {
      // A latin1 string takes one byte per character, less than any other way to keep bytes.
      form = source.form()?.toString('latin1');
      if (form === undefined) return 0;
      this.#cache.set(fingerprint, form);
    }
    return bytesOf(form);
  }

  of(fingerprint: Fingerprint): Buffer | undefined {
    const form = this.#cache.get(fingerprint);
    return form === undefined ? undefined : Buffer.from(form, 'latin1');
  }
}

function bytesOf(form: string): number {
  return form.length + ENTRY_BYTES;
}
