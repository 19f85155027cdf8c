/** Events over time, in a bounded number of points: if there are too many, each two are merged. Pure. */

export interface Series {
  readonly secondsPerPoint: number;
  /** All events, and those in which nothing or only a time changed; one number per point. */
  readonly events: readonly number[];
  readonly idle: readonly number[];
}

const MAX_POINTS = 120;

export class TimeSeries {
  #secondsPerPoint = 1;
  #events: number[] = [];
  #idle: number[] = [];

  /** @param at - seconds since the beginning */
  add(at: number, isIdle: boolean): void {
    while (Math.floor(at / this.#secondsPerPoint) >= MAX_POINTS) this.#halve();
    const point = Math.max(0, Math.floor(at / this.#secondsPerPoint));
    this.#events[point] = (this.#events[point] ?? 0) + 1;
    if (isIdle) this.#idle[point] = (this.#idle[point] ?? 0) + 1;
  }

  /** @param seconds - the length of the series */
  upTo(seconds: number): Series {
    const length = Math.min(MAX_POINTS, Math.max(1, Math.ceil(seconds / this.#secondsPerPoint)));
    const filled = (points: readonly number[]) => Array.from({ length }, (_, at) => points[at] ?? 0);
    return { secondsPerPoint: this.#secondsPerPoint, events: filled(this.#events), idle: filled(this.#idle) };
  }

  #halve(): void {
    const halved = (points: readonly number[]) =>
      Array.from({ length: MAX_POINTS / 2 }, (_, at) => (points[2 * at] ?? 0) + (points[2 * at + 1] ?? 0));
    this.#events = halved(this.#events);
    this.#idle = halved(this.#idle);
    this.#secondsPerPoint *= 2;
  }
}
