/**
 * Splits JSON watch frames: each is one compact object and one line feed. kube-apiserver never sends a raw line feed
 * inside a frame, because apimachinery pkg/runtime/serializer/json/json.go and encoding/json compact the object. So
 * each line feed ends a frame. If another server spreads an object over several lines, the first line is malformed, the
 * framing counts as lost, and the stream is passed on verbatim.
 */
import { PendingBytes, Piece, type FrameSplitter } from '../frame-splitter.ts';

const LF = 0x0a;
/**
 * Beginnings of a LIST, a Status or a single object. A response that begins in this way has the same Content-Type
 * as a watch, but a WatchEvent begins with "type". Such a response is passed on at once: a line feed may never come, so
 * the splitter must not wait for it.
 */
const NOT_AN_EVENT = [Buffer.from('{"kind"'), Buffer.from('{"apiVersion"'), Buffer.from('{"metadata"')];
const SNIFF_BYTES = Math.max(...NOT_AN_EVENT.map((prefix) => prefix.length));

export class JsonLinesSplitter implements FrameSplitter {
  readonly #maxFrameBytes: number;
  readonly #pending = new PendingBytes();
  readonly #piece = new Piece();
  /** Offset at which the next piece begins in the chunk. */
  #at = 0;
  #sniffed = false;
  #oversize = false;
  #verbatim = false;

  /** @param maxFrameBytes longer lines are passed on unread; the line feed does not count */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  get passedPartOfFrame(): boolean {
    return this.#oversize || this.#verbatim;
  }

  get keptBytes(): number {
    return this.#pending.capacity;
  }

  abandon(): Piece | undefined {
    // The first bytes of a stream possibly do not belong to an event.
    if (!this.#sniffed || this.#pending.length === 0) return undefined;
    this.#oversize = true;
    return this.#cutPending('oversize');
  }

  next(chunk: Buffer): Piece | undefined {
    if (!this.#sniffed) {
      const begins = this.#sniff(chunk);
      if (begins === undefined) return undefined;
      this.#sniffed = true;
      if (begins === 'verbatim') return this.#verbatimFrom(chunk);
    }
    const start = this.#at;
    if (start === chunk.length) return this.#used();
    if (this.#verbatim) return this.#cut('rest', chunk, chunk.length);
    const lf = chunk.indexOf(LF, start);
    const end = lf === -1 ? chunk.length : lf + 1;
    if (this.#oversize) {
      this.#oversize = lf === -1;
      return this.#cut('rest', chunk, end);
    }
    const pending = this.#pending;
    if (pending.length + (lf === -1 ? end : lf) - start > this.#maxFrameBytes) {
      this.#oversize = pending.length > 0 || lf === -1;
      return pending.length > 0 ? this.#cutPending('oversize') : this.#cut('oversize', chunk, end);
    }
    if (pending.length === 0 && lf !== -1) return this.#cut('frame', chunk, end);
    pending.append(chunk, start, end);
    this.#at = end;
    return lf === -1 ? this.#used() : this.#cutPending('frame');
  }

  finish(): Piece | undefined {
    if (this.#pending.length > 0) return this.#cutPending('frame');
    return this.#oversize ? this.#cutPending('torn') : undefined;
  }

  lose(): void {
    this.#verbatim = true;
  }

  #cut(kind: 'frame' | 'oversize' | 'verbatim' | 'rest', chunk: Buffer, end: number): Piece {
    const start = this.#at;
    this.#at = end;
    return this.#piece.of(kind, chunk, start, end);
  }

  #cutPending(kind: 'frame' | 'oversize' | 'verbatim' | 'torn'): Piece {
    const { length } = this.#pending;
    return this.#piece.of(kind, this.#pending.lend(), 0, length);
  }

  #used(): Piece | undefined {
    this.#at = 0;
    return this.#piece.none();
  }

  #verbatimFrom(chunk: Buffer): Piece {
    this.#verbatim = true;
    return this.#pending.length > 0
      ? this.#cutPending('verbatim')
      : this.#cut('verbatim', chunk, chunk.length);
  }

  /**
   * Classifies the stream by its first bytes. They are kept until there are enough of them, because the result must not
   * depend on the chunks (R7).
   * @returns undefined if more bytes are needed
   */
  #sniff(chunk: Buffer): 'event' | 'verbatim' | undefined {
    const pending = this.#pending;
    const first = Buffer.concat([pending.view(), chunk.subarray(0, SNIFF_BYTES)]);
    if (NOT_AN_EVENT.some((prefix) => prefix.equals(first.subarray(0, prefix.length)))) return 'verbatim';
    if (NOT_AN_EVENT.every((prefix) => !first.equals(prefix.subarray(0, first.length)))) return 'event';
    pending.append(chunk, 0, chunk.length);
    return undefined;
  }
}
