/**
 * Cuts the bytes that a server sends over a WebSocket into messages (RFC 6455). Each message of a watch is one event:
 * text for JSON, binary for protobuf (apiserver pkg/endpoints/handlers/watch.go, HandleWS). The piece for a message has
 * all bytes of its WebSocket frames, and each control frame is a piece of its own. So all bytes that are passed on stay
 * unchanged and in their order.
 *
 * - A ping or pong is passed on at once. The fragments of a message are kept until the message is complete, and a ping
 *   between two fragments would overtake those that are kept. So a message with a ping or pong between its fragments is
 *   passed on unread. kube-apiserver never sends
 *   fragments.
 * - A close frame ends the stream. {@link MessageSplitter.closing} keeps it, so that the caller can write to the client
 *   before it passes the close frame on.
 * - After a frame that no server may send, or a message with another opcode, all bytes are passed on unread. The client
 *   then handles the error as it would if it were connected directly.
 */
import { PendingBytes, Piece, type FrameSplitter } from '../frame-splitter.ts';
import { FrameHead, OPCODE } from './frame-head.ts';

/** The form of messages, and how to turn a message into a frame of a watch in a chunked body. */
export interface MessageForm {
  /** Opcode of the first WebSocket frame of a message. */
  readonly opcode: typeof OPCODE.text | typeof OPCODE.binary;
  /** True if the frame of a watch begins with the length of the message, in 4 bytes and big-endian. */
  readonly hasLengthPrefix: boolean;
}

export const PREFIX_BYTES = 4;
/** The length of the longest head: it has a payload length of eight bytes and a mask (RFC 6455 section 5.2). */
const LONGEST_HEAD_BYTES = 14;

/** The form of messages with events in this encoding. */
export function messageFormOf(encoding: 'json' | 'protobuf'): MessageForm {
  return encoding === 'json'
    ? { opcode: OPCODE.text, hasLengthPrefix: false }
    : { opcode: OPCODE.binary, hasLengthPrefix: true };
}

/**
 * - `reading`: messages are read.
 * - `unseen`: inside a message that is passed on unread.
 * - `closed`: after a close frame.
 * - `verbatim`: all further bytes are passed on unread.
 */
type State = 'reading' | 'unseen' | 'closed' | 'verbatim';

export class MessageSplitter implements FrameSplitter {
  readonly #maxMessageBytes: number;
  readonly #form: MessageForm;
  readonly #head = new FrameHead();
  readonly #piece = new Piece();
  /** Offset at which the next piece begins in the chunk. */
  #at = 0;
  /** All WebSocket frames of an incomplete message, or an incomplete control frame. */
  readonly #pending = new PendingBytes();
  /**
   * The joined payloads of a message, after a length prefix if the form has one. Used only if the received bytes
   * do not contain the watch frame as one range.
   */
  readonly #gathered = new PendingBytes();
  /** Offset at which the next WebSocket frame begins in the message. It is above 0 only between fragments. */
  #frameStart = 0;
  /** Number of bytes of the message that are needed to continue. */
  #wanted = 0;
  #state: State = 'reading';
  /** Kind of the next piece that is passed on unread. */
  #unseenAs: 'oversize' | 'verbatim' | 'rest' = 'rest';
  /** Bytes left of the WebSocket frame that is passed on unread. */
  #unseenLeft = 0;
  /** True if the WebSocket frame that is passed on unread is the last one of its message. */
  #isUnseenLast = false;
  #closing: Buffer | undefined;

