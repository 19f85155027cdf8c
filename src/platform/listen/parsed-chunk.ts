/**
 * Makes the parser of Node.js stop within a chunk. By itself it goes on to the end of the chunk, even if the
 * connection was ended, and one chunk can hold thousands of requests, each of which costs memory and time (R27). No
 * call of the parser stops it, but bytes that are invalid in a request do.
 */
export class ParsedChunk<C> {
  #of: C | undefined;
  #bytes: Buffer | undefined;

  /** Must be called before the parser sees the chunk; its requests are reported before the next call. */
  begin(connection: C, bytes: Buffer): void {
    this.#of = connection;
    this.#bytes = bytes;
  }

  /** Makes the parser stop with an error at the next byte that is not part of a body. */
  spoil(connection: C): void {
    if (this.#of === connection) this.#bytes?.fill(0);
    this.#bytes = undefined;
  }
}
