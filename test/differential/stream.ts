/**
 * One watch through the product: chunks in, what survives out. Judges each frame once it was read whole: it is passed on
 * byte for byte and in order (I3), or it is a MODIFIED that changes nothing of what this client got last (I2, I5).
 */
import { CODECS } from '../../src/core/codec/codecs.ts';
import type { Filter } from '../../src/core/projection/filter.ts';
import type { Sieve } from '../../src/core/sieve/sieve.ts';
import { NODES } from '../../src/core/resource/node.ts';
import type { Memos } from '../../src/core/sieve/memo.ts';
import type { InitialPhase } from '../../src/core/sieve/initial-phase.ts';
import type { Snapshot } from '../../src/core/sieve/snapshots.ts';
import type { FieldsPlan } from '../../src/core/projection/plan.ts';
import { FrameSieve } from '../../src/serve/watch/frame-sieve.ts';
import { Progress } from '../../src/serve/watch/progress.ts';
import type { Random } from '../fuzz/random.ts';
import { decodeEvent } from './decode.ts';
import type { Frame, Held, TestEncoding } from './frame.ts';
import { Loss, storyOf } from './loss.ts';
import type { Meaning } from './meaning.ts';
import type { Stats } from './stats.ts';
import { fieldsOf, own } from './values.ts';
import { textOf } from './decode.ts';

export interface Lens {
  readonly key: string;
  readonly plan: FieldsPlan;
  readonly meaning: Meaning;
}

export interface StreamOptions {
  readonly encoding: TestEncoding;
  readonly lens: Lens;
  readonly phase: InitialPhase;
  readonly resourceVersion: string;
  readonly snapshot: Snapshot | undefined;
  readonly memos: Memos;
  readonly hasBookmarks: boolean;
  /** What the client holds; it is kept up to date. */
  readonly store: Map<string, Held>;
  readonly random: Random;
  readonly stats: Stats;
}

const NOTHING = Buffer.alloc(0);

const filterOf = ({ key, plan }: Lens): Filter => ({ mode: 'filter', projection: { name: key, key, plan } });

