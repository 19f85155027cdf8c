/**
 * Cuts what a server sends over a WebSocket into messages (RFC 6455): each of a watch is one event, text for JSON, binary
 * for protobuf (apiserver pkg/endpoints/handlers/watch.go, HandleWS). Frames of messages that a judge keeps, and all that
 * is no message, go on as they came and in their order.
 *
 * - A ping or pong goes on at once. Between the fragments of a message (which kube-apiserver never makes) it would have to
 *   overtake those that came before it: that message passes unseen instead.
 * - A close ends it: {@link MessageSplitter.closing} is for whoever has something to say before it.
 * - What no server may send, and messages of another kind: from there on every byte passes, and the client ends it as it
 *   would if it were connected directly.
 */
import { PendingBytes, type FrameJudge, type FrameSplitter } from '../frame-splitter.ts';
import { FrameHead, OPCODE } from './frame-head.ts';

/** What messages are to the judge: as a watch in a chunked body would have them. */
export interface MessageForm {
  /** Of the first frame of a message. */
  readonly opcode: typeof OPCODE.text | typeof OPCODE.binary;
  /** Whether the judge wants its length in front: 4 bytes, big-endian. */
  readonly hasLengthPrefix: boolean;
}

export const PREFIX_BYTES = 4;

/** The form of events in this encoding. */
export function messageFormOf(encoding: 'json' | 'protobuf'): MessageForm {
  return encoding === 'json'
    ? { opcode: OPCODE.text, hasLengthPrefix: false }
    : { opcode: OPCODE.binary, hasLengthPrefix: true };
}

/**
 * - `reading`: messages are judged. `unseen`: inside one that passes without being judged. `closed`: behind a close.
 * - `verbatim`: nothing is looked at any more.
 */
type State = 'reading' | 'unseen' | 'closed' | 'verbatim';

export class MessageSplitter implements FrameSplitter {
  readonly #judge: FrameJudge;
  readonly #maxMessageBytes: number;
  readonly #form: MessageForm;
  readonly #head = new FrameHead();
  /** All frames of a message that is not whole yet, or a control frame that is not. */
  readonly #pending = new PendingBytes();
  /** A message as the judge reads it, where it does not lie so among its frames. */
  readonly #gathered = new PendingBytes();
  /** Where in the message its next frame begins: above 0 between its fragments. */
  #frameStart = 0;
  /** How many bytes of the message are needed to go on. */
  #wanted = 0;
  #state: State = 'reading';
  /** Of the frame that passes unseen. */
  #unseenLeft = 0;
  /** Whether the message ends with that frame. */
  #isUnseenLast = false;
  #closing: Buffer | undefined;

  /** @param maxMessageBytes messages that are longer, heads of frames included, pass unseen */
  constructor(judge: FrameJudge, maxMessageBytes: number, form: MessageForm) {
    this.#judge = judge;
    this.#maxMessageBytes = maxMessageBytes;
    this.#form = form;
  }

  get passedPartOfFrame(): boolean {
    return this.#state === 'unseen' || this.#state === 'verbatim';
  }

  /** The close frame, once it has come: nothing comes after it. */
  get closing(): Buffer | undefined {
    return this.#closing;
  }

