/** A token bucket for actions that cost a peer nothing. Pure. */
export class Strikes {
  readonly #max: number;
  readonly #perSecond: number;
  #taken = 0;
  #at = 0;

  constructor(max: number, perSecond: number) {
    this.#max = max;
    this.#perSecond = perSecond;
  }

  /** Takes one token. @param now - monotonic milliseconds @returns false if there was none */
  hasRoom(now: number): boolean {
    const given = ((now - this.#at) / 1000) * this.#perSecond;
    this.#taken = Math.max(0, this.#taken - given) + 1;
    this.#at = now;
    return this.#taken <= this.#max;
  }
}
