/**
 * Questions that wait for their turn, in the order in which they came, each for a bounded time. How many may be asked at
 * once follows from how long the API server takes: asked all together, each of many questions would take so long that no
 * caller has its answer in time.
 */
import type { StartTimer } from '../../platform/timer.ts';

export interface LineOptions {
  /** How many are asked at once, at first and within these bounds. */
  readonly first: number;
  readonly least: number;
  readonly most: number;
  readonly startTimer: StartTimer;
}

/** An answer within this time lets one more be asked at once, and a slower one one less (milliseconds). */
export const SOON_MS = 200;

export class Line {
  readonly #options: LineOptions;
  /** Ends the wait of each. */
  readonly #waiting = new Set<(isTurn: boolean) => void>();
  #atOnce: number;
  #asked = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#atOnce = options.first;
  }

  get length(): number {
    return this.#waiting.size;
  }

  get hasRoom(): boolean {
    return this.#asked < this.#atOnce;
  }

  /** @param onOver - called once: at its turn, or when it has waited in vain */
  enter(waitMs: number, onOver: (isTurn: boolean) => void): void {
    const end = (isTurn: boolean): void => {
      this.#waiting.delete(end);
      stop();
      onOver(isTurn);
    };
    this.#waiting.add(end);
    const stop = this.#options.startTimer(waitMs, () => end(false));
  }

  /** It is the turn of the first. */
  next(): void {
    const [first] = this.#waiting;
    first?.(true);
  }

  asks(): void {
    this.#asked += 1;
  }

  answered(tookMs: number): void {
    const { least, most } = this.#options;
    this.#asked -= 1;
    this.#atOnce = Math.min(most, Math.max(least, this.#atOnce + (tookMs <= SOON_MS ? 1 : -1)));
  }
}
