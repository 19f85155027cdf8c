/** A clock that stands still until told, and timers that fire by it. */
import type { StartTimer } from '../../src/platform/timer.ts';

export class FakeTime {
  #now = 1000;
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>();

  readonly now = (): number => this.#now;

  readonly startTimer: StartTimer = (ms, fire) => {
    const timer = { at: this.#now + ms, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** How many timers are running: none may be left when everything has ended. */
  get running(): number {
    return this.#timers.size;
  }

  /** Lets this many milliseconds pass, firing what falls due, in its order. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.fire();
    }
    this.#now = end;
  }
}
