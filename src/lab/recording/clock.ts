/** Decides when frames of a recording are due, by one clock for each watch or one for all. */
import type { RecordedFrame } from './format.ts';

/** The latest time of an event. */
export const TICK_MS = 10;

export interface Clock {
  /**
   * Begins a watch, whose time starts at this moment of the recording.
   * @returns up to which moment frames are due; asked again and again
   */
  watch(originMs: number): () => number;
}

/** Gives each watch the recording from its own beginning. @param speed - a factor; 1 is the original pace */
export function clockOfEach(speed: number): Clock {
  return {
    watch: (originMs) => {
      const startedAt = performance.now();
      return () => originMs + (performance.now() - startedAt) * speed;
    },
  };
}

/** Receives the frames of a shared clock. */
export interface Played {
  /** Called when this frame is due, before it is sent to any watch. */
  frame(index: number): void;
}

/** Gives all watches the same frame at the same time, as a cluster does. Owns its timer. */
export class SharedClock implements Clock {
  readonly #frames: readonly RecordedFrame[];
  readonly #ended = Promise.withResolvers<undefined>();
  #timer: NodeJS.Timeout | undefined;
  #next: number;
  #dueMs = -Infinity;

  /** @param initial - frames of the state before the first change, which are always due */
  constructor(frames: readonly RecordedFrame[], initial: number) {
    this.#frames = frames;
    this.#next = initial;
  }

  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  /** Starts the clock. */
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

  /** Stops the clock: later frames are never due. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ended.resolve(undefined);
  }

  watch(): () => number {
    return () => this.#dueMs;
  }
}
