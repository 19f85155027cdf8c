/**
 * Reads the protobuf wire format in place and checks tags, lengths and bounds. It reports offsets, so it copies and
 * allocates nothing. Source: protobuf.dev/programming-guides/encoding.
 */

/** Thrown for bytes that are not well-formed protobuf or have an unexpected shape. The scanner catches it. */
export const UNDECODABLE = new Error('not the expected protobuf');

export const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const MAX_VARINT_BYTES = 10;

export class ProtobufReader {
  #bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the tag of the field that was read last. */
  tagStart = 0;
  /** Number of the field that was read last. */
  field = 0;
  /** Wire type of the field that was read last. */
  wireType = 0;
  /**
   * `[start, end)` is the payload of the field that was read last, or the bytes of its varint. The next field begins at
   * `end`.
   */
  start = 0;
  end = 0;

  reset(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  /**
   * Reads the field at `at` in a message that ends at `limit`.
   * @returns start offset of the next field
   * @throws UNDECODABLE if a tag, a length or a payload ends after the message, and for groups
   */
  next(at: number, limit: number): number {
    this.tagStart = at;
    const tag = this.#varint32(at);
    this.field = tag >>> 3;
    if (this.field === 0) throw UNDECODABLE;
    this.wireType = tag & 7;
    let start = this.#after;
    let end: number;
    switch (this.wireType) {
      case WIRE_TYPE.bytes: {
        const length = this.#varint32(start);
        start = this.#after;
        end = start + length;
        break;
      }
      case WIRE_TYPE.varint:
        end = this.#afterVarint(start);
        break;
      case WIRE_TYPE.fixed64:
        end = start + 8;
        break;
      case WIRE_TYPE.fixed32:
        end = start + 4;
        break;
      default:
        throw UNDECODABLE;
    }
    // This check covers the tag and the length too, because they end before the payload does.
    if (end > limit) throw UNDECODABLE;
    this.start = start;
    this.end = end;
    return end;
  }

  #after = 0;

  /** Reads an unsigned value below 2^32 and sets `#after`. Longer encodings and larger values are refused, not cut. */
  #varint32(at: number): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = bytes[at + i]!;
      if (i < 4) value |= (byte & 0x7f) << (7 * i);
      else if (byte > 0x0f) throw UNDECODABLE;
      // A shift would set bit 31, which makes the value negative.
      else value += byte * 2 ** 28;
      if (byte < 0x80) {
        this.#after = at + i + 1;
        return value;
      }
    }
    throw UNDECODABLE;
  }

  /** Skips a varint by its continuation bits. The longest ones, negative values of int32 and int64, have ten bytes. */
  #afterVarint(at: number): number {
    const bytes = this.#bytes;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (bytes[at + i]! < 0x80) return at + i + 1;
    }
    throw UNDECODABLE;
  }
}
