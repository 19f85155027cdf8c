/**
 * Collects the bytes of a stream that are passed on, chunk by chunk. Adjacent pieces of a chunk become one view of that
 * chunk. Pieces in other memory are copied (I8).
 */
import type { Piece } from './frame-splitter.ts';

export class PassedBytes {
  #start = 0;
  #end = 0;

  /** Adds a piece. Pieces must be added in the order of the stream. */
  keep({ raw, rawStart, rawEnd }: Piece, chunk: Buffer, out: Buffer[]): void {
    if (raw !== chunk) {
      this.#flush(chunk, out);
      out.push(Buffer.from(raw.subarray(rawStart, rawEnd)));
      return;
    }
    if (rawStart !== this.#end) {
      this.#flush(chunk, out);
      this.#start = rawStart;
    }
    this.#end = rawEnd;
  }

  /** Ends the chunk: appends the last view to `out`. */
  end(chunk: Buffer, out: Buffer[]): void {
    this.#flush(chunk, out);
    this.#start = this.#end = 0;
  }

  #flush(chunk: Buffer, out: Buffer[]): void {
    const start = this.#start;
    const end = this.#end;
    if (end > start) out.push(end - start === chunk.length ? chunk : chunk.subarray(start, end));
    this.#start = end;
  }
}
