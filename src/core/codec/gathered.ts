/** Joins pieces of a frame in one buffer, which is used again for each frame. */

/** Bytes that the pieces of one frame may have together. A Node with a hundred labels needs less. */
const CAPACITY = 8192;

export class Gathered {
  readonly bytes = Buffer.allocUnsafeSlow(CAPACITY);
  length = 0;

  /** Appends `source[start, end)`. @returns false if the buffer has no room for it */
  add(source: Buffer, start: number, end: number): boolean {
    const size = end - start;
    if (size > CAPACITY - this.length) return false;
    source.copy(this.bytes, this.length, start, end);
    this.length += size;
    return true;
  }
}
