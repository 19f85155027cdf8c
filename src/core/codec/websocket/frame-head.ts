/**
 * Reads the heads of WebSocket frames from a server (RFC 6455, 5.2), with the opcode and the length of the payload. The
 * caller decides how to treat a head that no server may send.
 */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Lengths of the head: `short` for a payload below 126 bytes, `medium` below 64 KiB, `long` for any other. */
const HEAD_BYTES = { short: 2, medium: 4, long: 10 } as const;
const MEDIUM = 126;
const LONG = 127;
const MAX_MEDIUM = 0xffff;
/** The longest payload of a control frame (5.5). */
const MAX_CONTROL = 125;

const FIN = 0x80;
const RESERVED = 0x70;
const OPCODE_BITS = 0x0f;
const CONTROL_BIT = 0x08;
/** Clients mask their payloads, servers do not (5.1). */
const MASKED = 0x80;
const LENGTH_BITS = 0x7f;

/** The head that was read last. One record is reused for all heads. */
export class FrameHead {
  isLast = false;
  opcode = 0;
  /** True for a control frame, which may come between the frames of a message. */
  isControl = false;
  headBytes = 0;
  payloadBytes = 0;

  /**
   * Reads the head at `start`.
   * @returns 0 if the head was read; -1 if no server may send it; otherwise the number of bytes from `start` that are
   *   needed to continue
   */
  read(bytes: Buffer, start: number, end: number): number {
    if (end - start < HEAD_BYTES.short) return HEAD_BYTES.short;
    const first = bytes[start]!;
    const second = bytes[start + 1]!;
    this.opcode = first & OPCODE_BITS;
    this.isLast = (first & FIN) !== 0;
    this.isControl = (this.opcode & CONTROL_BIT) !== 0;
    if ((first & RESERVED) !== 0 || (second & MASKED) !== 0) return -1;
    if (this.opcode > (this.isControl ? OPCODE.pong : OPCODE.binary)) return -1;
    const length = second & LENGTH_BITS;
    if (this.isControl && (!this.isLast || length > MAX_CONTROL)) return -1;
    this.headBytes =
      length === LONG ? HEAD_BYTES.long : length === MEDIUM ? HEAD_BYTES.medium : HEAD_BYTES.short;
    if (end - start < this.headBytes) return this.headBytes;
    this.payloadBytes = length;
    if (length === MEDIUM) {
      this.payloadBytes = bytes.readUInt16BE(start + 2);
      if (this.payloadBytes < MEDIUM) return -1;
    } else if (length === LONG) {
      // A JavaScript number cannot hold every 64-bit length exactly, but all inexact lengths are far beyond any limit.
      const high = bytes.readUInt32BE(start + 2);
      this.payloadBytes = high * 2 ** 32 + bytes.readUInt32BE(start + 6);
      // The highest bit of a length must be zero.
      if (high > 0x7fff_ffff || this.payloadBytes <= MAX_MEDIUM) return -1;
    }
    return 0;
  }
}