export class Stream {
  readonly #options: StreamOptions;
  readonly #frames: FrameSieve;
  readonly #progress: Progress;
  #lens: Lens;
  /** Frames on their way, and how many of their bytes have been pushed. */
  readonly #coming: Frame[] = [];
  #pushed = 0;
  /** Bytes that upstream has sent and the proxy has not read. */
  #unread = NOTHING;
  /** Part of the first coming frame that has passed before the rest was there. */
  #passedEarly = NOTHING;
  #isPast: boolean;
  #lastRead = '';
  #lastSwallowed: Frame | undefined;
  /** Objects of which an event as an API server writes it was delivered here, and nothing odd has come since. */
  readonly #certain = new Set<string>();
  readonly #seenHere = new Set<string>();
  resourceVersion: string;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { encoding, lens, phase, resourceVersion, hasBookmarks } = options;
    this.#lens = lens;
    this.#isPast = phase === 'past';
    this.resourceVersion = resourceVersion;
    const codec = CODECS[encoding];
    this.#progress = new Progress({
      bookmark: hasBookmarks ? (version) => codec.bookmark(NODES, version) : undefined,
      maxLagMs: 1000,
    });
    this.#frames = new FrameSieve({
      splitter: codec.splitter(16 * 1024 * 1024),
      reading: { codec, resource: NODES, memos: options.memos },
      filter: filterOf(lens),
      client: { phase, resourceVersion, snapshot: options.snapshot, passAt: () => Infinity },
      progress: this.#progress,
      tallies: [],
    });
  }

  get isPastInitialEvents(): boolean {
    return this.#isPast;
  }

  get baselineSize(): number {
    return this.#frames.sieve.baselineSize;
  }

  snapshot(): ReturnType<Sieve['snapshot']> {
    return this.#frames.sieve.snapshot();
  }

  refilter(lens: Lens): void {
    this.#lens = lens;
    this.#certain.clear();
    this.#frames.refilter(filterOf(lens));
  }

  /** Upstream sends these; the proxy reads them in any pieces, perhaps not all of it yet. */
  send(frames: readonly Frame[]): void {
    const { random } = this.#options;
    this.#coming.push(...frames);
    const bytes = Buffer.concat([this.#unread, ...frames.map(({ facts }) => facts.bytes)]);
    const end = bytes.length - (random.oneIn(4) ? random.below(Math.min(bytes.length, 300)) : 0);
    this.#unread = end === bytes.length ? NOTHING : Buffer.from(bytes.subarray(end));
    const whole = random.oneIn(2);
    for (let at = 0; at < end;) {
      const size = whole ? end - at : 1 + random.below(random.oneIn(3) ? 40 : 4000);
      this.#push(bytes.subarray(at, Math.min(end, at + size)));
      at += size;
    }
  }

  /** All that was sent is read. */
  settle(): void {
    if (this.#unread.length === 0) return;
    const bytes = this.#unread;
    this.#unread = NOTHING;
    this.#push(bytes);
  }

  /** Tells the client how far the stream is, where it does not know. */
  makeCurrent(): void {
    const release = this.#progress.release();
    if (release === undefined) return;
    const { encoding, stats, store } = this.#options;
    this.#frames.sieve.released(release.resourceVersion);
    if (release.kind === 'held_frame') {
      const last = this.#lastSwallowed;
      const { length } = release.bytes;
      // The last frame of all may have come without its line feed.
      const isLast =
        last !== undefined &&
        length >= last.facts.bytes.length - 1 &&
        last.facts.bytes.subarray(0, length).equals(release.bytes);
      if (!isLast) throw new Loss('I3: another frame is released than was swallowed last');
      store.set(last.facts.name, last.held);
      stats.heldFrames++;
    } else {
      const { type, readings } = decodeEvent(encoding, release.bytes, false);
      const version = textOf(own(fieldsOf(readings[0]?.['metadata']), 'resourceVersion'));
      if (type !== 'BOOKMARK' || version !== this.#lastRead)
        throw new Loss(`R17: a bookmark at ${version} and not at ${this.#lastRead}`);
      stats.ownBookmarks++;
    }
    this.resourceVersion = release.resourceVersion;
  }

  /** The stream ends, from upstream or by the proxy: what was not read is lost, and the client is made current. */
  end(): void {
    const out: Buffer[] = [];
    this.#frames.finish(out);
    const last = Buffer.concat(out);
    const next = this.#coming.shift();
    const isWhole =
      next !== undefined && this.#pushed === next.facts.bytes.length - 1 && this.#options.encoding === 'json';
    // An object of JSON is whole without its line feed.
    if (isWhole) this.#read(next, next.facts.bytes.subarray(0, this.#pushed).equals(last));
    else if (last.length > 0) throw new Loss('R9: part of a frame passes at the end');
    this.makeCurrent();
  }

  /** These bytes are nobody else's, and overwritten afterwards: whoever keeps a view of them is lost (I8). */
  #push(chunk: Buffer): void {
    const out: Buffer[] = [];
    this.#frames.push(chunk, out);
    this.#pushed += chunk.length;
    const [only = NOTHING] = out;
    let passed =
      this.#passedEarly.length === 0 && out.length < 2 ? only : Buffer.concat([this.#passedEarly, ...out]);
    for (
      let next = this.#coming[0];
      next !== undefined && this.#pushed >= next.facts.bytes.length;
      next = this.#coming[0]
    ) {
      const { length } = next.facts.bytes;
      this.#coming.shift();
      this.#pushed -= length;
      const isPassed = passed.length >= length && passed.subarray(0, length).equals(next.facts.bytes);
      if (isPassed) passed = passed.subarray(length);
      this.#read(next, isPassed);
    }
    const left = this.#coming[0]?.facts.bytes ?? NOTHING;
    if (passed.length > this.#pushed || !left.subarray(0, passed.length).equals(passed))
      throw new Loss(
        `I3: the client gets bytes that upstream did not send: ${JSON.stringify(passed.toString('latin1'))}`,
      );
    this.#passedEarly = passed.length === 0 ? NOTHING : Buffer.from(passed);
    chunk.fill(0xff);
  }

  #read(frame: Frame, isPassed: boolean): void {
    const { store, stats } = this.#options;
    const { type, name, resourceVersion, isPlain } = frame.facts;
    const { held } = frame;
    stats.events++;
    const isNoOp = isPassed ? this.#isPlainNoOp(frame) : this.#swallowed(frame);
    if (isNoOp) stats.plainNoOps[frame.facts.encoding]++;
    if (isNoOp && !isPassed) stats.plainSwallowed[frame.facts.encoding]++;
    this.#lastRead = resourceVersion;
    if (isPassed) {
      stats.forwarded++;
      if (type === 'DELETED') store.delete(name);
      else if (type !== 'BOOKMARK') store.set(name, held);
      this.resourceVersion = resourceVersion;
      if (!isPlain) this.#certain.clear();
      else if (type === 'DELETED') this.#certain.delete(name);
      else this.#certain.add(name);
      this.#seenHere.add(name);
    } else this.#lastSwallowed = frame;
    // R20, by its words.
    const isEnd = type === 'BOOKMARK' && frame.facts.endsInitial;
    this.#isPast ||= this.#options.hasBookmarks ? isEnd : type !== 'ADDED';
  }

  /** @returns whether it was to be expected */
  #swallowed(frame: Frame): boolean {
    const { store, stats, encoding } = this.#options;
    const { type, name, isPlain } = frame.facts;
    const before = store.get(name);
    if (type !== 'MODIFIED') throw new Loss(`I2: ${type} of ${name} was swallowed`);
    if (before === undefined)
      throw new Loss(`I2: an event of ${name} was swallowed, and the client does not hold it`);
    if (!this.#isPast) throw new Loss('R20: an event was swallowed before the initial events were over');
    const { meaning } = this.#lens;
    if (before.text(meaning) !== frame.held.text(meaning))
      throw new Loss(storyOf(encoding, meaning, before, frame.held));
    stats.swallowed++;
    if (!this.#seenHere.has(name)) stats.swallowedByAdoption++;
    if (!isPlain || !before.isPlain) stats.swallowedForeign++;
    return this.#isPlainNoOp(frame);
  }

  /** Whether a filter that works must swallow it. */
  #isPlainNoOp(frame: Frame): boolean {
    const { type, name, isPlain } = frame.facts;
    const before = this.#options.store.get(name);
    if (type !== 'MODIFIED' || !isPlain || before?.isPlain !== true || !this.#isPast) return false;
    return this.#certain.has(name) && before.text(this.#lens.meaning) === frame.held.text(this.#lens.meaning);
  }
}
