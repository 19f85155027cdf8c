/** Requests that wait until a feed reaches a resourceVersion, each for a bounded time (I11, I12). */
import { isNewer } from './decimal.ts';

interface Waiter {
  readonly resourceVersion: string;
  readonly deadline: number;
  readonly done: (isReached: boolean) => void;
}

export class Waiting {
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /**
   * @param deadline monotonic ms
   * @param done called once; `isReached` tells whether the feed reached the resourceVersion in time
   * @returns a function that cancels the wait; `done` is not called then
   */
  until(resourceVersion: string, deadline: number, done: Waiter['done']): () => void {
    const waiter = { resourceVersion, deadline, done };
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  /** Ends the waits that the feed has satisfied by reading up to `readAt`, and those past their deadline. */
  advance(readAt: string, now: number): void {
    for (const waiter of this.#waiters) {
      const isReached = !isNewer(waiter.resourceVersion, readAt);
      if (!isReached && now < waiter.deadline) continue;
      this.#waiters.delete(waiter);
      waiter.done(isReached);
    }
  }

  /** Ends all waits without success, because their epoch has ended. */
  giveUp(): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.done(false);
    }
  }
}
