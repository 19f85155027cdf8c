/**
 * Protobuf watch frames: a 4-byte big-endian unsigned length, then that many bytes
 * (apimachinery pkg/util/framer/framer.go, lengthDelimitedFrameWriter).
 */
import { PendingBytes, type FrameJudge, type FrameSplitter } from '../frame-splitter.ts';

const PREFIX_BYTES = 4;

export class LengthDelimitedSplitter implements FrameSplitter {
  readonly #judge: FrameJudge;
  readonly #maxFrameBytes: number;
  readonly #pending = new PendingBytes();
  /** Bytes of an oversize frame that are still to be passed on. */
  #oversizeLeft = 0;
  #verbatim = false;

  /** @param maxFrameBytes frames longer than this (prefix not counted) are passed on unseen */
  constructor(judge: FrameJudge, maxFrameBytes: number) {
    this.#judge = judge;
    this.#maxFrameBytes = maxFrameBytes;
  }

  get passedPartOfFrame(): boolean {
    return this.#oversizeLeft > 0 || this.#verbatim;
  }

  push(chunk: Buffer, out: Buffer[]): void {
    let at = 0;
    while (at < chunk.length && !this.#verbatim) {
      if (this.#oversizeLeft > 0) at = this.#passOversize(chunk, at, out);
      else if (this.#pending.length > 0) at = this.#completePending(chunk, at, out);
      else at = this.#passRun(chunk, at, out);
    }
    if (at < chunk.length) {
      out.push(at === 0 ? chunk : chunk.subarray(at));
      this.#judge.verbatimBytes(chunk.length - at);
    }
  }

  finish(): boolean {
    const torn = this.#pending.length > 0 || this.#oversizeLeft > 0;
    this.#pending.clear();
    return torn;
  }

  /** Judges the whole frames that lie in this chunk; adjacent survivors become one view. */
  #passRun(chunk: Buffer, from: number, out: Buffer[]): number {
    let runStart = from;
    let at = from;
    while (chunk.length - at >= PREFIX_BYTES) {
      const length = chunk.readUInt32BE(at);
      if (length > this.#maxFrameBytes) {
        this.#beginOversize(length);
        break;
      }
      const end = at + PREFIX_BYTES + length;
      if (end > chunk.length) break;
      const verdict = this.#judge.frame(chunk, at, end);
      if (verdict === 'swallow') {
        if (at > runStart) out.push(chunk.subarray(runStart, at));
        runStart = end;
      }
      if (verdict === 'lost') {
        this.#loseFraming();
        break;
      }
      at = end;
    }
    if (at > runStart) out.push(runStart === 0 && at === chunk.length ? chunk : chunk.subarray(runStart, at));
    if (this.#verbatim || this.#oversizeLeft > 0) return at;
    this.#pending.append(chunk, at, chunk.length);
    return chunk.length;
  }

  /** Feeds the frame that began in an earlier chunk, first its prefix, then its body. */
  #completePending(chunk: Buffer, from: number, out: Buffer[]): number {
    const pending = this.#pending;
    let at = from;
    if (pending.length < PREFIX_BYTES) {
      at = Math.min(chunk.length, from + PREFIX_BYTES - pending.length);
      pending.append(chunk, from, at);
      if (pending.length < PREFIX_BYTES) return at;
    }
    const length = pending.view().readUInt32BE(0);
    // Refuse before buffering: the length is the peer's claim, not a fact.
    if (length > this.#maxFrameBytes) {
      this.#beginOversize(length);
      this.#passed(pending.take(), out);
      return at;
    }
    const end = Math.min(chunk.length, at + PREFIX_BYTES + length - pending.length);
    pending.append(chunk, at, end);
    if (pending.length < PREFIX_BYTES + length) return end;
    const verdict = this.#judge.frame(pending.view(), 0, pending.length);
    if (verdict === 'lost') {
      this.#loseFraming();
      this.#judge.verbatimBytes(pending.length);
    }
    if (verdict === 'swallow') pending.clear();
    else out.push(pending.take());
    return end;
  }

  #beginOversize(length: number): void {
    this.#judge.oversize();
    this.#oversizeLeft = PREFIX_BYTES + length;
  }

  #passOversize(chunk: Buffer, from: number, out: Buffer[]): number {
    const end = Math.min(chunk.length, from + this.#oversizeLeft);
    this.#passed(chunk.subarray(from, end), out);
    return end;
  }

  #passed(bytes: Buffer, out: Buffer[]): void {
    this.#oversizeLeft -= bytes.length;
    this.#judge.oversizeBytes(bytes.length);
    out.push(bytes);
  }

  #loseFraming(): void {
    this.#verbatim = true;
    this.#judge.verbatim();
  }
}
