/**
 * Reads a LIST response while it passes, object by object: no second copy of the body beyond one object. Anything
 * that is not as expected ends the reading, not the passing: a LIST that was not understood is no snapshot.
 */

import { PendingBytes } from './frame-splitter.ts';

/** What a list, or one page of it, says of itself. */
export interface ListMeta {
  readonly resourceVersion: string;
  /** The `continue` token of the next page; empty where nothing follows. */
  readonly next: string;
}

export type ListItem = (bytes: Buffer, start: number, end: number) => void;

export interface ListReader {
  /** Borrowed until it returns. */
  push(chunk: Buffer): void;
  /** @returns undefined where the body was not a complete list of the expected kind */
  finish(): ListMeta | undefined;
}

/** More than this of one object, or of what stands before the first one, is not waited for. */
export const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/**
 * Puts the chunks of a body together as far as needed: most of each chunk is read where it lies, and what has to wait
 * for more is kept in memory that is used again.
 */
export class ListBytes {
  readonly #pending = new PendingBytes();

  /** What waits; borrowed. */
  get rest(): Buffer {
    return this.#pending.view();
  }

  /** @param read says how many of the bytes, those that wait and the chunk, it is done with; they are borrowed */
  push(chunk: Buffer, read: (bytes: Buffer) => number): void {
    const pending = this.#pending;
    if (pending.length === 0) {
      pending.append(chunk, read(chunk), chunk.length);
      return;
    }
    pending.append(chunk, 0, chunk.length);
    pending.drop(read(pending.view()));
  }

  clear(): void {
    this.#pending.clear();
  }
}
