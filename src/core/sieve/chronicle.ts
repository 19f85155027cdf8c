/**
 * What has become of each object of one stream: the last decisions, and what is known of the client's state. For
 * operators; no verdict depends on it. Outlives its stream for a while, so it holds no scanner, no bytes of frames, and
 * names of fields only, never their values (R26).
 */
import { type Differences } from '../codec/differences.ts';
import { type EventType } from '../codec/watch-event.ts';
import { type Baseline, type Held, type NoOps } from './baseline.ts';
import { type KeptVersion } from './kept-version.ts';
import { type SnapshotSource } from './snapshots.ts';
import { type Reason } from './verdict.ts';

/** How many decisions of one stream are kept (I6), and how many of one object are told. */
export const MAX_DECISIONS = 1000;
export const MAX_TOLD = 10;
/** How many changes may wait to be compared with what was before. */
const MAX_UNSETTLED = 16;

/** One event of a known object that was forwarded after the initial events. */
export interface Forwarded {
  /** Which object. */
  readonly key: string;
  readonly type: EventType;
  readonly reason: Reason;
  readonly resourceVersion: KeptVersion;
  /** Whole monotonic ms. */
  readonly at: number;
  /** Of a changed object; undefined where its form before is not known any more. */
  readonly differences: Differences | undefined;
}

/** Works out in which parts an object changed, from forms that may be forgotten meanwhile. */
export type Compare = () => Differences | undefined;

/**
 * Why it is not known what the client holds: an event passed for this reason, another projection counts now, or
 * upstream's history was replaced.
 */
export type DoubtReason = Reason | 'projection' | 'history';

/** When, and why, it was last unknown what the client holds. */
export interface Doubt {
  readonly reason: DoubtReason;
  readonly at: number;
  /** Objects of which the client's state was forgotten. */
  readonly objects: number;
}

/** The snapshot a stream began with. */
export interface Adopted {
  readonly source: SnapshotSource;
  readonly resourceVersion: string;
}

/** What is known of one object. */
export interface Account {
  /** What the client is known to hold of it. */
  readonly held: Held | undefined;
  readonly noOps: NoOps | undefined;
  /** The newest first. */
  readonly decisions: readonly Forwarded[];
}

export class Chronicle {
  readonly #baseline: Baseline;
  readonly #decisions: Forwarded[] = [];
  readonly #unsettled: { readonly at: number; readonly decision: Forwarded; readonly compare: Compare }[] =
    [];
  #next = 0;
  #doubt: Doubt | undefined;
  /** The snapshot this stream began with, if any. */
  adopted: Adopted | undefined;

  constructor(baseline: Baseline) {
    this.#baseline = baseline;
  }

  get doubt(): Doubt | undefined {
    return this.#doubt;
  }

  /** Whether decisions older than the oldest one here have been forgotten. */
  get isFull(): boolean {
    return this.#decisions.length === MAX_DECISIONS;
  }

  /** @param compare tells the differences; called later, since the client waits for the event and not for this */
  forwarded(decision: Forwarded, compare?: Compare): void {
    const at = this.#next;
    this.#decisions[at] = decision;
    this.#next = (at + 1) % MAX_DECISIONS;
    if (compare === undefined) return;
    this.#unsettled.push({ at, decision, compare });
    if (this.#unsettled.length === MAX_UNSETTLED) this.settle();
  }

  /** Works out what has been put off; whoever asks for decisions need not call it. */
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

  /** The newest decisions, of all objects, that the caller wants: at most so many, the newest first. */
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
