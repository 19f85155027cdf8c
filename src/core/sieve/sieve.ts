/**
 * The verdict over each event of one stream, as a reader tells it. Pure: no socket, clock, logger or metric. Its whole
 * state is what this client holds (the baseline), at which resourceVersion, and whether the initial events are over.
 *
 * Invariant (I5): after each event, the baseline's fingerprint of an object is that of the newest event read, or
 * there is none; so a MODIFIED equal to it is one whose projection the client already holds.
 */
import { type ByteBudget } from '../limits/byte-budget.ts';
import { Baseline } from './baseline.ts';
import { Chronicle, type Compare, type DoubtReason } from './chronicle.ts';
import { type Position } from './comparison.ts';
import { type ReadEvent } from './event-reader.ts';
import { type Fingerprint } from './fingerprint.ts';
import { type Forms } from './forms.ts';
import { type InitialPhase } from './initial-phase.ts';
import { keptVersion } from './kept-version.ts';
import { type Snapshot } from './snapshots.ts';
import { type Reason } from './verdict.ts';

export interface SieveOptions {
  readonly phase: InitialPhase;
  /** Where the client starts; empty where it names no state that it holds. */
  readonly resourceVersion: string;
  /** The projected state at exactly that resourceVersion, where somebody has seen it. */
  readonly snapshot: Snapshot | undefined;
  /** When an object delivered at `now` must be delivered again though unchanged (monotonic ms; R19). */
  readonly passAt: (now: number) => number;
  /** What baselines are drawn from; without it they have no bound. An object that finds no room passes each time. */
  readonly budget?: ByteBudget | undefined;
  /** The program's; without it nobody is told in which parts a changed object differs. */
  readonly forms?: Forms | undefined;
}

export class Sieve {
  readonly #passAt: (now: number) => number;
  readonly #forms: Forms | undefined;
  readonly #baseline: Baseline;
  #phase: InitialPhase;
  #deliveredAt: string;
  /** The resourceVersion of the newest event read, also where it was swallowed; empty where it is not known. */
  #readAt: string;
  /** How often all that was known of the client was given up. */
  #doubts = 0;
  #isVerbatim = false;
  #isMistrusted = false;
  /** What has become of each object. */
  readonly chronicle: Chronicle;
  /** Monotonic milliseconds, set by the caller once per read: the hot path reads no clock. */
  now = 0;

