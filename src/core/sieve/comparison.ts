/**
 * The consistency check itself (R22): what one client is held to have at one resourceVersion, against the objects that
 * upstream lists at exactly that one. By I5 they are equal, so any difference is a fault: in here, or upstream of here.
 */
import { type Held } from './baseline.ts';
import { type Fingerprint } from './fingerprint.ts';

/** What the client of a stream is held to have, at one moment. */
export interface Position {
  /** Of the newest event read: swallowed ones count, the client holds their projection. */
  readonly resourceVersion: string;
  /** A copy. */
  readonly held: ReadonlyMap<string, Held>;
  /** False once something on the stream was not understood: all that had been known was given up then. */
  readonly isStanding: () => boolean;
}

export interface Compared {
  /** Objects that are held and were listed with the same fingerprint. */
  readonly matched: number;
  /** Keys of those listed with another fingerprint, or held and not listed at all. */
  readonly mismatched: readonly string[];
  /** Objects that were listed and are not held, or were not understood: nothing can be said of them. */
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

  /** Upstream lists this object. */
  object(key: string, fingerprint: Fingerprint): void {
    const held = this.#left.get(key);
    if (held === undefined) this.#notHeld++;
    else if (held.fingerprint === fingerprint) this.#matched++;
    else this.#mismatched.push(key);
    this.#left.delete(key);
  }

  /** Upstream lists this object, and it was not understood. */
  unclear(key: string): void {
    this.#left.delete(key);
    this.#notHeld++;
  }

  /** The list is complete: what is held beyond it is not there any more, or never was. */
  finish(): Compared {
    return {
      matched: this.#matched,
      mismatched: [...this.#mismatched, ...this.#left.keys()],
      notHeld: this.#notHeld,
    };
  }
}
