/**
 * JSON watch frames: one compact object and one line feed. kube-apiserver never sends a raw line feed inside a
 * frame (apimachinery pkg/runtime/serializer/json/json.go and encoding/json compact it), so the line feed
 * is exact. A server that spreads an object over lines makes the first line malformed: framing is lost and the
 * stream is passed on verbatim.
 */
import { PendingBytes, type FrameJudge, type FrameSplitter } from '../frame-splitter.ts';

const LF = 0x0a;
/**
 * A LIST, a Status or a single object has the same Content-Type as a watch but begins with one of these, where
 * a WatchEvent begins with "type". They are passed on without waiting for a line feed that may never come.
 */
const NOT_AN_EVENT = [Buffer.from('{"kind"'), Buffer.from('{"apiVersion"'), Buffer.from('{"metadata"')];
const SNIFF_BYTES = Math.max(...NOT_AN_EVENT.map((prefix) => prefix.length));

export class JsonLinesSplitter implements FrameSplitter {
  readonly #judge: FrameJudge;
  readonly #maxFrameBytes: number;
  readonly #pending = new PendingBytes();
  #sniffed = false;
  #oversize = false;
  #verbatim = false;

  /** @param maxFrameBytes lines longer than this (line feed not counted) are passed on unseen */
  constructor(judge: FrameJudge, maxFrameBytes: number) {
    this.#judge = judge;
    this.#maxFrameBytes = maxFrameBytes;
  }

  get passedPartOfFrame(): boolean {
    return this.#oversize || this.#verbatim;
  }

  push(chunk: Buffer, out: Buffer[]): void {
    let at = this.#sniffed ? 0 : this.#sniff(chunk, out);
    while (at < chunk.length && !this.#verbatim) {
      if (this.#oversize) at = this.#passOversize(chunk, at, out);
      else if (this.#pending.length > 0) at = this.#completePending(chunk, at, out);
      else at = this.#passRun(chunk, at, out);
    }
    if (at < chunk.length) {
      out.push(at === 0 ? chunk : chunk.subarray(at));
      this.#judge.verbatimBytes(chunk.length - at);
    }
  }

  finish(out: Buffer[]): boolean {
    if (this.#pending.length === 0) return this.#oversize;
    const verdict = this.#judge.lastFrame(this.#pending.view(), 0, this.#pending.length);
    if (verdict === 'forward') out.push(this.#pending.take());
    this.#pending.clear();
    return verdict === 'torn';
  }

  #passRun(chunk: Buffer, from: number, out: Buffer[]): number {
    let runStart = from;
    let at = from;
    for (let lf = chunk.indexOf(LF, at); lf !== -1; lf = chunk.indexOf(LF, at)) {
      if (lf - at > this.#maxFrameBytes) break;
      const end = lf + 1;
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
    if (this.#verbatim) return at;
    if (chunk.length - at > this.#maxFrameBytes) {
      this.#beginOversize();
      return at;
    }
    this.#pending.append(chunk, at, chunk.length);
    return chunk.length;
  }

  #completePending(chunk: Buffer, from: number, out: Buffer[]): number {
    const pending = this.#pending;
    const lf = chunk.indexOf(LF, from);
    const end = lf === -1 ? chunk.length : lf + 1;
    const line = pending.length + (lf === -1 ? end : lf) - from;
    if (line > this.#maxFrameBytes) {
      this.#beginOversize();
      this.#judge.oversizeBytes(pending.length);
      out.push(pending.take());
      return from;
    }
    pending.append(chunk, from, end);
    if (lf === -1) return end;
    const verdict = this.#judge.frame(pending.view(), 0, pending.length);
    if (verdict === 'lost') this.#losePending(out);
    else if (verdict === 'swallow') pending.clear();
    else out.push(pending.take());
    return end;
  }

  /**
   * Looks at the first bytes of the stream, before anything else does: what they are must not depend on the chunks
   * (R7). @returns where to go on in this chunk
   */
  #sniff(chunk: Buffer, out: Buffer[]): number {
    const pending = this.#pending;
    const first = Buffer.concat([pending.view(), chunk.subarray(0, SNIFF_BYTES)]);
    if (NOT_AN_EVENT.some((prefix) => prefix.equals(first.subarray(0, prefix.length)))) {
      this.#sniffed = true;
      if (pending.length > 0) this.#losePending(out);
      else this.#loseFraming();
      return 0;
    }
    // Too few bytes to tell.
    if (NOT_AN_EVENT.some((prefix) => first.equals(prefix.subarray(0, first.length)))) {
      pending.append(chunk, 0, chunk.length);
      return chunk.length;
    }
    this.#sniffed = true;
    return 0;
  }

  #beginOversize(): void {
    this.#oversize = true;
    this.#judge.oversize();
  }

  #passOversize(chunk: Buffer, from: number, out: Buffer[]): number {
    const lf = chunk.indexOf(LF, from);
    const end = lf === -1 ? chunk.length : lf + 1;
    if (lf !== -1) this.#oversize = false;
    this.#judge.oversizeBytes(end - from);
    out.push(chunk.subarray(from, end));
    return end;
  }

  #loseFraming(): void {
    this.#verbatim = true;
    this.#judge.verbatim();
  }

  #losePending(out: Buffer[]): void {
    this.#loseFraming();
    this.#judge.verbatimBytes(this.#pending.length);
    out.push(this.#pending.take());
  }
}
