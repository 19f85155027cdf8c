/**
 * What the client of one stream holds: object → fingerprint, and until when no-ops of it may be swallowed. Never
 * shared between streams: another client's newer state would hide a change from this one (I2). A stream that resumes
 * at a resourceVersion adopts a copy of the snapshot at exactly that one; otherwise it begins empty (R16).
 */
import { type Fingerprint } from './fingerprint.ts';

export interface Held {
  readonly fingerprint: Fingerprint;
  /** From this moment (monotonic ms) the object's next MODIFIED passes, changed or not (R19). */
  readonly passAt: number;
}

export class Baseline {
  #held = new Map<string, Held>();

  /** How many objects the client is known to hold. */
  get size(): number {
    return this.#held.size;
  }

  get(name: string): Held | undefined {
    return this.#held.get(name);
  }

  set(name: string, fingerprint: Fingerprint, passAt: number): void {
    this.#held.set(name, { fingerprint, passAt });
  }

  delete(name: string): void {
    this.#held.delete(name);
  }

  /** Forgets everything: from here on each object's next MODIFIED passes. */
  clear(): void {
    this.#held.clear();
  }

  /** Begins with what a snapshot says; the snapshot stays as it is. */
  adopt(held: ReadonlyMap<string, Held>): void {
    this.#held = new Map(held);
  }

  /** A copy of the present state. */
  copy(): ReadonlyMap<string, Held> {
    return new Map(this.#held);
  }
}
