/**
 * The canonical form of a projection: a flat, self-delimiting record of the parts that a plan takes. The encoding is
 * injective, because each value carries its length and each object is closed. Therefore two equal forms mean equal
 * parts, and a client decodes equal parts into equal values. The buffer is reused: read it before the next scan.
 */

const VALUE = 1;
const OPEN = 2;
const CLOSE = 3;
const HEADER_BYTES = 9;
const OPEN_BYTES = 5;
/** Number of bytes below which a plain loop is faster than a call of the native copy. */
const SMALL_COPY = 24;

export class Canonical {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The form as written so far. Borrowed: valid until the next write or reset. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }

  /** Writes one value: the id of its part, its length and its bytes. */
  value(id: number, source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.#reserve(HEADER_BYTES + size);
    const to = this.#header(VALUE, id);
    const bytes = this.#bytes;
    bytes[to] = size;
    bytes[to + 1] = size >>> 8;
    bytes[to + 2] = size >>> 16;
    bytes[to + 3] = size >>> 24;
    const at = to + 4;
    // Stryker disable next-line ConditionalExpression,EqualityOperator: both ways copy the same bytes
    if (size < SMALL_COPY) for (let i = 0; i < size; i++) bytes[at + i] = source[start + i]!;
    else bytes.set(source.subarray(start, end), at);
    this.#length = at + size;
  }

  /** Begins a nested object: all records up to its end belong to it. @returns the mark for {@link closeUnlessEmpty} */
  open(id: number): number {
    this.#reserve(HEADER_BYTES);
    const mark = this.#length;
    this.#length = this.#header(OPEN, id);
    return mark;
  }

  close(): void {
    this.#reserve(HEADER_BYTES);
    this.#bytes[this.#length++] = CLOSE;
  }

  /** Ends the object that began at `mark`. An object without any record is removed, so that it equals an absent one. */
  closeUnlessEmpty(mark: number): void {
    if (this.#length === mark + OPEN_BYTES) this.#length = mark;
    else this.close();
  }

  #header(marker: number, id: number): number {
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = marker;
    bytes[at + 1] = id;
    bytes[at + 2] = id >>> 8;
    bytes[at + 3] = id >>> 16;
    bytes[at + 4] = id >>> 24;
    return at + 5;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
