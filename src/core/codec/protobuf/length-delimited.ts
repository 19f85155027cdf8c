/**
 * Splits protobuf watch frames: each is an unsigned big-endian length of 4 bytes, followed by that many bytes
 * (apimachinery pkg/util/framer/framer.go, lengthDelimitedFrameWriter).
 */
import { PendingBytes, Piece, type FrameSplitter } from '../frame-splitter.ts';

const PREFIX_BYTES = 4;

export class LengthDelimitedSplitter implements FrameSplitter {
  readonly #maxFrameBytes: number;
  readonly #pending = new PendingBytes();
  readonly #piece = new Piece();
  /** Offset at which the next piece begins in the chunk. */
  #at = 0;
  /** Bytes left of the frame that is passed on unread. */
  #oversizeLeft = 0;
  #verbatim = false;

  /** @param maxFrameBytes longer frames are passed on unread; the prefix does not count */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  get passedPartOfFrame(): boolean {
    return this.#oversizeLeft > 0 || this.#verbatim;
  }

  get keptBytes(): number {
    return this.#pending.capacity;
  }

  abandon(): Piece | undefined {
    const pending = this.#pending;
    if (pending.length < PREFIX_BYTES) return undefined;
    this.#oversizeLeft = PREFIX_BYTES + pending.view().readUInt32BE(0) - pending.length;
    return this.#cutPending('oversize');
  }

  next(chunk: Buffer): Piece | undefined {
    const start = this.#at;
    if (this.#verbatim && start < chunk.length) return this.#cut('rest', chunk, chunk.length);
    if (this.#oversizeLeft > 0 && start < chunk.length) return this.#cutOversize('rest', chunk);
    if (this.#pending.length > 0) return this.#complete(chunk);
    if (chunk.length - start >= PREFIX_BYTES) {
      const length = chunk.readUInt32BE(start);
      if (length > this.#maxFrameBytes) {
        this.#oversizeLeft = PREFIX_BYTES + length;
        return this.#cutOversize('oversize', chunk);
      }
      const end = start + PREFIX_BYTES + length;
      if (end <= chunk.length) return this.#cut('frame', chunk, end);
    }
    this.#pending.append(chunk, start, chunk.length);
    return this.#used();
  }

  finish(): Piece | undefined {
    const torn = this.#pending.length > 0 || this.#oversizeLeft > 0;
    this.#pending.clear();
    return torn ? this.#piece.of('torn', this.#pending.view(), 0, 0) : undefined;
  }

  lose(): void {
    this.#verbatim = true;
  }

  /** Continues a frame that began in an earlier chunk: first its prefix, then its body. */
  #complete(chunk: Buffer): Piece | undefined {
    const pending = this.#pending;
    if (pending.length < PREFIX_BYTES) {
      this.#append(chunk, PREFIX_BYTES);
      if (pending.length < PREFIX_BYTES) return this.#used();
    }
    const length = pending.view().readUInt32BE(0);
    // The length is only a claim of the peer, so it is checked before any buffering.
    if (length > this.#maxFrameBytes) return this.abandon();
    this.#append(chunk, PREFIX_BYTES + length);
    return pending.length < PREFIX_BYTES + length ? this.#used() : this.#cutPending('frame');
  }

  /** Keeps bytes of the chunk until `wanted` bytes are pending or the chunk ends. */
  #append(chunk: Buffer, wanted: number): void {
    const end = Math.min(chunk.length, this.#at + wanted - this.#pending.length);
    this.#pending.append(chunk, this.#at, end);
    this.#at = end;
  }

  /** Returns the bytes of the chunk that belong to the frame that is passed on unread. */
  #cutOversize(kind: 'oversize' | 'rest', chunk: Buffer): Piece {
    const end = Math.min(chunk.length, this.#at + this.#oversizeLeft);
    this.#oversizeLeft -= end - this.#at;
    return this.#cut(kind, chunk, end);
  }

  #cut(kind: 'frame' | 'oversize' | 'rest', chunk: Buffer, end: number): Piece {
    const start = this.#at;
    this.#at = end;
    return this.#piece.of(kind, chunk, start, end);
  }

  #cutPending(kind: 'frame' | 'oversize'): Piece {
    const { length } = this.#pending;
    return this.#piece.of(kind, this.#pending.lend(), 0, length);
  }

  #used(): Piece | undefined {
    this.#at = 0;
    return this.#piece.none();
  }
}
