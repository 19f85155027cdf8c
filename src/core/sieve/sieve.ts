/**
 * Judges each event of one stream. Pure: no socket, clock, logger or metric. Its state is the set of objects that this
 * client holds (the baseline), the resourceVersion at which it holds them, and whether the initial events are over.
 *
 * Invariant (I5): after each event, the baseline has for each object either no fingerprint or the fingerprint of the
 * newest event read about this object. So if a MODIFIED event has an equal fingerprint, the client already holds its
 * projection.
 */
import type { ByteBudget } from '../limits/byte-budget.ts';
import { Baseline } from './baseline.ts';
import { Chronicle, type Compare, type DoubtReason } from './chronicle.ts';
import type { Position } from './comparison.ts';
import type { ReadEvent } from './event-reader.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Forms } from './forms.ts';
import type { InitialPhase } from './initial-phase.ts';
import { keptVersion } from './kept-version.ts';
import type { Snapshot } from './snapshots.ts';
import type { Reason } from './verdict.ts';

export interface SieveOptions {
  readonly phase: InitialPhase;
  /** The resourceVersion at which the client starts; empty if the client holds no state. */
  readonly resourceVersion: string;
  /** The snapshot at exactly this resourceVersion, if there is one. */
  readonly snapshot: Snapshot | undefined;
  /** The time at which an object that is delivered at `now` is due again, even if it is unchanged (monotonic ms; R19). */
  readonly passAt: (now: number) => number;
  /** The budget for baselines; without it they are unbounded. Objects that find no room are always forwarded. */
  readonly budget?: ByteBudget | undefined;
  /** The program's canonical forms; without them the chronicle does not list the changed parts of an object. */
  readonly forms?: Forms | undefined;
}

export class Sieve {
  readonly #passAt: (now: number) => number;
  readonly #forms: Forms | undefined;
  readonly #baseline: Baseline;
  #phase: InitialPhase;
  #deliveredAt: string;
  /** The resourceVersion of the newest event read, swallowed or not; empty if it is unknown. */
  #readAt: string;
  /** How often the whole baseline was dropped. */
  #doubts = 0;
  #isVerbatim = false;
  #isMistrusted = false;
  /** The recent history of each object, for operators. */
  readonly chronicle: Chronicle;
  /** Monotonic milliseconds. The caller sets it once per chunk, so that no clock is read per event. */
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

  /** The number of objects that the client is known to hold. */
  get baselineSize(): number {
    return this.#baseline.size;
  }

  /** The resourceVersion that the client was last sent, or at which it started; empty if it is unknown. */
  get deliveredAt(): string {
    return this.#deliveredAt;
  }

  /** See {@link Baseline.release}. */
  release(): void {
    this.#baseline.release();
  }

  held(): ReturnType<Baseline['copy']> {
    return this.#baseline.copy();
  }

  get pastInitialEvents(): boolean {
    return this.#phase === 'past';
  }

  /**
   * The state that this client holds, at the resourceVersion last sent to it. Events swallowed since then have, by
   * definition, not changed this state. Undefined while the initial events last, while the resourceVersion is unknown,
   * after {@link mistrust}, and after {@link passVerbatim}.
   */
  snapshot(): { readonly resourceVersion: string; readonly snapshot: Snapshot } | undefined {
    if (this.#phase !== 'past' || this.#deliveredAt === '' || this.#isUnknown) return undefined;
    return { resourceVersion: this.#deliveredAt, snapshot: { source: 'stream', held: this.held() } };
  }

  /**
   * The state that the client is assumed to hold at the newest resourceVersion read, for a check against upstream
   * (R22). Undefined while the initial events last, while this resourceVersion is unknown, after {@link mistrust}, and
   * after {@link passVerbatim}.
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

  /** True after a check found the baseline to be wrong. */
  get isMistrusted(): boolean {
    return this.#isMistrusted;
  }

  /** A check found the baseline to be wrong (R22). From now on every MODIFIED is forwarded; no snapshot is kept. */
  mistrust(): void {
    this.doubt('mismatch');
    this.#isMistrusted = true;
  }

  /** True if the framing is lost or was never known, so that bytes are forwarded unread. */
  get isVerbatim(): boolean {
    return this.#isVerbatim;
  }

  /** From now on the stream's bytes are forwarded unread. */
  passVerbatim(): void {
    this.doubt('verbatim');
    this.#isVerbatim = true;
  }

  /** True if the client's state will remain unknown until the stream ends. */
  get #isUnknown(): boolean {
    return this.#isMistrusted || this.#isVerbatim;
  }

  /** @returns `unchanged` if the client already holds this state (swallow); any other reason means forward */
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

  /** The client is sent a synthesized bookmark or the held frame, with this resourceVersion. */
  released(resourceVersion: string): void {
    this.#deliveredAt = resourceVersion;
  }

  /** The client's whole state is unknown, for example because the object of a forwarded frame is unclear (R8). */
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
        // The event carries the state before the deletion, and the client forgets the object.
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

  /** The client's state of this one object is unknown; the rest of the baseline stays (R8). */
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

  /** Records that the client is sent this state of an object. */
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

  /**
   * Records a forwarded event in the chronicle. An initial event is not recorded, because the baseline has all its
   * details.
   */
  #passed({ key, type, resourceVersion }: ReadEvent, reason: Reason, compare?: Compare): Reason {
    if (reason === 'initial') return reason;
    const at = Math.round(this.now);
    const decision = { key, type, reason, resourceVersion: keptVersion(resourceVersion), at };
    this.chronicle.forwarded({ ...decision, differences: undefined }, compare);
    return reason;
  }

  /** Undefined if both fingerprints are equal or no forms are kept. */
  #compare(before: Fingerprint, { fingerprint: after, differ }: ReadEvent): Compare | undefined {
    const forms = this.#forms;
    if (before === after || forms === undefined) return undefined;
    return () => {
      const [was, is] = [forms.of(before), forms.of(after)];
      return was && is && differ(was, is);
    };
  }

  /** Ends an `until-not-added` phase. The event that ends it is still an initial event and is forwarded. */
  #leaveUnlessAdded(): void {
    if (this.#phase === 'until-not-added') this.#phase = 'past';
  }
}
