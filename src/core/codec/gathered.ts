/** Pieces of frames, put one behind the other in memory that is used again and again. */

/** More than this is not gathered: a Node with some hundred labels stays below it (bytes). */
const CAPACITY = 8192;

export class Gathered {
  readonly bytes = Buffer.allocUnsafeSlow(CAPACITY);
  length = 0;

  /** @returns whether there was room for `source[start, end)` */
  add(source: Buffer, start: number, end: number): boolean {
    const size = end - start;
    if (size > CAPACITY - this.length) return false;
    source.copy(this.bytes, this.length, start, end);
    this.length += size;
    return true;
  }
}