  constructor({ phase, resourceVersion, snapshot, passAt, forms, budget }: SieveOptions) {
    this.#baseline = new Baseline(budget);
    this.chronicle = new Chronicle(this.#baseline);
    this.#phase = phase;
    this.#passAt = passAt;
    this.#forms = forms;
    this.#deliveredAt = phase === 'past' ? resourceVersion : '';
    this.#readAt = this.#deliveredAt;
    if (phase !== 'past' || snapshot === undefined) return;
    this.#baseline.adopt(snapshot.held);
    this.chronicle.adopted = { source: snapshot.source, resourceVersion };
  }

  /** How many objects the client is known to hold. */
  get baselineSize(): number {
    return this.#baseline.size;
  }

  /** The resourceVersion last handed to the client; empty where it is not known. */
  get deliveredAt(): string {
    return this.#deliveredAt;
  }

  /** See {@link Baseline.release}. */
  release(): void {
    this.#baseline.release();
  }

  /** What the client is known to hold; a copy. */
  held(): ReturnType<Baseline['copy']> {
    return this.#baseline.copy();
  }

  get pastInitialEvents(): boolean {
    return this.#phase === 'past';
  }

  /**
   * The state this client holds, under the resourceVersion last forwarded to it: what was swallowed since has, by
   * definition, not changed it. Undefined before the initial events are over, and after something not understood.
   */
  snapshot(): { readonly resourceVersion: string; readonly snapshot: Snapshot } | undefined {
    if (this.#phase !== 'past' || this.#deliveredAt === '' || this.#isUnknown) return undefined;
    return { resourceVersion: this.#deliveredAt, snapshot: { source: 'stream', held: this.held() } };
  }

  /**
   * What the client is held to have at the newest resourceVersion read, for upstream to agree with (R22). Undefined
   * before the initial events are over, where that resourceVersion is not known, once upstream did not agree, and where
   * bytes pass without being looked at.
   */
  position(): Position | undefined {
    if (this.#phase !== 'past' || this.#readAt === '' || this.#isUnknown) return undefined;
    const doubts = this.#doubts;
    return {
      resourceVersion: this.#readAt,
      held: this.held(),
      isStanding: () => this.#doubts === doubts,
    };
  }

  /** Whether the baseline was found to be wrong. */
  get isMistrusted(): boolean {
    return this.#isMistrusted;
  }

  /** The baseline was found to be wrong (R22): from here on every MODIFIED passes, and no snapshot is left behind. */
  mistrust(): void {
    this.doubt('mismatch');
    this.#isMistrusted = true;
  }

  /** Whether framing was lost (or never known), so that bytes pass without being looked at. */
  get isVerbatim(): boolean {
    return this.#isVerbatim;
  }

  /** From here on bytes pass without being looked at. */
  passVerbatim(): void {
    this.doubt('verbatim');
    this.#isVerbatim = true;
  }

  /** Whether nothing will be known of the client any more. */
  get #isUnknown(): boolean {
    return this.#isMistrusted || this.#isVerbatim;
  }

  /** @returns `unchanged`: the client already holds this, it is a no-op. Anything else: forward, for this reason */
  judge(event: ReadEvent): Reason {
    const { type, doubt, resourceVersion } = event;
    if (doubt !== undefined) {
      if (type !== 'ADDED') this.#leaveUnlessAdded();
      if (type === 'other' || event.key === '') this.doubt(doubt);
      else this.#doubtOne(event, doubt);
      return doubt;
    }
    const reason = this.#reasonFor(event);
    if (type === 'ERROR') return reason;
    this.#readAt = resourceVersion;
    if (reason !== 'unchanged') this.#deliveredAt = resourceVersion;
    return reason;
  }

  /** A bookmark of our own, or a frame that was held back, is on its way to the client. */
  released(resourceVersion: string): void {
    this.#deliveredAt = resourceVersion;
  }

  /** Something passed that was not understood, nor of which object it was: what the client holds is not known (R8). */
  doubt(reason: DoubtReason): void {
    this.chronicle.doubted(reason, this.now);
    this.#baseline.clear();
    this.#deliveredAt = '';
    this.#readAt = '';
    this.#doubts++;
  }

  #reasonFor(event: ReadEvent): Reason {
    switch (event.type) {
      case 'ADDED':
        return this.#added(event);
      case 'MODIFIED':
        return this.#modified(event);
      case 'DELETED':
        this.#leaveUnlessAdded();
        // It carries the last state but one, and the client forgets the object (watch-protocol: DELETED).
        this.#baseline.delete(event.key);
        return this.#passed(event, 'deleted');
      case 'BOOKMARK':
        if (this.#phase !== 'until-bookmark' || event.endsInitialEvents) this.#phase = 'past';
        return 'bookmark';
      case 'ERROR':
      case 'other':
        this.#leaveUnlessAdded();
        return 'error';
    }
  }

  /** Of one object it is not known what the client holds; of all others it is (R8). */
  #doubtOne(event: ReadEvent, reason: Reason): void {
    this.#baseline.delete(event.key);
    this.#passed(event, reason);
    this.#deliveredAt = this.#readAt = event.resourceVersion;
  }

  #added(event: ReadEvent): Reason {
    const reason = this.#phase === 'past' ? 'added' : 'initial';
    if (!this.#isMistrusted) this.#hold(event, reason);
    return this.#passed(event, reason);
  }

  #modified(event: ReadEvent): Reason {
    const initial = this.#phase !== 'past';
    this.#leaveUnlessAdded();
    if (this.#isMistrusted) return this.#passed(event, 'mismatch');
    const { key, fingerprint, resourceVersion } = event;
    const slot = this.#baseline.slotOf(key);
    const held = this.#baseline.at(slot);
    const isEqual = held?.fingerprint === fingerprint;
    if (isEqual && !initial && this.now < held.passAt) {
      this.#baseline.noOp(slot, resourceVersion, this.now);
      return 'unchanged';
    }
    const reason = initial ? 'initial' : held === undefined ? 'first_seen' : isEqual ? 'max_age' : 'changed';
    this.#hold(event, reason);
    return this.#passed(event, reason, held && this.#compare(held.fingerprint, event));
  }

  /** The client is sent this state of an object. */
  #hold(event: ReadEvent, reason: Reason): void {
    const { key, fingerprint, resourceVersion } = event;
    this.#forms?.keep(fingerprint, event);
    this.#baseline.set(key, {
      fingerprint,
      passAt: this.#passAt(this.now),
      deliveredAt: Math.round(this.now),
      resourceVersion: keptVersion(resourceVersion),
      reason,
    });
  }

  /** Notes for the chronicle what passes; of the initial events the baseline tells all there is to tell. */
  #passed({ key, type, resourceVersion }: ReadEvent, reason: Reason, compare?: Compare): Reason {
    if (reason === 'initial') return reason;
    const at = Math.round(this.now);
    const decision = { key, type, reason, resourceVersion: keptVersion(resourceVersion), at };
    this.chronicle.forwarded({ ...decision, differences: undefined }, compare);
    return reason;
  }

  /** Undefined where the two are one, or nobody wants to know. */
  #compare(before: Fingerprint, { fingerprint: after, differ }: ReadEvent): Compare | undefined {
    const forms = this.#forms;
    if (before === after || forms === undefined) return undefined;
    return () => {
      const [was, is] = [forms.of(before), forms.of(after)];
      return was && is && differ(was, is);
    };
  }

  /** An event that is not ADDED ends the initial events, itself included: it still passes. */
  #leaveUnlessAdded(): void {
    if (this.#phase === 'until-not-added') this.#phase = 'past';
  }
}
