/**
 * The verdict over each event of one stream. Pure: no socket, clock, logger or metric. Its whole state is what this
 * client holds (the baseline), at which resourceVersion, and whether the initial events are over.
 *
 * Invariant (I5): after each event, the baseline's fingerprint of an object is that of the newest event read, or
 * there is none; so a MODIFIED equal to it is one whose projection the client already holds.
 */
import { type ByteBudget } from '../limits/byte-budget.ts';
import { type Differences } from '../codec/differences.ts';
import { type EventScanner, type EventType, WatchEvent } from '../codec/watch-event.ts';
import { Baseline } from './baseline.ts';
import { Chronicle, type Compare, type DoubtReason } from './chronicle.ts';
import { type Position } from './comparison.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { type Forms } from './forms.ts';
import { type InitialPhase } from './initial-phase.ts';
import { keptVersion } from './kept-version.ts';
import { type Memo } from './memo.ts';
import { type Snapshot } from './snapshots.ts';
import { type Reason } from './verdict.ts';

/** One decision. Reused from event to event: read it before the next one. */
export interface Decision {
  readonly type: EventType;
  /** `unchanged`: the client already holds this, the frame is a no-op. Anything else: forward, for this reason. */
  readonly reason: Reason;
  /** Of the object in the event; empty where it is not known. */
  readonly resourceVersion: string;
}

export interface SieveOptions {
  readonly scanner: EventScanner;
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
  /** Names the parts in which two forms of this stream's plan and encoding differ. */
  readonly differ?: ((before: Buffer, after: Buffer) => Differences) | undefined;
  /** Of the scanner's plan and encoding; without it every event is scanned. */
  readonly memo?: Memo | undefined;
}

export class Sieve {
  #scanner: EventScanner;
  readonly #passAt: (now: number) => number;
  readonly #forms: Forms | undefined;
  #differ: SieveOptions['differ'];
  #memo: Memo | undefined;
  readonly #baseline: Baseline;
  readonly #event = new WatchEvent();
  readonly #decision = { type: 'other' as EventType, reason: 'undecodable' as Reason, resourceVersion: '' };
  #phase: InitialPhase;
  #deliveredAt: string;
  /** The resourceVersion of the newest event read, also where it was swallowed; empty where it is not known. */
  #readAt: string;
  /** How often all that was known of the client was given up. */
  #doubts = 0;
  #isMistrusted = false;
  /** What has become of each object. */
  readonly chronicle: Chronicle;
  /** Monotonic milliseconds, set by the caller once per read: the hot path reads no clock. */
  now = 0;

