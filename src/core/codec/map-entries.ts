/**
 * The entries of one map, collected as offsets and written in key order, because their order on the wire carries no
 * meaning (R15). Keys and values are ranges of the frame, or new buffers if JSON escapes had to be decoded.
 */
import type { Canonical } from './canonical.ts';

/** Ids of the parts inside the record of a map. */
const KEY = 1;
const VALUE = 2;

interface Entry {
  key: Uint8Array;
  keyStart: number;
  keyEnd: number;
  value: Uint8Array;
  valueStart: number;
  valueEnd: number;
}

export class MapEntries {
  readonly #entries: Entry[] = [];
  #count = 0;
  #sorted = true;

  clear(): void {
    this.#count = 0;
    this.#sorted = true;
  }

  add(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const entry = (this.#entries[this.#count] ??= {
      key,
      keyStart,
      keyEnd,
      value,
      valueStart,
      valueEnd,
    });
    entry.key = key;
    entry.keyStart = keyStart;
    entry.keyEnd = keyEnd;
    entry.value = value;
    entry.valueStart = valueStart;
    entry.valueEnd = valueEnd;
    const previous = this.#entries[this.#count - 1];
    if (previous !== undefined && compareKeys(previous, entry) > 0) this.#sorted = false;
    this.#count++;
  }

  /**
   * Writes the entries as one record. An empty map makes no record, so that an absent map, null and {} are equal (R15).
   */
  writeTo(canonical: Canonical, id: number): void {
    if (this.#count === 0) return;
    canonical.open(id);
    if (this.#sorted) for (let i = 0; i < this.#count; i++) write(canonical, this.#entries[i]);
    // Equal keys must keep their order, because a decoder that accepts them takes the last. The sort is stable.
    else for (const entry of this.#entries.slice(0, this.#count).sort(compareKeys)) write(canonical, entry);
    canonical.close();
  }
}

function write(canonical: Canonical, entry: Entry | undefined): void {
  if (entry === undefined) return;
  canonical.value(KEY, entry.key, entry.keyStart, entry.keyEnd);
  canonical.value(VALUE, entry.value, entry.valueStart, entry.valueEnd);
}

function compareKeys(a: Entry, b: Entry): number {
  const aLength = a.keyEnd - a.keyStart;
  const bLength = b.keyEnd - b.keyStart;
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i++) {
    const difference = a.key[a.keyStart + i]! - b.key[b.keyStart + i]!;
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}
