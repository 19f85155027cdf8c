/**
 * The objects that the client of one stream holds, each with its fingerprint and the time of its next forced delivery.
 * A baseline is never shared between streams: another client's newer state would hide a change from this client (I2). A
 * stream that resumes at a resourceVersion copies the snapshot at exactly that resourceVersion; otherwise its baseline
 * begins empty (R16).
 *
 * Each object has a slot, which is the index of its fingerprint and of its row: numbers that stand side by side in one
 * array. Thus an object has no JavaScript object of its own, a swallowed event allocates nothing, and what it reads and
 * writes lies in one or two lines of the processor's cache.
 */
import type { ByteBudget } from '../limits/byte-budget.ts';
import type { Fingerprint } from './fingerprint.ts';
import { keptVersion, type KeptVersion } from './kept-version.ts';
import { asOneString } from './one-string.ts';
import { REASONS } from './verdict.ts';

/** One object as it was last delivered. */
export interface Held {
  readonly fingerprint: Fingerprint;
  /** From this moment on (monotonic ms) the next MODIFIED is forwarded, changed or not (R19). */
  readonly passAt: number;
  /** When the object was delivered, on this stream or earlier (whole monotonic ms). */
  readonly deliveredAt: number;
  /** The resourceVersion of the object, not of a list. */
  readonly resourceVersion: KeptVersion;
  /** Why the object was delivered; `list` if it was delivered in a LIST. */
  readonly reason: HeldReason;
}

const HELD_REASONS = ['list', ...REASONS] as const;
type HeldReason = (typeof HELD_REASONS)[number];

/** Objects by key, in a baseline or a snapshot. */
export interface HeldObjects
  extends Iterable<[string, Held]>, Pick<ReadonlyMap<string, Held>, 'size' | 'get' | 'has' | 'keys'> {}

/** The events of one object since its last delivery; none of them changed its fingerprint. */
export interface NoOps {
  readonly events: number;
  /** The time of the last event (whole monotonic ms). */
  readonly at: number;
  readonly resourceVersion: KeptVersion;
}

/** The memory of one object in a baseline or a snapshot: its key, its fingerprint, its place in map and columns. */
export const OBJECT_BYTES = 320;

/** The slot of an object that the client is not known to hold. */
const NO_SLOT = -1;

// The places in a row. A resourceVersion that is not kept as a number is NaN there, and a text beside the rows.
const PASS_AT = 0;
const DELIVERED_AT = 1;
const VERSION = 2;
const REASON = 3;
const NO_OPS = 4;
const NO_OP_AT = 5;
const NO_OP_VERSION = 6;
const ROW = 7;

export class Baseline implements HeldObjects {
  readonly #budget: ByteBudget | undefined;
  #isReleased = false;
  readonly #slots = new Map<string, number>();
  /** The slots of deleted objects, for reuse. Their rows have stale values. */
  readonly #free: number[] = [];
  readonly #fingerprints: Fingerprint[] = [];
  #rows = new Float64Array(0);
  /** The resourceVersions that are NaN in the rows, by their index there. */
  readonly #texts = new Map<number, string>();

  /** @param budget limits the memory; an object that finds no room is left out of the baseline */
  constructor(budget?: ByteBudget) {
    this.#budget = budget;
  }

  /** The number of objects that the client is known to hold. */
  get size(): number {
    return this.#slots.size;
  }

  /** The slot of an object. It is valid until the next call that changes the baseline; `noOp` keeps it valid. */
  slotOf(key: string): number {
    return this.#slots.get(key) ?? NO_SLOT;
  }

  /** Undefined if the client is not known to hold the object. */
  fingerprintAt(slot: number): Fingerprint | undefined {
    return slot === NO_SLOT ? undefined : this.#fingerprints[slot];
  }

  /** See {@link Held.passAt}. */
  passAt(slot: number): number {
    return this.#rows[slot * ROW + PASS_AT] ?? 0;
  }

