/**
 * The bytes that the process may keep on behalf of others, all of them together. Keepers draw before they
 * keep and give back when they let go, so that many small holdings cannot add up beyond the limit.
 */
export class ByteBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** All or nothing: false leaves the budget as it was, and the caller must not keep the bytes. */
  take(bytes: number): boolean {
    if (bytes > this.limit - this.#held) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
