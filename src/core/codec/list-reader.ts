/**
 * Reads a LIST response object by object while it is passed on, and copies only what continues in the next chunk.
 * Unexpected content ends only the reading: the LIST is still passed on, but makes no snapshot.
 */

export interface ListMeta {
  readonly resourceVersion: string;
  /** The `continue` token of the next page; empty on the last page. */
  readonly next: string;
}

export type ListItem = (bytes: Buffer, start: number, end: number) => void;
/**
 * Takes the item that begins at `start`. @returns end offset of the item; -1 if the end could not be found before
 * `limit`
 */
export type LeadingItem = (bytes: Buffer, start: number, limit: number) => number;

export interface ListReader {
  /** Reads the next bytes of the body. @param chunk borrowed until the call returns */
  push(chunk: Buffer): void;
  /** Ends the body. @returns undefined if the body was not a complete list of the expected kind */
  finish(): ListMeta | undefined;
}
