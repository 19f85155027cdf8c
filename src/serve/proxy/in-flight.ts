/**
 * The requests that are being served, for a drain that loses none of them (R31): those that may be asked again and have
 * no answer get ours, those that end by themselves are waited for.
 */

export interface Serving {
  /** A watch ends when somebody ends it; anything else is expected to end by itself. */
  readonly isWatch: boolean;
  /** Answers for upstream, if that has not answered yet and may be asked again; otherwise does nothing. */
  refuse(): void;
}

export class InFlight {
  readonly #serving = new Set<Serving>();
  /** Those that end by themselves. */
  #passing = 0;
  #onQuiet: (() => void) | undefined;

  add(serving: Serving): void {
    this.#serving.add(serving);
    if (!serving.isWatch) this.#passing++;
  }

  remove(serving: Serving): void {
    if (!this.#serving.delete(serving) || serving.isWatch) return;
    this.#passing--;
    if (this.#passing === 0) this.#onQuiet?.();
  }

  /** Refuses what is waiting for its answer. Resolves when no request is left that ends by itself. */
  async drain(): Promise<void> {
    for (const serving of this.#serving) serving.refuse();
    if (this.#passing === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }
}
