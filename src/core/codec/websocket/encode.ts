/** Encodes this program's own WebSocket messages as a server does (RFC 6455, 5.2): unfragmented and not masked. */
import { OPCODE } from './frame-head.ts';
import { type MessageForm, PREFIX_BYTES } from './message-splitter.ts';

const LAST = 0x80;
const MEDIUM = 126;
const LONG = 127;
/** Status code for a server that goes away (RFC 6455, 7.4.1). Clients may connect again. */
const GOING_AWAY = 1001;

/** @param frame the event as a watch in a chunked body would have it */
export function encodeMessage({ opcode, hasLengthPrefix }: MessageForm, frame: Buffer): Buffer {
  return encodeFrame(opcode, hasLengthPrefix ? frame.subarray(PREFIX_BYTES) : frame);
}

export function encodeClose(): Buffer {
  const status = Buffer.alloc(2);
  status.writeUInt16BE(GOING_AWAY);
  return encodeFrame(OPCODE.close, status);
}

function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < MEDIUM ? 2 : length <= 0xffff ? 4 : 10);
  head[0] = LAST | opcode;
  if (length < MEDIUM) head[1] = length;
  else if (length <= 0xffff) {
    head[1] = MEDIUM;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = LONG;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
