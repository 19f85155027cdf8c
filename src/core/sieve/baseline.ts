/**
 * What the client of one stream holds: object → fingerprint, and until when no-ops of it may be swallowed. Never
 * shared between streams: another client's newer state would hide a change from this one (I2). A stream that resumes
 * at a resourceVersion adopts a copy of the snapshot at exactly that one; otherwise it begins empty (R16).
 *
 * Each object has a slot, under which columns of numbers tell what was swallowed since: a swallowed event makes
 * nothing for the garbage collector.
 */
import { type ByteBudget } from '../limits/byte-budget.ts';
import { type Fingerprint } from './fingerprint.ts';
import { keptVersion, type KeptVersion } from './kept-version.ts';
import { type Reason } from './verdict.ts';

/** One object as it was last delivered. Shared between baselines and snapshots, and so never changed. */
export interface Held {
  readonly fingerprint: Fingerprint;
  /** From this moment (monotonic ms) the object's next MODIFIED passes, changed or not (R19). */
  readonly passAt: number;
  /** When it was delivered, by this stream or before it (whole monotonic ms). */
  readonly deliveredAt: number;
  /** The object's own. */
  readonly resourceVersion: KeptVersion;
  /** Why it was delivered; `list`: in a LIST. */
  readonly reason: Reason | 'list';
}

/** Events of one object that changed nothing, since it was last delivered. */
export interface NoOps {
  readonly events: number;
  /** Of the last one (whole monotonic ms). */
  readonly at: number;
  readonly resourceVersion: KeptVersion;
}

/** What one object costs in a baseline or a snapshot: its key, its fingerprint, its place in map and columns. */
export const OBJECT_BYTES = 320;

/** The slot of an object that the client is not known to hold. */
const NO_SLOT = -1;

export class Baseline {
  readonly #budget: ByteBudget | undefined;
  #isReleased = false;
  readonly #slots = new Map<string, number>();
  /** Slots of deleted objects, for the next ones. What they hold is stale. */
  readonly #free: number[] = [];
  readonly #held: Held[] = [];
  readonly #noOps: number[] = [];
  readonly #noOpAt: number[] = [];
  readonly #noOpVersion: KeptVersion[] = [];

  /** @param budget what objects are drawn from; one for which nothing is left is not known to be held */
  constructor(budget?: ByteBudget) {
    this.#budget = budget;
  }

  /** How many objects the client is known to hold. */
  get size(): number {
    return this.#slots.size;
  }

  /** Where to find an object, until the next call that is not `at` or `noOp`. */
  slotOf(key: string): number {
    return this.#slots.get(key) ?? NO_SLOT;
  }

  at(slot: number): Held | undefined {
    return slot === NO_SLOT ? undefined : this.#held[slot];
  }

  /** An event changed nothing of what the client holds. */
  noOp(slot: number, resourceVersion: string, now: number): void {
    this.#noOps[slot] = (this.#noOps[slot] ?? 0) + 1;
    this.#noOpAt[slot] = Math.round(now);
    this.#noOpVersion[slot] = keptVersion(resourceVersion);
  }

  noOpsAt(slot: number): NoOps | undefined {
    const events = this.#noOps[slot] ?? 0;
    if (slot === NO_SLOT || events === 0) return undefined;
    return { events, at: this.#noOpAt[slot] ?? 0, resourceVersion: this.#noOpVersion[slot] ?? '' };
  }

  /** Tells of each object that events have changed nothing of since it was last delivered. */
  forEachNoOp(tell: (key: string, events: number, held: Held) => void): void {
    for (const [key, slot] of this.#slots) {
      const [events, held] = [this.#noOps[slot] ?? 0, this.#held[slot]];
      if (events > 0 && held !== undefined) tell(key, events, held);
    }
  }

  set(key: string, held: Held): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      if (!this.#isReleased && this.#budget?.take(OBJECT_BYTES) === false) return;
      slot = this.#free.pop() ?? this.#held.length;
      this.#slots.set(key, slot);
    }
    this.#held[slot] = held;
    this.#noOps[slot] = 0;
    this.#noOpAt[slot] = 0;
    this.#noOpVersion[slot] = 0;
  }

  delete(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#free.push(slot);
    this.#give(1);
  }

  /** Forgets everything: from here on each object's next MODIFIED passes. */
  clear(): void {
    this.#give(this.#slots.size);
    this.#slots.clear();
    for (const column of [this.#free, this.#held, this.#noOps, this.#noOpAt, this.#noOpVersion])
      column.length = 0;
  }

  /** Its stream is over: what was drawn for it is given back, once. It may be read for a while. */
  release(): void {
    this.#give(this.#slots.size);
    this.#isReleased = true;
  }

  /** Begins with what a snapshot says; the snapshot stays as it is. */
  adopt(held: ReadonlyMap<string, Held>): void {
    for (const [key, one] of held) this.set(key, one);
  }

  #give(objects: number): void {
    if (!this.#isReleased) this.#budget?.give(objects * OBJECT_BYTES);
  }

  /** A copy of the present state. */
  copy(): ReadonlyMap<string, Held> {
    const copy = new Map<string, Held>();
    for (const [key, slot] of this.#slots) {
      const held = this.#held[slot];
      if (held !== undefined) copy.set(key, held);
    }
    return copy;
  }
}
