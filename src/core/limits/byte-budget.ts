/**
 * The bytes that the process may keep on behalf of others, all of them together. Keepers draw before they
 * keep and give back when they let go, so that many small holdings cannot add up beyond the limit.
 */
export class ByteBudget {
  readonly limit: number;
  readonly #whole: ByteBudget | undefined;
  #letGo: ((bytes: number) => void) | undefined;
  #held = 0;

  /** @param whole what this is a share of: all that is drawn here is drawn there too */
  constructor(limit: number, whole?: ByteBudget) {
    this.limit = limit;
    this.#whole = whole;
  }

  get held(): number {
    return this.#held;
  }

  /**
   * Before anything is refused here, or in the whole, this keeper is asked to let go of so many bytes that it can do
   * without, and gives them back before it returns.
   */
  relievedBy(letGo: (bytes: number) => void): void {
    this.#letGo = letGo;
    this.#whole?.relievedBy(letGo);
  }

  /** All or nothing: false leaves the budget as it was, and the caller must not keep the bytes. */
  take(bytes: number): boolean {
    const missing = bytes - (this.limit - this.#held);
    if (missing > 0) this.#letGo?.(missing);
    if (bytes > this.limit - this.#held) return false;
    if (this.#whole?.take(bytes) === false) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
    this.#whole?.give(bytes);
  }
}
