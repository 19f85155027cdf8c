/**
 * The objects that the client of one stream holds, each with its fingerprint and the time of its next forced delivery.
 * A baseline is never shared between streams: another client's newer state would hide a change from this client (I2). A
 * stream that resumes at a resourceVersion copies the snapshot at exactly that resourceVersion; otherwise its baseline
 * begins empty (R16).
 *
 * Each object has a slot: its index in several arrays, the columns. A swallowed event only overwrites entries of these
 * arrays, so it allocates nothing.
 */
import type { ByteBudget } from '../limits/byte-budget.ts';
import type { Fingerprint } from './fingerprint.ts';
import { keptVersion, type KeptVersion } from './kept-version.ts';
import type { Reason } from './verdict.ts';

/** One object as it was last delivered. Immutable, because baselines and snapshots share it. */
export interface Held {
  readonly fingerprint: Fingerprint;
  /** From this moment on (monotonic ms) the next MODIFIED is forwarded, changed or not (R19). */
  readonly passAt: number;
  /** When the object was delivered, on this stream or earlier (whole monotonic ms). */
  readonly deliveredAt: number;
  /** The resourceVersion of the object, not of a list. */
  readonly resourceVersion: KeptVersion;
  /** Why the object was delivered; `list` if it was delivered in a LIST. */
  readonly reason: Reason | 'list';
}

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

export class Baseline {
  readonly #budget: ByteBudget | undefined;
  #isReleased = false;
  readonly #slots = new Map<string, number>();
  /** The slots of deleted objects, for reuse. Their columns have stale values. */
  readonly #free: number[] = [];
  readonly #held: Held[] = [];
  readonly #noOps: number[] = [];
  readonly #noOpAt: number[] = [];
  readonly #noOpVersion: KeptVersion[] = [];

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

  at(slot: number): Held | undefined {
    return slot === NO_SLOT ? undefined : this.#held[slot];
  }

  /** Counts an event that did not change the fingerprint. */
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

  /** Calls `tell` for each object with unchanged events since its last delivery. */
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

  /** Drops all objects, so that the next MODIFIED of each is forwarded. */
  clear(): void {
    this.#give(this.#slots.size);
    this.#slots.clear();
    for (const column of [this.#free, this.#held, this.#noOps, this.#noOpAt, this.#noOpVersion])
      column.length = 0;
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
  adopt(held: ReadonlyMap<string, Held>): void {
    for (const [key, one] of held) this.set(key, one);
  }

  #give(objects: number): void {
    if (!this.#isReleased) this.#budget?.give(objects * OBJECT_BYTES);
  }

  copy(): ReadonlyMap<string, Held> {
    const copy = new Map<string, Held>();
    for (const [key, slot] of this.#slots) {
      const held = this.#held[slot];
      if (held !== undefined) copy.set(key, held);
    }
    return copy;
  }
}
