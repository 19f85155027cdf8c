/** A bucket of what a peer may do that costs it nothing; it fills again as time passes. Pure. */
export class Strikes {
  readonly #max: number;
  readonly #perSecond: number;
  #taken = 0;
  #at = 0;

  constructor(max: number, perSecond: number) {
    this.#max = max;
    this.#perSecond = perSecond;
  }

  /** Takes one. @param now monotonic milliseconds @returns false where there was none left */
  hasRoom(now: number): boolean {
    const given = ((now - this.#at) / 1000) * this.#perSecond;
    this.#taken = Math.max(0, this.#taken - given) + 1;
    this.#at = now;
    return this.#taken <= this.#max;
  }
}
