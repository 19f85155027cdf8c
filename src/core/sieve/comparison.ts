/**
 * The consistency check (R22): compares the state that one client is assumed to hold at one resourceVersion with the
 * objects that upstream lists at exactly this resourceVersion. By I5 the two are equal, so any difference is a fault,
 * either in this program or on the side of upstream.
 */
import type { Held } from './baseline.ts';
import type { Fingerprint } from './fingerprint.ts';

/** The state that the client of a stream is assumed to hold at one moment. */
export interface Position {
  /**
   * The resourceVersion of the newest event read. Swallowed events are included, because the client holds
   * an equal projection.
   */
  readonly resourceVersion: string;
  readonly held: ReadonlyMap<string, Held>;
  /** False once the stream has dropped its baseline, for example after an event that was not understood. */
  readonly isStanding: () => boolean;
}

export interface Compared {
  /** The number of held objects that were listed with the same fingerprint. */
  readonly matched: number;
  /** The keys of held objects that were listed with another fingerprint or not listed at all. */
  readonly mismatched: readonly string[];
  /** The number of listed objects that are not held or were not understood. They cannot be compared. */
  readonly notHeld: number;
}

export class Comparison {
  readonly #left: Map<string, Held>;
  readonly #mismatched: string[] = [];
  #matched = 0;
  #notHeld = 0;

  constructor(held: Position['held']) {
    this.#left = new Map(held);
  }

  /** Upstream listed this object. */
  object(key: string, fingerprint: Fingerprint): void {
    const held = this.#left.get(key);
    if (held === undefined) this.#notHeld++;
    else if (held.fingerprint === fingerprint) this.#matched++;
    else this.#mismatched.push(key);
    this.#left.delete(key);
  }

  /** Upstream listed this object, but its content was not understood. */
  unclear(key: string): void {
    this.#left.delete(key);
    this.#notHeld++;
  }

  /** Called when the list is complete. Held objects that it did not contain are mismatches too. */
  finish(): Compared {
    return {
      matched: this.#matched,
      mismatched: [...this.#mismatched, ...this.#left.keys()],
      notHeld: this.#notHeld,
    };
  }
}
