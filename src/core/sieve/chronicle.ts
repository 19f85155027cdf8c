/**
 * The recent history of each object of one stream: the last decisions, and the state that the client is known to hold.
 * It serves operators; no verdict depends on it. A chronicle outlives its stream for a while, so it holds no scanner,
 * no bytes of frames, and only the names of fields, never their values (R26).
 */
import type { Differences } from '../codec/differences.ts';
import type { EventType } from '../codec/watch-event.ts';
import type { Baseline, Held, NoOps } from './baseline.ts';
import type { KeptVersion } from './kept-version.ts';
import type { SnapshotSource } from './snapshots.ts';
import type { Reason } from './verdict.ts';

/** The most decisions kept for one stream (I6). */
export const MAX_DECISIONS = 1000;
/** The most decisions reported for one object. */
export const MAX_TOLD = 10;
/** The most changes that may wait to be compared with the state before them. */
const MAX_UNSETTLED = 16;

/** One event of a known object that was forwarded after the initial events. */
export interface Forwarded {
  readonly key: string;
  readonly type: EventType;
  readonly reason: Reason;
  readonly resourceVersion: KeptVersion;
  /** Whole monotonic ms. */
  readonly at: number;
  /** The differences of a changed object; undefined if its previous form is no longer known. */
  readonly differences: Differences | undefined;
}

/** Determines in which parts an object changed. The result is undefined if a form was evicted meanwhile. */
export type Compare = () => Differences | undefined;

/**
 * Why the client's state became unknown: an event was forwarded for this reason, the projection changed, or upstream's
 * history was replaced.
 */
export type DoubtReason = Reason | 'projection' | 'history';

/** The last moment at which the client's state became unknown, and the reason. */
export interface Doubt {
  readonly reason: DoubtReason;
  readonly at: number;
  /** The number of objects that were dropped from the baseline. */
  readonly objects: number;
}

/** The snapshot with which a stream began. */
export interface Adopted {
  readonly source: SnapshotSource;
  readonly resourceVersion: string;
}

/** Everything that is known about one object on this stream. */
export interface Account {
  /** The state of the object that the client is known to hold. */
  readonly held: Held | undefined;
  readonly noOps: NoOps | undefined;
  /** Newest first. */
  readonly decisions: readonly Forwarded[];
}

export class Chronicle {
  readonly #baseline: Baseline;
  readonly #decisions: Forwarded[] = [];
  readonly #unsettled: { readonly at: number; readonly decision: Forwarded; readonly compare: Compare }[] =
    [];
  #next = 0;
  #doubt: Doubt | undefined;
  /** The snapshot with which this stream began, if any. */
  adopted: Adopted | undefined;

  constructor(baseline: Baseline) {
    this.#baseline = baseline;
  }

  get doubt(): Doubt | undefined {
    return this.#doubt;
  }

  /** True if older decisions may have been dropped. */
  get isFull(): boolean {
    return this.#decisions.length === MAX_DECISIONS;
  }

  /** @param compare determines the differences; called later, so that the client does not wait for the comparison */
  forwarded(decision: Forwarded, compare?: Compare): void {
    const at = this.#next;
    this.#decisions[at] = decision;
    this.#next = (at + 1) % MAX_DECISIONS;
    if (compare === undefined) return;
    this.#unsettled.push({ at, decision, compare });
    if (this.#unsettled.length === MAX_UNSETTLED) this.settle();
  }

  /** Makes the comparisons that were postponed. {@link newest} and {@link account} do so by themselves. */
  settle(): void {
    for (const { at, decision, compare } of this.#unsettled)
      this.#decisions[at] = { ...decision, differences: compare() };
    this.#unsettled.length = 0;
  }

  doubted(reason: DoubtReason, now: number): void {
    this.#doubt = { reason, at: Math.round(now), objects: this.#baseline.size };
  }

  account(key: string): Account {
    const slot = this.#baseline.slotOf(key);
    return {
      held: this.#baseline.at(slot),
      noOps: this.#baseline.noOpsAt(slot),
      decisions: this.#decisionsOf(key),
    };
  }

  /** The newest decisions for which `isWanted` returns true, about all objects, newest first. @param most - how many */
  newest(most: number, isWanted: (decision: Forwarded) => boolean): Forwarded[] {
    this.settle();
    const found: Forwarded[] = [];
    const count = this.#decisions.length;
    for (let back = 1; back <= count && found.length < most; back++) {
      const decision = this.#decisions[(this.#next - back + count) % count];
      if (decision !== undefined && isWanted(decision)) found.push(decision);
    }
    return found;
  }

  /** See {@link Baseline.forEachNoOp}. */
  forEachNoOp(tell: (key: string, events: number, held: Held) => void): void {
    this.#baseline.forEachNoOp(tell);
  }

  #decisionsOf(key: string): Forwarded[] {
    return this.newest(MAX_TOLD, (decision) => decision.key === key);
  }
}
