/**
 * The requests that are being served, for a drain that loses none of them (R31): those that upstream has not answered
 * get our own answer, those that end by themselves are waited for. And for a limit on filtered watches (R27).
 */

export interface Serving {
  /** A watch ends when somebody ends it; anything else is expected to end by itself. */
  readonly isWatch: boolean;
  readonly isFilteredWatch: boolean;
  /** Answers for upstream, if that has not answered yet; otherwise does nothing. */
  refuse(): void;
}

export class InFlight {
  readonly #serving = new Set<Serving>();
  #onQuiet: (() => void) | undefined;

  /** Filtered watches from their request until their last byte has left or their client is gone. */
  get filteredWatches(): number {
    return [...this.#serving].filter(({ isFilteredWatch }) => isFilteredWatch).length;
  }

  add(serving: Serving): void {
    this.#serving.add(serving);
  }

  remove(serving: Serving): void {
    this.#serving.delete(serving);
    if (this.#isQuiet()) this.#onQuiet?.();
  }

  /** Refuses what is waiting for its answer. Resolves when no request is left that ends by itself. */
  async drain(): Promise<void> {
    for (const serving of this.#serving) serving.refuse();
    if (this.#isQuiet()) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  #isQuiet(): boolean {
    return [...this.#serving].every(({ isWatch }) => isWatch);
  }
}
