/**
 * Judges one stream: what upstream sent and was read, against what the sidecar wrote. Knows frames by their bytes
 * and objects by the oracle's projections; nothing of the product takes part in a judgement.
 */
import assert from 'node:assert/strict';
import type { Mode } from '../../src/core/projection/filter.ts';
import { bookmarkFrame, FrameCutter, type ModelFrame } from './model-frame.ts';
import { keyOf } from '../../src/lab/simulator/api-object.ts';
import { difference, type ModelObject, projectionOf, type Seen, type Store } from './model-object.ts';
import type { ServerWatch } from './model-server.ts';
import type { Stats } from './stats.ts';

export interface StreamOracleOptions {
  readonly watch: ServerWatch;
  /** As they are now. */
  readonly preset: () => Seen;
  readonly mode: () => Mode;
  /** What the client declares to hold by its resourceVersion; empty where it asks for initial events. */
  readonly declared: Store;
  /** What it really holds. */
  readonly held: Store;
  /** When a client of this scope was last sent an object, by name (milliseconds). Shared by the scope's streams. */
  readonly deliveries: Map<string, number>;
  /** 0: none. */
  readonly maxSuppressionMs: number;
  readonly maxLagMs: number;
  readonly stats: Stats;
  /** How many objects the sidecar believes the client to hold. */
  readonly baselineSize: () => number;
}

/** A whole frame on its way to the client. */
export interface SentFrame {
  readonly frame: ModelFrame;
  /** How many bytes of the response the client has to have received for it. */
  readonly end: number;
}

const LF = Buffer.from('\n');
/** How soon a client is tried again whose socket was full (milliseconds; watch-stream.ts, RETRY_MS). */
const RETRY_MS = 1000;

export class StreamOracle {
  readonly sent: SentFrame[] = [];
  readonly #options: StreamOracleOptions;
  readonly #cutter: FrameCutter;
  /** What the client holds once all that was written has arrived, and what it would hold without the sidecar. */
  readonly #delivered: Map<string, ModelObject>;
  readonly #read: Map<string, ModelObject>;
  readonly #owed = new Set<string>();
  readonly #seenHere = new Set<string>();
  /** Frames before it are judged. */
  #judged = 0;
  /** The frame behind the last delivered one, or behind that whose resourceVersion a bookmark told. */
  #next = 0;
  #written = 0;
  #isPastInitial: boolean;
  #behindSince: number | undefined;
  #blockedAt = -Infinity;
  #endsWithoutLf = false;

  constructor(options: StreamOracleOptions) {
    this.#options = options;
    this.#cutter = new FrameCutter(options.watch.request.encoding);
    this.#delivered = new Map(options.held);
    this.#read = new Map(options.declared);
    this.presetChanged();
    this.#isPastInitial = options.watch.startIndex !== undefined;
  }

  /**
   * Another projection counts: where it sees a difference in what was swallowed under the former one, the client has to
   * be sent the object with its next event, and until then is owed it.
   */
  presetChanged(): void {
    const preset = this.#options.preset();
    this.#owed.clear();
    for (const [key, object] of this.#read) {
      const held = this.#delivered.get(key);
      if (held !== undefined && projectionOf(preset, held) !== projectionOf(preset, object))
        this.#owed.add(key);
    }
  }

