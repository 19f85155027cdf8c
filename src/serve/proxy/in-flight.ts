/**
 * The requests in flight, for a drain that loses none of them (R31). A repeatable request without an answer is refused,
 * so that its client repeats it; other requests that end by themselves are waited for.
 */

export interface Serving {
  /** A watch lasts until one side ends it; any other request is expected to end by itself. */
  readonly isWatch: boolean;
  /** Refuses the request if it is repeatable and upstream has not answered it yet; otherwise does nothing. */
  refuse(): void;
}

export class InFlight {
  readonly #serving = new Set<Serving>();
  /** The number of requests that end by themselves. */
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

  /** Refuses waiting requests. Resolves when no request is left that ends by itself. */
  async drain(): Promise<void> {
    for (const serving of this.#serving) serving.refuse();
    if (this.#passing === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }
}
