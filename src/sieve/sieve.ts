/**
 * The verdict over each event of one stream. Pure: no socket, clock, logger or metric. Its whole state is what this
 * client holds (the baseline) and whether the initial events are over.
 *
 * Invariant (I5): after each event, the baseline's fingerprint of an object is that of the newest event read, or
 * there is none; so a MODIFIED equal to it is one whose projection the client already holds.
 */
import { type EventScanner, type EventType, WatchEvent } from '../wire/watch-event.ts';
import { Baseline } from './baseline.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type InitialPhase } from './initial-phase.ts';
import { type Reason } from './verdict.ts';

/** One decision. Reused from event to event: read it before the next one. */
export interface Decision {
  readonly type: EventType;
  /** `unchanged`: the client already holds this, the frame is a no-op. Anything else: forward, for this reason. */
  readonly reason: Reason;
}

export class Sieve {
  readonly #scanner: EventScanner;
  readonly #baseline = new Baseline();
  readonly #event = new WatchEvent();
  readonly #decision: { type: EventType; reason: Reason } = { type: 'other', reason: 'undecodable' };
  #phase: InitialPhase;

  constructor(scanner: EventScanner, phase: InitialPhase) {
    this.#scanner = scanner;
    this.#phase = phase;
  }

  /** How many objects the client is known to hold. */
  get baselineSize(): number {
    return this.#baseline.size;
  }

  get pastInitialEvents(): boolean {
    return this.#phase === 'past';
  }

  /** Decides over one whole frame. @returns undefined where the bytes are not a frame at all: framing is lost */
  decide(bytes: Buffer, start: number, end: number): Decision | undefined {
    const event = this.#event;
    this.#scanner.scan(bytes, start, end, event);
    if (event.understanding === 'malformed') {
      this.doubt();
      return undefined;
    }
    this.#decision.type = event.type;
    this.#decision.reason = this.#reasonFor(event, bytes, start, end);
    return this.#decision;
  }

  /** Something passed that was not understood: what the client holds is no longer known (R8). */
  doubt(): void {
    this.#baseline.clear();
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
    if (event.understanding !== 'projected') {
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
    this.#baseline.set(event.name, fingerprintOf(event.canonical.view()));
    return this.#phase === 'past' ? 'added' : 'initial';
  }

  #modified(event: WatchEvent): Reason {
    const initial = this.#phase !== 'past';
    this.#leaveUnlessAdded();
    const held = this.#baseline.get(event.name);
    const fingerprint = fingerprintOf(event.canonical.view());
    if (held === fingerprint && !initial) return 'unchanged';
    this.#baseline.set(event.name, fingerprint);
    if (initial) return 'initial';
    return held === undefined ? 'first_seen' : 'changed';
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
