/**
 * The entries of a feed in order: the events that were not swallowed, and between them bookmarks and held frames. A
 * client that holds the state at some resourceVersion lacks exactly the later entries. A reader is a position in the
 * journal; all readers share its bytes. The journal is bounded by bytes and age (I6). A reader whose next entry was
 * dropped is ended (I13).
 */
import { compareDecimals, isNewer } from './decimal.ts';

/**
 * - `event`: an event for every reader.
 * - `bookmark`: a bookmark for readers whose client asked for bookmarks.
 * - `held`: the last swallowed frame, for readers whose client asked for no bookmarks (I4).
 */
export type EntryKind = 'event' | 'bookmark' | 'held';

export interface Entry {
  readonly kind: EntryKind;
  /** The key of the object; empty for a bookmark. */
  readonly key: string;
  readonly resourceVersion: string;
  readonly bytes: Buffer;
  /** When the entry was added (monotonic ms). */
  readonly at: number;
}

export interface JournalLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** The memory of an entry besides its bytes. */
const ENTRY_BYTES = 200;

export class Journal {
  readonly #limits: JournalLimits;
  /** The first `#gone` entries have been dropped and are undefined. */
  readonly #entries: (Entry | undefined)[] = [];
  #gone = 0;
  /** The position of the first element of `#entries`. */
  #base = 0;
  #bytes = 0;
  #floor: string;
  #floorAt: number | undefined;

  /** @param floor the resourceVersion at which the journal begins; decimal */
  constructor(limits: JournalLimits, floor: string) {
    this.#limits = limits;
    this.#floor = floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest resourceVersion after which no entry is missing. */
  get floor(): string {
    return this.#floor;
  }

  /**
   * The time at which the newest of the dropped entries had been added to the journal (monotonic ms); undefined while
   * no entry has been dropped.
   */
  get floorAt(): number | undefined {
    return this.#floorAt;
  }

  /** The first position that is still kept; entries at smaller positions have been dropped. */
  get start(): number {
    return this.#base + this.#gone;
  }

  /** The position of the next entry. */
  get end(): number {
    return this.#base + this.#entries.length;
  }

  /** @param entry not older than any entry before; the journal takes over its bytes */
  append(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes.length + ENTRY_BYTES;
    while (this.#bytes > this.#limits.maxBytes && this.start < this.end) this.#dropFirst();
  }

  /** Drops the entries that are too old. */
  expire(now: number): void {
    for (let first = this.at(this.start); first !== undefined; first = this.at(this.start)) {
      if (now - first.at < this.#limits.maxAgeMs) break;
      this.#dropFirst();
    }
  }

  at(position: number): Entry | undefined {
    return this.#entries[position - this.#base];
  }

  /**
   * The position from which a client that holds the state at this resourceVersion continues.
   *
   * @param resourceVersion decimal, and not newer than the newest event read
   * @returns undefined if an entry after it has been dropped
   */
  positionAfter(resourceVersion: string): number | undefined {
    if (compareDecimals(resourceVersion, this.#floor) < 0) return undefined;
    let low = this.#gone;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && isNewer(entry.resourceVersion, resourceVersion)) high = middle;
      else low = middle + 1;
    }
    return this.#base + low;
  }

  #dropFirst(): void {
    const first = this.#entries[this.#gone];
    if (first === undefined) return;
    this.#floor = first.resourceVersion;
    this.#floorAt = first.at;
    this.#bytes -= first.bytes.length + ENTRY_BYTES;
    this.#entries[this.#gone++] = undefined;
    // Dropped entries are removed from the array only when they are more than half of it. A removal then shifts fewer
    // entries than it removes, so there are fewer shifts in all than entries.
    if (this.#gone * 2 <= this.#entries.length) return;
    this.#entries.splice(0, this.#gone);
    this.#base += this.#gone;
    this.#gone = 0;
  }
}