  push(chunk: Buffer, out: Buffer[]): void {
    let at = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case 'reading':
          at = this.#pending.length > 0 ? this.#complete(chunk, at, out) : this.#readRun(chunk, at, out);
          break;
        case 'unseen':
          at = this.#passUnseen(chunk, at, out);
          break;
        case 'closed':
          return;
        case 'verbatim':
          this.#judge.verbatimBytes(chunk.length - at);
          out.push(at === 0 ? chunk : chunk.subarray(at));
          return;
      }
    }
  }

  finish(): boolean {
    const torn = this.#pending.length > 0 || this.#state === 'unseen';
    this.#pending.clear();
    return torn;
  }

  /** Reads what begins in this chunk; adjacent survivors become one view. @returns where to go on */
  #readRun(chunk: Buffer, from: number, out: Buffer[]): number {
    let runStart = from;
    let at = from;
    for (;;) {
      const end = this.#unit(chunk, at, chunk.length);
      const isKept = end > 0 && this.#keeps(chunk, at, end);
      if (end <= 0 || !isKept) {
        if (at > runStart) out.push(chunk.subarray(runStart, at));
        runStart = end > 0 ? end : at;
      }
      if (this.#state !== 'reading') {
        // What was kept is part of the run; what was lost begins where nothing was read.
        if (isKept) out.push(chunk.subarray(runStart, end));
        return end > 0 ? end : at;
      }
      if (end <= 0) break;
      at = end;
      if (at === chunk.length) {
        if (at > runStart) out.push(runStart === 0 ? chunk : chunk.subarray(runStart, at));
        return at;
      }
    }
    this.#pending.append(chunk, at, chunk.length);
    return chunk.length;
  }

  /** Feeds what began in an earlier chunk, no more than it takes to go on. */
  #complete(chunk: Buffer, from: number, out: Buffer[]): number {
    const pending = this.#pending;
    const at = Math.min(chunk.length, from + this.#wanted - pending.length);
    pending.append(chunk, from, at);
    if (pending.length < this.#wanted) return at;
    const end = this.#unit(pending.view(), 0, pending.length);
    const isKept = end > 0 && this.#keeps(pending.view(), 0, end);
    if (this.#isPassing() && !isKept) this.#passPending(out);
    else if (isKept) out.push(pending.take());
    else if (end > 0) pending.clear();
    return at;
  }

  #isPassing(): boolean {
    return this.#state === 'unseen' || this.#state === 'verbatim';
  }

  /** What has been kept back of a message goes on after all. */
  #passPending(out: Buffer[]): void {
    const { length } = this.#pending;
    if (this.#state === 'verbatim') this.#judge.verbatimBytes(length);
    else {
      this.#judge.oversizeBytes(length);
      this.#unseenLeft -= length - this.#frameStart;
      this.#frameStart = 0;
    }
    out.push(this.#pending.take());
    this.#endUnseen();
  }

  #endUnseen(): void {
    if (this.#state === 'unseen' && this.#unseenLeft === 0 && this.#isUnseenLast) this.#state = 'reading';
  }

  /**
   * Finds the end of the message or control frame that begins at `start`.
   * @returns -1 where it is not whole, or not to be read: then the state says so
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
        this.#lose();
        return -1;
      }
      const frameEnd = this.#frameStart + head.headBytes + head.payloadBytes;
      // Refuse before buffering: the length is the peer's claim, not a fact.
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

  /** Whether a frame may stand here: a message begins with its opcode and goes on with continuations. */
  #isExpected(isInMessage: boolean): boolean {
    const { opcode, isControl } = this.#head;
    return isControl || opcode === (isInMessage ? OPCODE.continuation : this.#form.opcode);
  }

  /** Judges the message, or takes note of the control frame, in `bytes[start, end)`. */
  #keeps(bytes: Buffer, start: number, end: number): boolean {
    const head = this.#head;
    if (head.opcode === OPCODE.close) {
      this.#state = 'closed';
      this.#closing = Buffer.from(bytes.subarray(start, end));
      return false;
    }
    if (head.isControl) return true;
    const verdict = this.#verdict(bytes, start, end);
    if (verdict === 'lost') {
      this.#lose();
      this.#judge.verbatimBytes(end - start);
    }
    return verdict !== 'swallow';
  }

  #verdict(bytes: Buffer, start: number, end: number): ReturnType<FrameJudge['frame']> {
    const head = this.#head;
    // Of the last frame of the message, which is the only one where all of it is that frame.
    const payloadStart = end - head.payloadBytes;
    if (payloadStart - head.headBytes === start && !this.#form.hasLengthPrefix)
      return this.#judge.frame(bytes, payloadStart, end);
    const gathered = this.#gathered;
    if (this.#form.hasLengthPrefix) gathered.append(Buffer.alloc(PREFIX_BYTES), 0, PREFIX_BYTES);
    for (let at = start; at < end;) {
      head.read(bytes, at, end);
      const payload = at + head.headBytes;
      at = payload + head.payloadBytes;
      gathered.append(bytes, payload, at);
    }
    const message = gathered.view();
    if (this.#form.hasLengthPrefix) message.writeUInt32BE(message.length - PREFIX_BYTES);
    const verdict = this.#judge.frame(message, 0, message.length);
    // Not kept for the next one: it may be as large as a frame may be.
    gathered.clear();
    return verdict;
  }

  /** From the first byte of the message on it passes without being judged; its present frame has been read. */
  #beginUnseen(): void {
    this.#state = 'unseen';
    this.#judge.oversize();
    this.#noteUnseen();
  }

  #noteUnseen(): void {
    const { isLast, isControl, headBytes, payloadBytes } = this.#head;
    this.#unseenLeft = headBytes + payloadBytes;
    this.#isUnseenLast = isLast && !isControl;
  }

  #passUnseen(chunk: Buffer, from: number, out: Buffer[]): number {
    if (this.#frameStart > 0) {
      // Fragments in this very chunk, before the frame because of which the message passes.
      this.#unseenLeft += this.#frameStart;
      this.#frameStart = 0;
    }
    if (this.#unseenLeft === 0) return this.#nextUnseen(chunk, from, out);
    const end = Math.min(chunk.length, from + this.#unseenLeft);
    this.#unseenLeft -= end - from;
    this.#judge.oversizeBytes(end - from);
    out.push(chunk.subarray(from, end));
    this.#endUnseen();
    return end;
  }

  /** Reads the head of the next frame of a message that passes unseen, and passes it on. */
  #nextUnseen(chunk: Buffer, from: number, out: Buffer[]): number {
    const pending = this.#pending;
    let at = from;
    let needed = this.#head.read(pending.view(), 0, pending.length);
    while (needed > 0 && at < chunk.length) {
      const end = Math.min(chunk.length, at + needed - pending.length);
      pending.append(chunk, at, end);
      at = end;
      needed = this.#head.read(pending.view(), 0, pending.length);
    }
    if (needed > 0) return at;
    if (needed < 0 || !this.#isExpected(true)) this.#lose();
    else this.#noteUnseen();
    this.#passPending(out);
    return at;
  }

  #lose(): void {
    this.#state = 'verbatim';
    this.#judge.verbatim();
  }
}
