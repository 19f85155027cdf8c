/**
 * Questions that wait for their turn, in the order in which they came, each for a bounded time. How many may be asked
 * at once follows from how long the API server takes: asked all together, each of many questions would take so long
 * that no caller has its answer in time.
 */
import type { StartTimer } from '../../platform/timer.ts';

export interface LineOptions {
  /** How many are asked at once: the least at first, and then as many as are answered soon enough. */
  readonly least: number;
  readonly most: number;
  readonly startTimer: StartTimer;
}

/** An answer within this time is soon enough (milliseconds). */
const SOON_MS = 200;
/** A later one is slow if it takes so many times as long as the fastest: the API server may be far away, or ask others. */
const SLOWER = 2;
/** By so much the fastest answer counts as slower with each one after it, so that what was long ago is forgotten. */
const FORGET = 1.02;

export class Line {
  readonly #options: LineOptions;
  /** Ends the wait of each. */
  readonly #waiting = new Set<(isTurn: boolean) => void>();
  #atOnce: number;
  #asked = 0;
  #fastestMs = Infinity;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#atOnce = options.least;
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

  /** One more may be asked at once, or one less if the answer was slow. */
  answered(tookMs: number): void {
    const { least, most } = this.#options;
    this.#asked -= 1;
    this.#fastestMs = Math.min(tookMs, this.#fastestMs * FORGET);
    const allowedMs = Math.max(SOON_MS, this.#fastestMs * SLOWER);
    this.#atOnce = Math.min(most, Math.max(least, this.#atOnce + (tookMs <= allowedMs ? 1 : -1)));
  }
}
