/**
 * Cuts a byte stream into pieces: frames for the caller to judge, and bytes that are passed on unread. The pieces do
 * not depend on how the stream is cut into chunks. A splitter owns a copy of the bytes of an incomplete frame (I8). The
 * caller decides what happens to each piece. At any time, bytes in pieces + bytes pending = bytes received (I3). In a
 * WebSocket this holds until the close frame, which is in no piece.
 */

/**
 * - `frame`: a whole frame. A `frame` from `finish` may be incomplete, or complete except for its delimiter.
 * - `oversize`: the first bytes of a frame that is longer than the limit. Not judged.
 * - `verbatim`: from these bytes on, the stream cannot be cut into frames. Not judged.
 * - `rest`: further bytes after `oversize` or `verbatim`. Not judged.
 * - `aside`: bytes between frames, such as a ping. They are passed on at their position in the stream.
 * - `torn`: the stream ended inside a frame; the piece has no bytes.
 */
export type PieceKind = 'frame' | 'oversize' | 'verbatim' | 'rest' | 'aside' | 'torn';

const NOTHING: Buffer = Buffer.alloc(0);

/** One piece. A splitter reuses its only Piece, so a frame that lies within one chunk costs no allocation. */
export class Piece {
  kind: PieceKind = 'rest';
  /** `raw[rawStart, rawEnd)` are the bytes to pass on, as received. `raw` is the chunk, or memory that is reused. */
  raw = NOTHING;
  rawStart = 0;
  rawEnd = 0;
  /** `bytes[start, end)` is the frame to read. It equals the raw bytes unless a transport wraps the frame. */
  bytes = NOTHING;
  start = 0;
  end = 0;

  of(kind: PieceKind, raw: Buffer, start: number, end: number): this {
    this.kind = kind;
    this.raw = this.bytes = raw;
    this.rawStart = this.start = start;
    this.rawEnd = this.end = end;
    return this;
  }

  /**
   * Clears the piece, so that it keeps no chunk in memory.
   * @returns undefined, which {@link FrameSplitter.next} then returns
   */
  none(): Piece | undefined {
    this.of('rest', NOTHING, 0, 0);
    return undefined;
  }
}

export interface FrameSplitter {
  /** @returns the next piece, borrowed until the next call; undefined once the whole chunk has been returned or kept */
  next(chunk: Buffer): Piece | undefined;
  /** Ends the stream. @returns the last piece, borrowed: a `frame` to judge, or `torn`; undefined if nothing is left */
  finish(): Piece | undefined;
  /**
   * Called if the last piece was not really a frame. The ends of frames are then unknown, so all later pieces are
   * `rest`.
   */
  lose(): void;
  /** Bytes of memory that the splitter holds for incomplete frames, used or free. */
  readonly keptBytes: number;
  /**
   * Gives up the incomplete frame: its bytes so far are returned, and its further bytes are passed on unread.
   * @returns borrowed; undefined if there is no incomplete frame or its bytes cannot be passed on yet
   */
  abandon(): Piece | undefined;
  /** True if part of an incomplete frame may have been passed on. The client must then see the response as cut off. */
  readonly passedPartOfFrame: boolean;
  /**
   * The closing message that upstream sent, with which the stream ends; undefined if none was received, or if the
   * protocol has no such message.
   */
  readonly closing?: Buffer | undefined;
}

/** Bytes of a frame that a stream may keep without drawing on the shared budget. Nearly all objects are shorter. */
export const FREE_FRAME_BYTES = 128 * 1024;

/** The bytes of an incomplete frame, in one owned buffer that grows on demand and is reused for the next frame. */
export class PendingBytes {
  #bytes = Buffer.alloc(0);
  length = 0;

  get capacity(): number {
    return this.#bytes.length;
  }

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

  drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Returns the pending bytes and clears them. Borrowed: valid until the next append. */
  lend(): Buffer {
    const view = this.view();
    this.clear();
    return view;
  }

  /** Returns an owned copy of the pending bytes and clears them. */
  take(): Buffer {
    return Buffer.from(this.lend());
  }

  clear(): void {
    this.length = 0;
    // One huge frame must not pin its memory for the rest of the stream (I6).
    if (this.#bytes.length > FREE_FRAME_BYTES) this.#bytes = Buffer.alloc(0);
  }
}
