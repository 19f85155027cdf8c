/**
 * A limit for the bytes that the process keeps on behalf of clients, all together. A keeper draws bytes before it keeps
 * them and gives them back afterwards, so that many small amounts cannot add up beyond the limit.
 */
export class ByteBudget {
  readonly limit: number;
  readonly #whole: ByteBudget | undefined;
  #letGo: ((bytes: number) => void) | undefined;
  #held = 0;

  /** @param whole a larger budget; each draw from this budget is also drawn from the larger one */
  constructor(limit: number, whole?: ByteBudget) {
    this.limit = limit;
    this.#whole = whole;
  }

  get held(): number {
    return this.#held;
  }

  /**
   * Registers a function that frees bytes. If a draw finds no room in this budget or in the larger one, the function is
   * called with the number of missing bytes, and gives them back before it returns if it can. The draw is refused only
   * if there is still no room then.
   */
  relievedBy(letGo: (bytes: number) => void): void {
    this.#letGo = letGo;
    this.#whole?.relievedBy(letGo);
  }

  /** Draws all bytes or none. @returns false if there is no room; the caller must not keep the bytes then */
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

/** The changing number of bytes that one keeper draws from a budget. Without a budget there is always room. */
export class Draw {
  readonly #budget: ByteBudget | undefined;
  #bytes = 0;

  constructor(budget: ByteBudget | undefined) {
    this.#budget = budget;
  }

  /** Draws `bytes` in place of the earlier draw. @returns false if there is no room; nothing is drawn then */
  become(bytes: number): boolean {
    if (bytes === this.#bytes) return true;
    this.#budget?.give(this.#bytes);
    const isDrawn = this.#budget?.take(bytes) !== false;
    this.#bytes = isDrawn ? bytes : 0;
    return isDrawn;
  }
}
