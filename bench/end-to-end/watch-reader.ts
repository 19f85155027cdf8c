/**
 * Reads a watch of the bench as a client does that wants nothing but to count: cuts frames, checks that they come
 * in order, and notes how long each change was on its way. Works on both encodings, and looks at nothing else.
 */
import type { FrameSplitter, Piece } from '../../src/core/codec/frame-splitter.ts';
import { JsonLinesSplitter } from '../../src/core/codec/json/lines.ts';
import { LengthDelimitedSplitter } from '../../src/core/codec/protobuf/length-delimited.ts';
import { readMark, readResourceVersion, readSentAt } from '../frames.ts';
import type { WatchPlan } from './plan.ts';

const MAX_FRAME_BYTES = 16 * 2 ** 20;

export class WatchReader {
  readonly #splitter: FrameSplitter;
  readonly #added: number;
  readonly #warmUpChanges: number;
  #frames = 0;
  #lastResourceVersion = 0;
  #newestChange = 0;
  /** Those after the warm-up, as all that follows. */
  changes = 0;
  /** Events that changed nothing. */
  heartbeats = 0;
  /** When the first change was sent, and the last frame read (nanoseconds of the monotonic clock). */
  firstSentAt = 0n;
  lastReadAt = 0n;
  /** Of each change, from its sending to its being read. */
  readonly latenciesMs: number[] = [];

  constructor({ encoding, added, warmUp, changeEvery }: WatchPlan) {
    this.#added = added;
    this.#warmUpChanges = warmUp / changeEvery;
    this.#splitter =
      encoding === 'json'
        ? new JsonLinesSplitter(MAX_FRAME_BYTES)
        : new LengthDelimitedSplitter(MAX_FRAME_BYTES);
  }

  /** The warm-up ends with a change, which nobody swallows. */
  get isWarm(): boolean {
    return this.#frames >= this.#added && this.#newestChange >= this.#warmUpChanges;
  }

  /** @throws Error where an event is out of order, or the bytes are not frames */
  push(chunk: Buffer): void {
    const splitter = this.#splitter;
    for (let piece = splitter.next(chunk); piece !== undefined; piece = splitter.next(chunk))
      this.#read(piece);
  }

  /** @throws Error where the stream ended inside a frame */
  finish(): void {
    if (this.#splitter.finish() !== undefined) throw new Error('the stream ended inside a frame');
    this.lastReadAt = process.hrtime.bigint();
  }

  #read({ kind, bytes, start, end }: Piece): void {
    if (kind !== 'frame') throw new Error(`the bytes are not frames, or one is over the limit: ${kind}`);
    const frame = bytes.subarray(start, end);
    const version = readResourceVersion(frame);
    if (version <= this.#lastResourceVersion)
      throw new Error(`event ${version} came after ${this.#lastResourceVersion}`);
    this.#lastResourceVersion = version;
    this.#frames++;
    const isMeasured = this.isWarm;
    const change = readMark(frame);
    // A heartbeat repeats the last change of its Node, which is never newer than the newest.
    if (change > this.#newestChange) this.#change(change, frame, isMeasured);
    else if (isMeasured && this.#frames > this.#added) this.heartbeats++;
  }

  #change(change: number, frame: Buffer, isMeasured: boolean): void {
    if (change !== this.#newestChange + 1)
      throw new Error(`change ${change} came after ${this.#newestChange}`);
    this.#newestChange = change;
    if (!isMeasured) return;
    const sentAt = readSentAt(frame);
    this.changes++;
    if (this.changes === 1) this.firstSentAt = sentAt;
    this.latenciesMs.push(Number(process.hrtime.bigint() - sentAt) / 1e6);
  }
}
