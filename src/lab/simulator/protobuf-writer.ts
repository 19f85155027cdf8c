/**
 * Writes protobuf fields into one growing buffer, in the order of the calls. Knows wire types only;
 * what a field means is the business of the encoders. Part of the simulator on purpose: the proxy
 * itself never encodes objects.
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Collects one message; nested messages are written by the callback of {@link ProtobufWriter.message}. */
export class ProtobufWriter {
  #buffer: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(initialBytes = 1024) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  /** Writes a string field, also when empty: Go writes all but pointers, maps and lists. */
  string(field: number, value: string): void {
    const bytes = Buffer.byteLength(value);
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(bytes);
    this.#reserve(bytes);
    this.#buffer.write(value, this.#length);
    this.#length += bytes;
  }

  /** Writes a bytes field. */
  bytes(field: number, value: Buffer): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.length);
    this.raw(value);
  }

  /**
   * Writes an int32 or int64 field.
   *
   * @param value - a whole number from 0 to 2^53 - 1; the simulator has no negative ones.
   */
  integer(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** Writes a bool field. */
  boolean(field: number, value: boolean): void {
    this.integer(field, value ? 1 : 0);
  }

  /** Writes a nested message whose fields `writeFields` adds to this same writer. */
  message(field: number, writeFields: () => void): void {
    this.#tag(field, LENGTH_DELIMITED);
    const start = this.#length;
    writeFields();
    // The length stands before the fields and is known after them, so they move up to make room.
    const bodyBytes = this.#length - start;
    const prefixBytes = varintBytes(bodyBytes);
    this.#reserve(prefixBytes);
    this.#buffer.copyWithin(start + prefixBytes, start, this.#length);
    this.#length = start;
    this.#varint(bodyBytes);
    this.#length += bodyBytes;
  }

  /** Appends bytes that belong to no field, such as a magic prefix. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was written. The buffer is handed over: use the writer no more. */
  finish(): Buffer<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    // Division instead of shifts: JavaScript shifts cut to 32 bits.
    while (rest > 127) {
      this.#buffer[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