  /** @param maxMessageBytes longer messages are passed on unread; the heads of their WebSocket frames count */
  constructor(maxMessageBytes: number, form: MessageForm) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#form = form;
  }

  get passedPartOfFrame(): boolean {
    return this.#state === 'unseen' || this.#state === 'verbatim';
  }

  /** The close frame, once it was received. No piece follows it. */
  get closing(): Buffer | undefined {
    return this.#closing;
  }

  get keptBytes(): number {
    return this.#pending.capacity;
  }

  abandon(): Piece | undefined {
    // A message cannot be given up between its fragments, because the head of the current WebSocket frame is unknown
    // there. This costs nothing, because no API server sends fragments.
    if (this.#state !== 'reading' || this.#frameStart > 0 || this.#pending.length < LONGEST_HEAD_BYTES)
      return undefined;
    this.#beginUnseen();
    return this.#cutPending();
  }

  next(chunk: Buffer): Piece | undefined {
    while (this.#at < chunk.length && this.#state !== 'closed') {
      const piece = this.#nextOf(chunk);
      if (piece !== undefined) return piece;
    }
    this.#at = 0;
    return this.#piece.none();
  }

  finish(): Piece | undefined {
    const torn = this.#pending.length > 0 || this.#state === 'unseen';
    this.#pending.clear();
    return torn ? this.#piece.of('torn', this.#pending.view(), 0, 0) : undefined;
  }

  lose(): void {
    this.#state = 'verbatim';
  }

  /** Takes one step, which may yield a piece. */
  #nextOf(chunk: Buffer): Piece | undefined {
    switch (this.#state) {
      case 'reading':
        return this.#pending.length > 0 ? this.#complete(chunk) : this.#read(chunk);
      case 'unseen':
        return this.#cutUnseen(chunk);
      case 'verbatim':
        return this.#cut(chunk, chunk.length);
      case 'closed':
        return undefined;
    }
  }

  /** Reads a message or control frame that begins in this chunk. */
  #read(chunk: Buffer): Piece | undefined {
    const start = this.#at;
    const end = this.#unit(chunk, start, chunk.length);
    if (end > 0) {
      this.#at = end;
      return this.#unitOf(chunk, start, end);
    }
    if (this.#state !== 'reading') return undefined;
    this.#pending.append(chunk, start, chunk.length);
    this.#at = chunk.length;
    return undefined;
  }

  /** Continues a message or control frame from an earlier chunk. Only the bytes needed to continue are copied. */
  #complete(chunk: Buffer): Piece | undefined {
    const pending = this.#pending;
    const at = Math.min(chunk.length, this.#at + this.#wanted - pending.length);
    pending.append(chunk, this.#at, at);
    this.#at = at;
    if (pending.length < this.#wanted) return undefined;
    const end = this.#unit(pending.view(), 0, pending.length);
    if (end > 0) return this.#unitOf(pending.lend(), 0, end);
    return this.#state === 'reading' ? undefined : this.#cutPending();
  }

  /** Passes the pending bytes of a message on unread. */
  #cutPending(): Piece {
    const { length } = this.#pending;
    if (this.#state === 'unseen') {
      this.#unseenLeft -= length - this.#frameStart;
      this.#frameStart = 0;
      this.#endUnseen();
    }
    return this.#unseen(this.#pending.lend(), 0, length);
  }

  #endUnseen(): void {
    if (this.#unseenLeft === 0 && this.#isUnseenLast) this.#state = 'reading';
  }

  /**
   * Finds the end offset of the message or control frame that begins at `start`.
   * @returns -1 if it is incomplete, and also if it is passed on unread. Only in the second case the state has changed
   *   from `reading`.
   */
  #unit(bytes: Buffer, start: number, end: number): number {
    const head = this.#head;
    for (;;) {
      const at = start + this.#frameStart;
      const needed = head.read(bytes, at, end);
      if (needed > 0) {
        this.#wanted = this.#frameStart + needed;
        return -1;
      }
      if (needed < 0 || !this.#isExpected(this.#frameStart > 0)) {
        this.#beginVerbatim();
        return -1;
      }
      const frameEnd = this.#frameStart + head.headBytes + head.payloadBytes;
      // The length is only a claim of the peer, so it is checked before any buffering.
      if (head.isControl ? this.#frameStart > 0 : frameEnd > this.#maxMessageBytes) {
        this.#beginUnseen();
        return -1;
      }
      this.#wanted = frameEnd;
      if (start + frameEnd > end) return -1;
      if (head.isLast) {
        this.#frameStart = 0;
        return start + frameEnd;
      }
      this.#frameStart = frameEnd;
    }
  }

  /** True if the frame may come here: a message begins with its opcode, and continuation frames follow. */
  #isExpected(isInMessage: boolean): boolean {
    const { opcode, isControl } = this.#head;
    return isControl || opcode === (isInMessage ? OPCODE.continuation : this.#form.opcode);
  }

  /** The piece for the message or control frame `bytes[start, end)`; undefined for a close frame. */
  #unitOf(bytes: Buffer, start: number, end: number): Piece | undefined {
    const head = this.#head;
    if (head.opcode === OPCODE.close) {
      this.#state = 'closed';
      this.#closing = Buffer.from(bytes.subarray(start, end));
      return undefined;
    }
    const piece = this.#piece.of(head.isControl ? 'aside' : 'frame', bytes, start, end);
    if (head.isControl) return piece;
    // This is the head of the last WebSocket frame. If that frame begins at `start`, the message has no other.
    const payloadStart = end - head.payloadBytes;
    if (payloadStart - head.headBytes === start && !this.#form.hasLengthPrefix) piece.start = payloadStart;
    else this.#gather(piece);
    return piece;
  }

  /** Joins the payloads of a message. The result is the frame to read. */
  #gather(piece: Piece): void {
    const { raw, rawStart, rawEnd } = piece;
    const head = this.#head;
    const gathered = this.#gathered;
    if (this.#form.hasLengthPrefix) gathered.append(Buffer.alloc(PREFIX_BYTES), 0, PREFIX_BYTES);
    for (let at = rawStart; at < rawEnd;) {
      head.read(raw, at, rawEnd);
      const payload = at + head.headBytes;
      at = payload + head.payloadBytes;
      gathered.append(raw, payload, at);
    }
    piece.start = 0;
    piece.end = gathered.length;
    // lend() gives up the buffer of a long message, so that it does not stay in memory.
    piece.bytes = gathered.lend();
    if (this.#form.hasLengthPrefix) piece.bytes.writeUInt32BE(piece.end - PREFIX_BYTES);
  }

  /** Passes the whole message on unread. The head of its current WebSocket frame has been read. */
  #beginUnseen(): void {
    this.#state = 'unseen';
    this.#unseenAs = 'oversize';
    this.#noteUnseen();
  }

  #noteUnseen(): void {
    const { isLast, isControl, headBytes, payloadBytes } = this.#head;
    this.#unseenLeft = headBytes + payloadBytes;
    this.#isUnseenLast = isLast && !isControl;
  }

  #cutUnseen(chunk: Buffer): Piece | undefined {
    // Earlier fragments in this chunk are part of the message, so they are passed on with its current WebSocket frame.
    this.#unseenLeft += this.#frameStart;
    this.#frameStart = 0;
    if (this.#unseenLeft === 0) return this.#nextUnseen(chunk);
    const end = Math.min(chunk.length, this.#at + this.#unseenLeft);
    this.#unseenLeft -= end - this.#at;
    this.#endUnseen();
    return this.#cut(chunk, end);
  }

  /** Reads and passes on the head of the next WebSocket frame, in a message that is passed on unread. */
  #nextUnseen(chunk: Buffer): Piece | undefined {
    const pending = this.#pending;
    let needed = this.#head.read(pending.view(), 0, pending.length);
    while (needed > 0 && this.#at < chunk.length) {
      const end = Math.min(chunk.length, this.#at + needed - pending.length);
      pending.append(chunk, this.#at, end);
      this.#at = end;
      needed = this.#head.read(pending.view(), 0, pending.length);
    }
    if (needed > 0) return undefined;
    if (needed < 0 || !this.#isExpected(true)) this.#beginVerbatim();
    else this.#noteUnseen();
    return this.#cutPending();
  }

  #beginVerbatim(): void {
    this.#state = 'verbatim';
    this.#unseenAs = 'verbatim';
  }

  #cut(chunk: Buffer, end: number): Piece {
    const start = this.#at;
    this.#at = end;
    return this.#unseen(chunk, start, end);
  }

  #unseen(bytes: Buffer, start: number, end: number): Piece {
    const kind = this.#unseenAs;
    this.#unseenAs = 'rest';
    return this.#piece.of(kind, bytes, start, end);
  }
}
