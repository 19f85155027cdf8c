/**
 * Marks tell clients the newest resourceVersion after events were swallowed (I4). A mark is a bookmark for a client
 * that asked for bookmarks, and the held frame for any other client. Each mark is built once for all readers.
 */
import { isNewer } from './decimal.ts';
import type { Journal } from './journal.ts';

export interface MarksOptions {
  readonly journal: Journal;
  readonly bookmark: (resourceVersion: string, endsInitialEvents: boolean) => Buffer;
  /** The newest state of this object as a MODIFIED event. */
  readonly modified: (key: string) => Buffer | undefined;
}

interface Mark {
  readonly resourceVersion: string;
  readonly bytes: Buffer;
}

export class Marks {
  readonly #options: MarksOptions;
  /** The resourceVersion of the newest event read; set by the epoch. */
  readAt: string;
  #markedAt: string;
  /** The last swallowed event; undefined if a later event was not swallowed or marks were appended since. */
  #swallowed: { readonly key: string; readonly resourceVersion: string } | undefined;
  #bookmark: Mark | undefined;
  #end: Mark | undefined;
  #held: (Mark & { readonly key: string }) | undefined;

  constructor(options: MarksOptions) {
    this.#options = options;
    this.readAt = this.#markedAt = options.journal.floor;
  }

  swallowed(key: string, resourceVersion: string): void {
    this.#swallowed = { key, resourceVersion };
  }

  survived(): void {
    this.#swallowed = undefined;
  }

  /** True if nothing newer was read since the last marks were appended. */
  get isMarked(): boolean {
    return !isNewer(this.readAt, this.#markedAt);
  }

  /** Appends marks to the journal if events were read since the last marks. To be called at intervals. */
  mark(now: number): void {
    if (this.isMarked) return;
    const { journal } = this.#options;
    const { held } = this;
    if (held !== undefined) journal.append({ kind: 'held', ...held, at: now });
    this.#swallowed = undefined;
    journal.append({ kind: 'bookmark', key: '', ...this.bookmark(), at: now });
    this.#markedAt = this.readAt;
  }

  /** A bookmark for a reader that has read the whole journal. */
  bookmark(): Mark {
    return (this.#bookmark = this.#at(this.#bookmark, this.readAt, false));
  }

  /**
   * The bookmark after the initial events, at their resourceVersion.
   * @param isMarked true if the bookmark has the initial-events-end annotation; unrelated to the getter of this name
   */
  endOfInitialEvents(resourceVersion: string, isMarked: boolean): Buffer {
    if (!isMarked) return (this.#bookmark = this.#at(this.#bookmark, resourceVersion, false)).bytes;
    return (this.#end = this.#at(this.#end, resourceVersion, true)).bytes;
  }

  /** The held frame, for a reader without bookmarks that has read the whole journal. */
  get held(): (Mark & { readonly key: string }) | undefined {
    const swallowed = this.#swallowed;
    if (swallowed === undefined) return undefined;
    if (this.#held?.resourceVersion === swallowed.resourceVersion) return this.#held;
    const bytes = this.#options.modified(swallowed.key);
    return (this.#held = bytes && { ...swallowed, bytes });
  }

  #at(known: Mark | undefined, resourceVersion: string, endsInitialEvents: boolean): Mark {
    if (known?.resourceVersion === resourceVersion) return known;
    return { resourceVersion, bytes: this.#options.bookmark(resourceVersion, endsInitialEvents) };
  }
}
