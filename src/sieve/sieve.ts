/**
 * The verdict over each event of one stream. Pure: no socket, clock, logger or metric. Its whole state is what this
 * client holds (the baseline), at which resourceVersion, and whether the initial events are over.
 *
 * Invariant (I5): after each event, the baseline's fingerprint of an object is that of the newest event read, or
 * there is none; so a MODIFIED equal to it is one whose projection the client already holds.
 */
import { type EventScanner, type EventType, WatchEvent } from '../wire/watch-event.ts';
import { Baseline } from './baseline.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type InitialPhase } from './initial-phase.ts';
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
}

export class Sieve {
  #scanner: EventScanner;
  readonly #passAt: (now: number) => number;
  readonly #baseline = new Baseline();
  readonly #event = new WatchEvent();
  readonly #decision = { type: 'other' as EventType, reason: 'undecodable' as Reason, resourceVersion: '' };
  #phase: InitialPhase;
  #deliveredAt: string;
  /** Monotonic milliseconds, set by the caller once per read: the hot path reads no clock. */
  now = 0;

  constructor({ scanner, phase, resourceVersion, snapshot, passAt }: SieveOptions) {
    this.#scanner = scanner;
    this.#phase = phase;
    this.#passAt = passAt;
    this.#deliveredAt = phase === 'past' ? resourceVersion : '';
    if (phase === 'past' && snapshot !== undefined) this.#baseline.adopt(snapshot.held);
  }

  /** How many objects the client is known to hold. */
  get baselineSize(): number {
    return this.#baseline.size;
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
    if (this.#phase !== 'past' || this.#deliveredAt === '') return undefined;
    return { resourceVersion: this.#deliveredAt, snapshot: { source: 'stream', held: this.held() } };
  }

  /** Decides over one whole frame. @returns undefined where the bytes are not a frame at all: framing is lost */
  decide(bytes: Buffer, start: number, end: number): Decision | undefined {
    const event = this.#event;
    this.#scanner.scan(bytes, start, end, event);
    if (event.understanding === 'malformed') {
      this.doubt();
      return undefined;
    }
    const decision = this.#decision;
    decision.type = event.type;
    decision.resourceVersion = event.resourceVersion;
    decision.reason = this.#reasonFor(event, bytes, start, end);
    if (decision.reason !== 'unchanged') this.#delivered(decision);
    return decision;
  }

  /** A bookmark of our own, or a frame that was held back, is on its way to the client. */
  released(resourceVersion: string): void {
    this.#deliveredAt = resourceVersion;
  }

  /** Something passed that was not understood: what the client holds is no longer known (R8). */
  doubt(): void {
    this.#baseline.clear();
    this.#deliveredAt = '';
  }

  /**
   * From here on another projection counts. What the client holds of it is not known: of what was swallowed under the
   * old one, this one may see a difference.
   */
  reproject(scanner: EventScanner): void {
    this.#scanner = scanner;
    this.doubt();
  }

  #delivered({ type, reason, resourceVersion }: Decision): void {
    const isDoubt = reason === 'undecodable' || reason === 'foreign_kind' || reason === 'unknown_type';
    if (!isDoubt && type !== 'ERROR') this.#deliveredAt = resourceVersion;
  }

  #reasonFor(event: WatchEvent, bytes: Buffer, start: number, end: number): Reason {
    switch (event.type) {
      case 'BOOKMARK':
        this.#bookmark(bytes, start, end);
        return 'bookmark';
      case 'ERROR':
        this.#leaveUnlessAdded();
        return 'error';
      case 'other':
        this.#leaveUnlessAdded();
        this.doubt();
        return event.understanding === 'undecodable' ? 'undecodable' : 'unknown_type';
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
      this.doubt();
      return event.understanding === 'foreign' ? 'foreign_kind' : 'undecodable';
    }
    if (event.type === 'ADDED') return this.#added(event);
    if (event.type === 'MODIFIED') return this.#modified(event);
    this.#leaveUnlessAdded();
    // It carries the last state but one, and the client forgets the object (watch-protocol: DELETED).
    this.#baseline.delete(event.name);
    return 'deleted';
  }

  #added(event: WatchEvent): Reason {
    this.#baseline.set(event.name, fingerprintOf(event.canonical.view()), this.#passAt(this.now));
    return this.#phase === 'past' ? 'added' : 'initial';
  }

  #modified(event: WatchEvent): Reason {
    const initial = this.#phase !== 'past';
    this.#leaveUnlessAdded();
    const held = this.#baseline.get(event.name);
    const fingerprint = fingerprintOf(event.canonical.view());
    const isEqual = held?.fingerprint === fingerprint;
    if (isEqual && !initial && this.now < held.passAt) return 'unchanged';
    this.#baseline.set(event.name, fingerprint, this.#passAt(this.now));
    if (initial) return 'initial';
    if (held === undefined) return 'first_seen';
    return isEqual ? 'max_age' : 'changed';
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
