/** A splitter whose frames are judged by the test, and what it gives besides; passes on what the product would. */
import assert from 'node:assert/strict';
import type { FrameSplitter } from '../../src/core/codec/frame-splitter.ts';
import { PassedBytes } from '../../src/core/codec/passed-bytes.ts';

export type TestVerdict = 'forward' | 'swallow' | 'lost';
export type VerdictOf = (frame: Buffer) => TestVerdict;

export class JudgedSplitter {
  readonly splitter: FrameSplitter;
  readonly #verdictOf: VerdictOf;
  readonly #passed = new PassedBytes();
  readonly asked: string[] = [];
  oversized = 0;
  verbatims = 0;
  /** Bytes that were not judged, and of frames that were swallowed. */
  unseen = 0;
  swallowed = 0;

  constructor(splitter: FrameSplitter, verdictOf: VerdictOf) {
    this.splitter = splitter;
    this.#verdictOf = verdictOf;
  }

  push(chunk: Buffer, out: Buffer[]): void {
    for (let piece = this.splitter.next(chunk); piece !== undefined; piece = this.splitter.next(chunk)) {
      const { kind, bytes, start, end } = piece;
      const length = piece.rawEnd - piece.rawStart;
      assert.ok(length > 0, 'no piece is empty');
      assert.notEqual(kind, 'torn');
      let verdict: TestVerdict = 'forward';
      if (kind === 'frame') {
        verdict = this.#judge('', bytes, start, end);
        if (verdict === 'lost') {
          this.splitter.lose();
          this.verbatims++;
        }
        if (verdict === 'swallow') this.swallowed += length;
      }
      if (kind === 'oversize') this.oversized++;
      if (kind === 'verbatim') this.verbatims++;
      if (kind !== 'aside' && (kind !== 'frame' || verdict === 'lost')) this.unseen += length;
      if (verdict !== 'swallow') this.#passed.keep(piece, chunk, out);
    }
    this.#passed.end(chunk, out);
  }

  /** @returns whether it is torn */
  finish(out: Buffer[]): boolean {
    const rest = this.splitter.finish();
    if (rest === undefined) return false;
    assert.ok(rest.kind === 'frame' || rest.kind === 'torn');
    if (rest.kind === 'torn') return true;
    const verdict = this.#judge('last ', rest.bytes, rest.start, rest.end);
    const raw = rest.raw.subarray(rest.rawStart, rest.rawEnd);
    if (verdict === 'swallow') this.swallowed += raw.length;
    if (verdict === 'forward') out.push(Buffer.from(raw));
    return verdict === 'lost';
  }

  #judge(which: string, bytes: Buffer, start: number, end: number): TestVerdict {
    this.asked.push(which + bytes.toString('latin1', start, end));
    return this.#verdictOf(bytes.subarray(start, end));
  }
}
