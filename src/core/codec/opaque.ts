/** A stream in an encoding without a scanner (CBOR, compressed, ...): every byte passes as it came (I1). */
import { type FrameJudge, type FrameSplitter } from './frame-splitter.ts';

export class OpaqueSplitter implements FrameSplitter {
  readonly #judge: FrameJudge;
  readonly passedPartOfFrame = true;

  constructor(judge: FrameJudge) {
    this.#judge = judge;
    judge.verbatim();
  }

  push(chunk: Buffer, out: Buffer[]): void {
    this.#judge.verbatimBytes(chunk.length);
    out.push(chunk);
  }

  finish(): boolean {
    return false;
  }
}