  at(slot: number): Held | undefined {
    const fingerprint = this.fingerprintAt(slot);
    if (fingerprint === undefined) return undefined;
    const row = slot * ROW;
    return {
      fingerprint,
      passAt: this.passAt(slot),
      deliveredAt: this.#rows[row + DELIVERED_AT] ?? 0,
      resourceVersion: this.#versionAt(row + VERSION),
      reason: HELD_REASONS[this.#rows[row + REASON] ?? 0] ?? 'list',
    };
  }

  /** Counts an event that did not change the fingerprint. */
  noOp(slot: number, resourceVersion: string, now: number): void {
    const row = slot * ROW;
    this.#rows[row + NO_OPS] = (this.#rows[row + NO_OPS] ?? 0) + 1;
    this.#rows[row + NO_OP_AT] = Math.round(now);
    this.#setVersion(row + NO_OP_VERSION, keptVersion(resourceVersion));
  }

  noOpsAt(slot: number): NoOps | undefined {
    const row = slot * ROW;
    const events = slot === NO_SLOT ? 0 : (this.#rows[row + NO_OPS] ?? 0);
    if (events === 0) return undefined;
    return {
      events,
      at: this.#rows[row + NO_OP_AT] ?? 0,
      resourceVersion: this.#versionAt(row + NO_OP_VERSION),
    };
  }

  /** Calls `tell` for each object with unchanged events since its last delivery. */
  forEachNoOp(tell: (key: string, events: number, held: Held) => void): void {
    for (const [key, slot] of this.#slots) {
      const [events, held] = [this.#rows[slot * ROW + NO_OPS] ?? 0, this.at(slot)];
      if (events > 0 && held !== undefined) tell(key, events, held);
    }
  }

  set(key: string, { fingerprint, passAt, deliveredAt, resourceVersion, reason }: Held): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      if (!this.#isReleased && this.#budget?.take(OBJECT_BYTES) === false) return;
      slot = this.#free.pop() ?? this.#fingerprints.length;
      this.#slots.set(asOneString(key), slot);
    }
    this.#fingerprints[slot] = asOneString(fingerprint);
    const row = slot * ROW;
    if (row === this.#rows.length) this.#grow();
    this.#rows[row + PASS_AT] = passAt;
    this.#rows[row + DELIVERED_AT] = deliveredAt;
    this.#setVersion(row + VERSION, resourceVersion);
    this.#rows[row + REASON] = HELD_REASONS.indexOf(reason);
    this.#rows[row + NO_OPS] = 0;
  }

  delete(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#free.push(slot);
    for (const place of [VERSION, NO_OP_VERSION]) this.#texts.delete(slot * ROW + place);
    this.#give(1);
  }

  /** Drops all objects, so that the next MODIFIED of each is forwarded. */
  clear(): void {
    this.#give(this.#slots.size);
    this.#slots.clear();
    this.#texts.clear();
    this.#free.length = 0;
    this.#fingerprints.length = 0;
    this.#rows = new Float64Array(0);
  }

  /**
   * Gives the drawn bytes back, because the stream has ended. To be called once. The baseline may still be read for a
   * while.
   */
  release(): void {
    this.#give(this.#slots.size);
    this.#isReleased = true;
  }

  /** Copies the objects of a snapshot into this baseline. */
  adopt(held: HeldObjects): void {
    for (const [key, one] of held) this.set(key, one);
  }

  /** The objects as they are now, without what was counted for them since. */
  copy(): HeldObjects {
    const copy = new Baseline();
    copy.#rows = new Float64Array(this.size * ROW);
    for (const [key, one] of this) copy.set(key, one);
    return copy;
  }

  get(key: string): Held | undefined {
    return this.at(this.slotOf(key));
  }

  has(key: string): boolean {
    return this.#slots.has(key);
  }

  keys(): MapIterator<string> {
    return this.#slots.keys();
  }

  *[Symbol.iterator](): Generator<[string, Held]> {
    for (const [key, slot] of this.#slots) {
      const held = this.at(slot);
      if (held !== undefined) yield [key, held];
    }
  }

  #give(objects: number): void {
    if (!this.#isReleased) this.#budget?.give(objects * OBJECT_BYTES);
  }

  /** By an eighth: what lies there unused counts more than copying now and then. */
  #grow(): void {
    const rows = this.#rows.length / ROW;
    const grown = new Float64Array((rows + Math.ceil(rows / 8) + 8) * ROW);
    grown.set(this.#rows);
    this.#rows = grown;
  }

  #setVersion(at: number, version: KeptVersion): void {
    const isNumber = typeof version === 'number';
    this.#rows[at] = isNumber ? version : Number.NaN;
    if (!isNumber) this.#texts.set(at, version);
  }

  #versionAt(at: number): KeptVersion {
    const version = this.#rows[at] ?? 0;
    return Number.isNaN(version) ? (this.#texts.get(at) ?? '') : version;
  }
}
