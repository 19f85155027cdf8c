/**
 * The bytes that the parser of Node.js is at. It goes on to the end of what it was given, whatever has become of the
 * connection, and one chunk holds thousands of requests: objects for each, and the time of everybody (R27). No call of
 * it stops there, but bytes that no request has do.
 */
export class ParsedChunk<C> {
  #of: C | undefined;
  #bytes: Buffer | undefined;

  /** To be called before the parser sees them; requests in them are told before the next call. */
  begin(connection: C, bytes: Buffer): void {
    this.#of = connection;
    this.#bytes = bytes;
  }

  /** The parser stops where it is, with an error, at the next byte that is not of a body. */
  spoil(connection: C): void {
    if (this.#of === connection) this.#bytes?.fill(0);
    this.#bytes = undefined;
  }
}
