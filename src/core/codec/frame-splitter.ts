/**
 * Cuts a byte stream into frames, whatever the chunks, and passes on those that a judge keeps. Owns the bytes
 * of a frame that is not complete yet (a copy, I8) and the switch to verbatim forwarding. At every moment:
 * bytes passed on + bytes pending = bytes received − bytes of swallowed frames (I3).
 */

/** A judge's answer. `lost`: forward this and everything after it, framing cannot be trusted any more. */
export type FrameVerdict = 'forward' | 'swallow' | 'lost';

export interface FrameJudge {
  /** Decides over the frame in `bytes[start, end)`. Borrowed: valid only during the call. */
  frame(bytes: Buffer, start: number, end: number): FrameVerdict;
  /** Decides over bytes left at the end of the stream; `torn` when they are not a whole frame. */
  lastFrame(bytes: Buffer, start: number, end: number): 'forward' | 'swallow' | 'torn';
  /** A frame over the limit has begun; it is passed on unseen, `bytes` at a time. */
  oversize(): void;
  oversizeBytes(bytes: number): void;
  /** From here on bytes are passed on without looking at them. */
  verbatim(): void;
  verbatimBytes(bytes: number): void;
}

export interface FrameSplitter {
  /** Appends to `out` what survives of this chunk: views of it, or copies where a frame spans chunks. */
  push(chunk: Buffer, out: Buffer[]): void;
  /**
   * No more bytes come. Judges a last frame that is whole but for its delimiter; discards a partial one (R9).
   * @returns whether the bytes ended inside a frame
   */
  finish(out: Buffer[]): boolean;
  /** Whether part of an unfinished frame may already have been passed on, so that a clean end would lie. */
  readonly passedPartOfFrame: boolean;
  /** The last word of upstream, where its protocol has one and it was said: the stream is over with it. */
  readonly closing?: Buffer | undefined;
}

/** Bytes of an incomplete frame: one owned buffer, grown on demand and used again for the next frame. */
export class PendingBytes {
  #bytes = Buffer.alloc(0);
  length = 0;

  append(source: Buffer, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, 32 * 1024));
      this.#bytes.copy(grown, 0, 0, this.length);
      this.#bytes = grown;
    }
    source.copy(this.#bytes, this.length, start, end);
    this.length = needed;
  }

  /** Borrowed: valid until the next append. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Forgets the first of them. */
  drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** An owned copy of the pending bytes, which are then forgotten. */
  take(): Buffer {
    const copy = Buffer.from(this.view());
    this.clear();
    return copy;
  }

  clear(): void {
    this.length = 0;
    // One huge frame must not pin its memory for the rest of the stream (I6).
    if (this.#bytes.length > 1024 * 1024) this.#bytes = Buffer.alloc(0);
  }
}
