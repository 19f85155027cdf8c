/**
 * One client's watch: a position in the journal, possibly after initial events. A reader has no queue; the bytes that
 * it has not taken yet are in memory shared by all readers. A reader that is too slow is ended, and no other reader
 * waits for it (I13).
 */
import { isNewer } from './decimal.ts';
import type { Epoch } from './epoch.ts';
import type { Entry } from './journal.ts';
import type { Stored } from './store.ts';

export interface Interest {
  /** True if the client asked for bookmarks. */
  readonly bookmarks: boolean;
  /** The key of the only object that the client watches; undefined if it watches all. */
  readonly key: string | undefined;
}

/** The state with which a watch begins. */
export interface Initial {
  readonly objects: readonly Stored[];
  /** The bookmark after this state; undefined if the client asked for no bookmarks. */
  readonly end: Buffer | undefined;
  readonly resourceVersion: string;
}

/**
 * - `idle`: the reader has taken everything.
 * - `more`: more bytes remain.
 * - `fallen`: the bytes that the reader needs next have been dropped.
 * - `over`: the epoch has ended.
 */
export type Taken = 'idle' | 'more' | 'fallen' | 'over';

/** The most bytes of replaced objects that are kept alive for readers that still receive their initial events. */
export const MAX_REPLACED_BYTES = 64 * 1024 * 1024;

export class Reader {
  readonly epoch: Epoch;
  readonly interest: Interest;
  #position: number;
  /**
   * Entries up to this resourceVersion are skipped, because the client already has them. The field is set to undefined
   * when the first newer entry is read. Even an entry that is appended after this reader began may have to be skipped:
   * a held frame repeats an event that was swallowed earlier, so its resourceVersion may be equal to the client's or
   * older.
   */
  #after: string | undefined;
  #initial: Initial | undefined;
  #sent = 0;
  readonly #replacedAt: number;
  #sentAt: string;

  /** A reader whose client already holds the state before this position. */
  static from(epoch: Epoch, interest: Interest, position: number, resourceVersion: string): Reader {
    return new Reader(epoch, interest, position, resourceVersion, undefined);
  }

  /** A reader whose client holds nothing yet. */
  static withInitial(epoch: Epoch, interest: Interest, initial: Initial): Reader {
    return new Reader(epoch, interest, epoch.journal.end, initial.resourceVersion, initial);
  }

  private constructor(
    epoch: Epoch,
    interest: Interest,
    position: number,
    at: string,
    initial: Initial | undefined,
  ) {
    this.epoch = epoch;
    this.interest = interest;
    this.#position = position;
    this.#sentAt = at;
    this.#initial = initial;
    this.#after = at;
    this.#replacedAt = epoch.store.replaced;
  }

  /** The resourceVersion that the client knows once it has received all taken bytes. */
  get sentAt(): string {
    return this.#sentAt;
  }

  /** True until all initial events have been taken. */
  get isInitial(): boolean {
    return this.#initial !== undefined;
  }

  /** The number of journal entries that this reader has not read yet. */
  get behind(): number {
    return this.epoch.journal.end - this.#position;
  }

  /**
   * Appends frames to `out` until `maxBytes` is reached; the last frame may exceed it. Other readers share the bytes.
   */
  take(out: Buffer[], maxBytes: number): Taken {
    const { epoch } = this;
    if (epoch.over !== undefined) return 'over';
    if (this.#hasFallen()) return 'fallen';
    const { journal } = epoch;
    let bytes = this.#takeInitial(out, maxBytes);
    while (bytes < maxBytes && this.#initial === undefined) {
      const entry = journal.at(this.#position);
      if (entry === undefined) return 'idle';
      this.#position++;
      if (!this.#wants(entry)) continue;
      this.#sentAt = entry.resourceVersion;
      out.push(entry.bytes);
      bytes += entry.bytes.length;
    }
    return this.#initial === undefined && this.behind === 0 ? 'idle' : 'more';
  }

  /** Appends a last bookmark or the held frame, unless the client knows the newest resourceVersion (I4). */
  finish(out: Buffer[]): void {
    const { epoch, interest } = this;
    if (epoch.over !== undefined || this.isInitial || this.behind !== 0) return;
    const last = interest.bookmarks ? epoch.marks.bookmark() : epoch.marks.held;
    if (last === undefined || !isNewer(last.resourceVersion, this.#sentAt)) return;
    this.#sentAt = last.resourceVersion;
    out.push(last.bytes);
  }

  #hasFallen(): boolean {
    const { journal, store } = this.epoch;
    return (
      this.#position < journal.start ||
      (this.#initial !== undefined && store.replaced - this.#replacedAt > MAX_REPLACED_BYTES)
    );
  }

  #takeInitial(out: Buffer[], maxBytes: number): number {
    const initial = this.#initial;
    if (initial === undefined) return 0;
    let bytes = 0;
    for (; bytes < maxBytes; this.#sent++) {
      const object = initial.objects[this.#sent];
      if (object === undefined) {
        if (initial.end !== undefined) out.push(initial.end);
        this.#initial = undefined;
        return bytes + (initial.end?.length ?? 0);
      }
      out.push(object.added);
      bytes += object.added.length;
    }
    return bytes;
  }

  #wants({ kind, key, resourceVersion }: Entry): boolean {
    if (this.#after !== undefined) {
      if (!isNewer(resourceVersion, this.#after)) return false;
      this.#after = undefined;
    }
    const { bookmarks, key: only } = this.interest;
    if (kind === 'bookmark') return bookmarks;
    return (kind === 'event' || !bookmarks) && (only === undefined || only === key);
  }
}