  /** Judges what has been read and written since the last call. */
  step(written: Buffer, now: number, isOver: boolean): void {
    const { watch } = this.#options;
    for (const bytes of this.#cutter.push(written)) this.#output(bytes, now);
    const next = watch.frames[watch.readCount - 1];
    if (isOver && next !== undefined && Buffer.concat([this.#cutter.tail, LF]).equals(next.bytes))
      this.#lastLine(now);
    this.#judgeUpTo(watch.readCount, now);
    const { tail } = this.#cutter;
    const unfinished = watch.frames[watch.readCount]?.bytes;
    assert.ok(
      tail.length === 0 || unfinished?.subarray(0, tail.length).equals(tail) === true,
      'I3: what was written of a frame is the beginning of the one upstream is sending',
    );
    assert.ok(
      this.#options.baselineSize() <= this.#delivered.size,
      'I2: the baseline has no object that the client does not hold',
    );
    const lost = difference(this.#options.preset(), this.#delivered, this.#read, this.#owed);
    assert.equal(lost, undefined, `I5: ${lost}`);
  }

  /** The response has ended. */
  ended(how: 'ended' | 'destroyed'): void {
    const { tail } = this.#cutter;
    if (how === 'destroyed') {
      assert.ok(tail.length > 0 || this.#endsWithoutLf, 'a response is broken only inside a frame');
      return;
    }
    assert.equal(tail.length, 0, 'R9: a clean end comes between two frames');
    assert.equal(this.#behindSince, undefined, 'I4: at its end a stream has told all progress');
  }

  /** The client's socket takes nothing: nobody can make it current. */
  blocked(now: number): void {
    this.#blockedAt = now;
  }

  /** Time has passed. */
  checkLag(now: number): void {
    // Inside a frame that is passed on in parts nothing can be put; its end makes the client current.
    if (this.#behindSince === undefined || this.#cutter.tail.length > 0) return;
    const due = Math.max(this.#behindSince + this.#options.maxLagMs, this.#blockedAt + RETRY_MS);
    assert.ok(now <= due, `I4: the client is behind since ${this.#behindSince}, it is ${now}`);
  }

  get isBehind(): boolean {
    return this.#behindSince !== undefined;
  }

  /** A JSON value is whole without its line feed; the sidecar may know that, or not. */
  #lastLine(now: number): void {
    this.#endsWithoutLf = true;
    this.#output(Buffer.concat([this.#cutter.takeTail(), LF]), now, -LF.length);
  }

  /** One whole frame that the sidecar wrote: one of upstream's, or a bookmark of its own. */
  #output(bytes: Buffer, now: number, lengthLess = 0): void {
    const { watch, stats } = this.#options;
    this.#written += bytes.length + lengthLess;
    let index = this.#next;
    while (index < watch.readCount && watch.frames[index]?.bytes.equals(bytes) !== true) index++;
    const frame = index < watch.readCount ? watch.frames[index] : undefined;
    if (frame === undefined) {
      this.#ownBookmark(bytes, now);
      return;
    }
    if (index < this.#judged) stats.heldFrames++;
    else {
      this.#judgeUpTo(index, now);
      this.#judged = index + 1;
      apply(this.#read, frame);
      this.#enter(frame);
    }
    apply(this.#delivered, frame);
    if (frame.object !== undefined) {
      const key = keyOf(frame.object.metadata);
      this.#seenHere.add(key);
      this.#owed.delete(key);
      this.#options.deliveries.set(key, now);
    }
    this.#next = index + 1;
    this.#behindSince = undefined;
    this.sent.push({ frame, end: this.#written });
    stats.delivered++;
  }

  #ownBookmark(bytes: Buffer, now: number): void {
    const { watch, stats } = this.#options;
    const { bookmarks, encoding } = watch.request;
    this.#judgeUpTo(watch.readCount, now);
    const newest = watch.readCount > this.#next ? watch.frames[watch.readCount - 1] : undefined;
    assert.ok(
      newest !== undefined,
      'I3: nothing is written but what upstream sent, in its order, and bookmarks',
    );
    const frame = bookmarkFrame(watch.subject, newest.resourceVersion, encoding);
    assert.ok(
      bytes.equals(frame.bytes),
      'I3: a frame that is neither upstream’s nor the bookmark that is due',
    );
    assert.ok(bookmarks, 'R17: a bookmark for a client that did not ask for any');
    assert.ok(this.#isPastInitial, 'R17: a bookmark before the initial events are over');
    this.#next = watch.readCount;
    this.#behindSince = undefined;
    this.sent.push({ frame, end: this.#written });
    stats.ownBookmarks++;
  }

  /** Frames up to here were read, and those that were not written are swallowed. */
  #judgeUpTo(end: number, now: number): void {
    for (; this.#judged < end; this.#judged++) {
      const frame = this.#options.watch.frames[this.#judged];
      if (frame === undefined) return;
      this.#swallowed(frame, now);
      apply(this.#read, frame);
      this.#enter(frame);
    }
  }

  #swallowed({ type, object, isInitial }: ModelFrame, now: number): void {
    const { mode, deliveries, maxSuppressionMs, stats } = this.#options;
    const preset = this.#options.preset();
    assert.equal(mode(), 'filter', 'R21: who only observes swallows nothing');
    assert.ok(
      type === 'MODIFIED' && object !== undefined,
      `I2: only MODIFIED is ever swallowed, not ${type}`,
    );
    assert.ok(
      this.#isPastInitial && !isInitial,
      'R20: nothing is swallowed before the initial events are over',
    );
    const name = keyOf(object.metadata);
    const held = this.#delivered.get(name);
    assert.ok(held !== undefined, `I2: ${name} was swallowed, and the client does not hold it`);
    assert.equal(
      projectionOf(preset, held),
      projectionOf(preset, object),
      `I2: a change of ${name} was swallowed`,
    );
    const age = now - (deliveries.get(name) ?? -Infinity);
    assert.ok(maxSuppressionMs === 0 || age < maxSuppressionMs, `R19: ${name} was last sent ${age} ms ago`);
    this.#behindSince ??= now;
    stats.swallowed++;
    if (!this.#seenHere.has(name)) stats.swallowedByAdoption++;
  }

  /** R20, by the words of the requirement. */
  #enter(frame: ModelFrame): void {
    const { sendInitialEvents, bookmarks } = this.#options.watch.request;
    if (sendInitialEvents && bookmarks) this.#isPastInitial ||= frame.endsInitial;
    else this.#isPastInitial ||= frame.type !== 'ADDED';
  }
}

function apply(store: Map<string, ModelObject>, { type, object }: ModelFrame): void {
  if (object === undefined) return;
  const key = keyOf(object.metadata);
  if (type === 'DELETED') store.delete(key);
  else store.set(key, object);
}
