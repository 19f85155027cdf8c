/**
 * Reads the protobuf wire format in place: tags, lengths, bounds. Positions instead of objects: nothing is copied,
 * nothing allocated. Source: protobuf.dev/programming-guides/encoding.
 */

/** Thrown for bytes that are not well-formed protobuf, or not of the expected shape. Caught by the scanner. */
export const UNDECODABLE = new Error('not the expected protobuf');

export const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const MAX_VARINT_BYTES = 10;

export class ProtobufReader {
  #bytes: Uint8Array = new Uint8Array(0);
  /** Position of the tag of the field last read. */
  tagStart = 0;
  /** Number of the field last read. */
  field = 0;
  /** Wire type of the field last read. */
  wireType = 0;
  /** Payload of the field last read: `[start, end)`, of a varint its bytes. `end` is also where the next field begins. */
  start = 0;
  end = 0;

  reset(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  /**
   * Reads the field at `at` of a message that ends at `limit`.
   * @returns where the next field begins
   * @throws UNDECODABLE where a tag, a length or a payload leaves the message, and on groups
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
    // Also where the tag or the length itself has left the message: each part begins behind the one before.
    if (end > limit) throw UNDECODABLE;
    this.start = start;
    this.end = end;
    return end;
  }

  #after = 0;

  /** An unsigned value below 2^32; sets #after. Longer encodings and larger values are refused, not truncated. */
  #varint32(at: number): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = bytes[at + i]!;
      if (i < 4) value |= (byte & 0x7f) << (7 * i);
      else if (byte > 0x0f) throw UNDECODABLE;
      // Not a shift: bits above 31 would make the value negative.
      else value += byte * 2 ** 28;
      if (byte < 0x80) {
        this.#after = at + i + 1;
        return value;
      }
    }
    throw UNDECODABLE;
  }

  /** Skips a varint by its continuation bits: a negative int32 or int64 has ten bytes. */
  #afterVarint(at: number): number {
    const bytes = this.#bytes;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (bytes[at + i]! < 0x80) return at + i + 1;
    }
    throw UNDECODABLE;
  }
}
