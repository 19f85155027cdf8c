/** Passes on all bytes unchanged (I1), in an encoding without a codec, such as CBOR or an unknown compression. */
import { Piece, type FrameSplitter } from './frame-splitter.ts';

export class OpaqueSplitter implements FrameSplitter {
  readonly #piece = new Piece();
  #isGiven = false;
  readonly passedPartOfFrame = true;
  readonly keptBytes = 0;

  next(chunk: Buffer): Piece | undefined {
    this.#isGiven = !this.#isGiven && chunk.length > 0;
    return this.#isGiven ? this.#piece.of('rest', chunk, 0, chunk.length) : this.#piece.none();
  }

  finish(): undefined {
    // The ends of frames are not known here.
  }

  lose(): void {
    // No frame was ever recognised.
  }

  abandon(): undefined {
    // Nothing is kept.
  }
}
