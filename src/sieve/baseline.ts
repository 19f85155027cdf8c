/**
 * What the client of one stream holds: object → fingerprint. Never shared between streams: another client's newer
 * state would hide a change from this one (I2). Adopting a snapshot at the stream's start will fill it; until then
 * it begins empty, and the first MODIFIED of each object passes (R16).
 */
import { type Fingerprint } from './fingerprint.ts';

export class Baseline {
  readonly #held = new Map<string, Fingerprint>();

  /** How many objects the client is known to hold. */
  get size(): number {
    return this.#held.size;
  }

  get(name: string): Fingerprint | undefined {
    return this.#held.get(name);
  }

  set(name: string, fingerprint: Fingerprint): void {
    this.#held.set(name, fingerprint);
  }

  delete(name: string): void {
    this.#held.delete(name);
  }

  /** Forgets everything: from here on each object's next MODIFIED passes. */
  clear(): void {
    this.#held.clear();
  }
}
