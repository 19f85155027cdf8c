/**
 * Reads a LIST response while it passes, object by object: no second copy of the body beyond one object. Anything
 * that is not as expected ends the reading, not the passing: a LIST that was not understood is no snapshot.
 */

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
