/**
 * Canonical forms by their fingerprint, for one question only: in which parts does a changed object differ from what
 * was delivered before? One for the whole program, bounded by bytes (I6). A fingerprint stands for exactly one form, so
 * streams, lists and snapshots share them; where one has been evicted, that question has no answer any more, and no
 * verdict depends on it. Forms hold label values: they are never shown (R26).
 */
import { LRUCache } from 'lru-cache';
import { type Fingerprint } from './fingerprint.ts';

/** What an entry costs besides its bytes: two string headers, the key, the places in the cache's arrays and map. */
const ENTRY_BYTES = 192;

export class Forms {
  readonly maxBytes: number;
  readonly #cache: LRUCache<Fingerprint, string>;

  /** @param maxBytes for everything; a form that is larger alone is not kept */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.#cache = new LRUCache<Fingerprint, string>({
      maxSize: maxBytes,
      sizeCalculation: (form) => form.length + ENTRY_BYTES,
    });
  }

  /** Bytes in use, at most `maxBytes`. */
  get bytes(): number {
    return this.#cache.calculatedSize;
  }

  /** @param source asked for the form where it is not kept yet; what it gives is borrowed */
  keep(fingerprint: Fingerprint, source: { form(): Buffer | undefined }): void {
    if (this.#cache.get(fingerprint) !== undefined) return;
    // One byte per character: the smallest thing to keep bytes in.
    const form = source.form()?.toString('latin1');
    if (form !== undefined) this.#cache.set(fingerprint, form);
  }

  of(fingerprint: Fingerprint): Buffer | undefined {
    const form = this.#cache.get(fingerprint);
    return form === undefined ? undefined : Buffer.from(form, 'latin1');
  }
}
