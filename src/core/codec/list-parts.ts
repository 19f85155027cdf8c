/**
 * Gives the bytes of a list to its reader, part by part. A part is an item, for example. Nearly all bytes are read in
 * the chunk in which they arrive. Only a part that continues in the next chunk is copied, because the reader needs it
 * in one piece.
 */
import { PendingBytes } from './frame-splitter.ts';

/** A list is given up if one of its parts has more bytes than this. */
export const MAX_PART_BYTES = 4 * 1024 * 1024;

/**
 * Reads the parts from `at` on. @returns start offset of the part that needs more bytes; the end of the bytes if there
 * is none, or if the reader has failed
 */
export type ReadParts = (bytes: Buffer, at: number) => number;

export class ListParts {
  readonly #read: ReadParts;
  /** The bytes of the incomplete part. */
  readonly #pending = new PendingBytes();
  /**
   * How many bytes the incomplete part needs before it is read again. Set by the reader. 0 means that it is read again
   * as soon as the next chunk arrives, whatever its length.
   */
  wanted = 0;

  constructor(read: ReadParts) {
    this.#read = read;
  }

  /** The incomplete part; borrowed until the next call. */
  view(): Buffer {
    return this.#pending.view();
  }

  /** @returns false if a part is too long; nothing may be pushed then */
  push(chunk: Buffer): boolean {
    const pending = this.#pending;
    for (let at = 0; at < chunk.length;) {
      const before = pending.length;
      if (before === 0) {
        pending.append(chunk, this.#read(chunk, at), chunk.length);
        at = chunk.length;
      } else {
        const end = this.wanted > before ? Math.min(chunk.length, at + this.wanted - before) : chunk.length;
        pending.append(chunk, at, end);
        const read = pending.length < this.wanted ? 0 : this.#read(pending.view(), 0);
        if (read > before) {
          // The bytes after the part are read directly in the chunk, not in the copy.
          pending.clear();
          at += read - before;
        } else {
          pending.drop(read);
          at = end;
        }
      }
      // `wanted` may be no more than a claim of the peer, so it is checked before more is buffered.
      if (pending.length > 0 && Math.max(pending.length, this.wanted) > MAX_PART_BYTES) {
        pending.clear();
        return false;
      }
    }
    return true;
  }

  /** To be called at the end of the list: reads the pending bytes as they are. */
  finish(): void {
    this.#pending.drop(this.#read(this.#pending.view(), 0));
  }
}