  constructor({
    scanner,
    phase,
    resourceVersion,
    snapshot,
    passAt,
    forms,
    differ,
    memo,
    budget,
  }: SieveOptions) {
    this.#baseline = new Baseline(budget);
    this.chronicle = new Chronicle(this.#baseline);
    this.#scanner = scanner;
    this.#phase = phase;
    this.#passAt = passAt;
    this.#forms = forms;
    this.#differ = differ;
    this.#memo = memo;
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
    if (this.#phase !== 'past' || this.#deliveredAt === '' || this.#isMistrusted) return undefined;
    return { resourceVersion: this.#deliveredAt, snapshot: { source: 'stream', held: this.held() } };
  }

  /**
   * What the client is held to have at the newest resourceVersion read, for upstream to agree with (R22). Undefined
   * before the initial events are over, where that resourceVersion is not known, and once upstream did not agree.
   */
  position(): Position | undefined {
    if (this.#phase !== 'past' || this.#readAt === '' || this.#isMistrusted) return undefined;
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

  /** Decides over one whole frame. @returns undefined where the bytes are not a frame at all: framing is lost */
  decide(bytes: Buffer, start: number, end: number): Decision | undefined {
    if (this.#isKnownNoOp(bytes, start, end)) return this.#decision;
    const event = this.#event;
    this.#scanner.scan(bytes, start, end, event);
    if (event.understanding === 'malformed') {
      this.doubt('verbatim');
      return undefined;
    }
    const decision = this.#decision;
    decision.type = event.type;
    decision.resourceVersion = event.resourceVersion;
    decision.reason = this.#reasonFor(event, bytes, start, end);
    if (decision.reason === 'unchanged') this.#readAt = event.resourceVersion;
    else this.#delivered(decision);
    return decision;
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

  /**
   * From here on another projection counts. What the client holds of it is not known: of what was swallowed under the
   * old one, this one may see a difference.
   */
  reproject(scanner: EventScanner, differ?: SieveOptions['differ'], memo?: Memo): void {
    this.#scanner = scanner;
    this.#differ = differ;
    this.#memo = memo;
    this.doubt('projection');
  }

  /**
   * The short way for nearly every event: a MODIFIED whose fingerprint is remembered, and is the one that the client
   * holds. The decision is then what scanning it would have made; anything else is scanned.
   */
  #isKnownNoOp(bytes: Buffer, start: number, end: number): boolean {
    const memo = this.#memo;
    if (memo === undefined || this.#phase !== 'past' || this.#isMistrusted) return false;
    const fingerprint = memo.recall(bytes, start, end);
    if (fingerprint === undefined) return false;
    const slot = this.#baseline.slotOf(memo.key);
    const held = this.#baseline.at(slot);
    if (held?.fingerprint !== fingerprint || this.now >= held.passAt) return false;
    const { resourceVersion } = memo;
    this.#baseline.noOp(slot, resourceVersion, this.now);
    this.#readAt = resourceVersion;
    const decision = this.#decision;
    decision.type = 'MODIFIED';
    decision.reason = 'unchanged';
    decision.resourceVersion = resourceVersion;
    return true;
  }

  #delivered({ type, reason, resourceVersion }: Decision): void {
    const isDoubt = reason === 'undecodable' || reason === 'foreign_kind' || reason === 'unknown_type';
    if (isDoubt || type === 'ERROR') return;
    this.#deliveredAt = resourceVersion;
    this.#readAt = resourceVersion;
  }

  #reasonFor(event: WatchEvent, bytes: Buffer, start: number, end: number): Reason {
    let doubt: Reason;
    switch (event.type) {
      case 'BOOKMARK':
        this.#bookmark(bytes, start, end);
        return 'bookmark';
      case 'ERROR':
        this.#leaveUnlessAdded();
        return 'error';
      case 'other':
        this.#leaveUnlessAdded();
        doubt = event.understanding === 'undecodable' ? 'undecodable' : 'unknown_type';
        this.doubt(doubt);
        return doubt;
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        break;
      default:
        event.type satisfies never;
    }
    // Without a resourceVersion it could not be swallowed: the client would never be told how far it is (I4).
    if (event.understanding !== 'projected' || event.resourceVersion === '') {
      if (event.type !== 'ADDED') this.#leaveUnlessAdded();
      doubt = event.understanding === 'foreign' ? 'foreign_kind' : 'undecodable';
      if (event.key === '') this.doubt(doubt);
      else this.#doubtOne(event, doubt);
      return doubt;
    }
    if (event.type === 'ADDED') return this.#added(event);
    if (event.type === 'MODIFIED') return this.#modified(event, bytes, start, end);
    this.#leaveUnlessAdded();
    // It carries the last state but one, and the client forgets the object (watch-protocol: DELETED).
    this.#baseline.delete(event.key);
    return this.#passed(event, 'deleted');
  }

  /** Of one object it is not known what the client holds; of all others it is (R8). */
  #doubtOne(event: WatchEvent, reason: Reason): void {
    this.#baseline.delete(event.key);
    this.#passed(event, reason);
    this.#deliveredAt = this.#readAt = event.resourceVersion;
  }

  #added(event: WatchEvent): Reason {
    const reason = this.#phase === 'past' ? 'added' : 'initial';
    if (!this.#isMistrusted) this.#hold(event, fingerprintOf(event.canonical.view()), reason);
    return this.#passed(event, reason);
  }

  #modified(event: WatchEvent, bytes: Buffer, start: number, end: number): Reason {
    const initial = this.#phase !== 'past';
    this.#leaveUnlessAdded();
    if (this.#isMistrusted) return this.#passed(event, 'mismatch');
    const slot = this.#baseline.slotOf(event.key);
    const held = this.#baseline.at(slot);
    const fingerprint = fingerprintOf(event.canonical.view());
    this.#memo?.learn(bytes, start, end, fingerprint);
    const isEqual = held?.fingerprint === fingerprint;
    if (isEqual && !initial && this.now < held.passAt) {
      this.#baseline.noOp(slot, event.resourceVersion, this.now);
      return 'unchanged';
    }
    const reason = initial ? 'initial' : held === undefined ? 'first_seen' : isEqual ? 'max_age' : 'changed';
    this.#hold(event, fingerprint, reason);
    return this.#passed(event, reason, held && this.#compare(held.fingerprint, fingerprint));
  }

  /** The client is sent this state of an object. */
  #hold(event: WatchEvent, fingerprint: Fingerprint, reason: Reason): void {
    this.#forms?.keep(fingerprint, event.canonical.view());
    this.#baseline.set(event.key, {
      fingerprint,
      passAt: this.#passAt(this.now),
      deliveredAt: Math.round(this.now),
      resourceVersion: keptVersion(event.resourceVersion),
      reason,
    });
  }

  /** Notes for the chronicle what passes; of the initial events the baseline tells all there is to tell. */
  #passed({ key, type, resourceVersion }: WatchEvent, reason: Reason, compare?: Compare): Reason {
    if (reason === 'initial') return reason;
    const at = Math.round(this.now);
    const decision = { key, type, reason, resourceVersion: keptVersion(resourceVersion), at };
    this.chronicle.forwarded({ ...decision, differences: undefined }, compare);
    return reason;
  }

  /** Undefined where the two are one, or nobody wants to know. */
  #compare(before: Fingerprint, after: Fingerprint): Compare | undefined {
    const forms = this.#forms;
    const differ = this.#differ;
    if (before === after || forms === undefined || differ === undefined) return undefined;
    return () => {
      const [was, is] = [forms.of(before), forms.of(after)];
      return was && is && differ(was, is);
    };
  }

  #bookmark(bytes: Buffer, start: number, end: number): void {
    if (this.#phase === 'until-bookmark') {
      if (this.#scanner.endsInitialEvents(bytes, start, end)) this.#phase = 'past';
    } else this.#phase = 'past';
  }

  /** An event that is not ADDED ends the initial events, itself included: it still passes. */
  #leaveUnlessAdded(): void {
    if (this.#phase === 'until-not-added') this.#phase = 'past';
  }
}
