/** When frames of a recording are due: by a clock of each watch's own, or by one for all of them. */
import type { RecordedFrame } from './format.ts';

/** No event comes later than that. */
export const TICK_MS = 10;

export interface Clock {
  /**
   * A watch begins, for which time passes from this moment of the recording on.
   * @returns up to which moment frames are due; asked again and again
   */
  watch(originMs: number): () => number;
}

/** Each watch sees the whole recording from where it begins. @param speed - how much faster than it was */
export function clockOfEach(speed: number): Clock {
  return {
    watch: (originMs) => {
      const startedAt = performance.now();
      return () => originMs + (performance.now() - startedAt) * speed;
    },
  };
}

/** Hears what a shared clock plays. */
export interface Played {
  /** This frame is due, and nobody has been sent it yet. */
  frame(index: number): void;
}

/** All watches see the same at the same time, as before a cluster. Owns its timer. */
export class SharedClock implements Clock {
  readonly #frames: readonly RecordedFrame[];
  readonly #ended = Promise.withResolvers<undefined>();
  #timer: NodeJS.Timeout | undefined;
  #next: number;
  #dueMs = -Infinity;

  /** @param initial - frames of the state before the first change: they are always there */
  constructor(frames: readonly RecordedFrame[], initial: number) {
    this.#frames = frames;
    this.#next = initial;
  }

  /** Resolves when the last frame was due. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  /** Time begins to pass. */
  begin(played: Played): void {
    const startedAt = performance.now();
    const originMs = this.#frames[this.#next]?.atMs ?? 0;
    this.#timer = setInterval(() => {
      const now = originMs + performance.now() - startedAt;
      let next = this.#frames[this.#next];
      for (; next !== undefined && next.atMs <= now; next = this.#frames[++this.#next])
        played.frame(this.#next);
      this.#dueMs = now;
      if (next === undefined) this.stop();
    }, TICK_MS);
  }

  /** What was not due by now never is. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ended.resolve(undefined);
  }

  watch(): () => number {
    return () => this.#dueMs;
  }
}
