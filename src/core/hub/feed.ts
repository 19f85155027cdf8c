/**
 * The successive epochs of one resource, encoding and projection. A new epoch ends the previous one: the watches of the
 * readers of the previous epoch end, so their clients reconnect. Requests that were waiting for the previous epoch to
 * reach a resourceVersion go upstream.
 */
import type { Epoch, EpochEnd } from './epoch.ts';
import { Waiting } from './waiting.ts';

export class Feed {
  readonly waiting = new Waiting();
  #epoch: Epoch | undefined;
  #number = 0;

  /** The current epoch; undefined before the first epoch, and between the end of one and the beginning of the next. */
  get epoch(): Epoch | undefined {
    return this.#epoch;
  }

  /** The number of the latest epoch, counted from 1; 0 before the first. */
  get number(): number {
    return this.#number;
  }

  begin(epoch: Epoch): void {
    this.end('replaced');
    this.#epoch = epoch;
    this.#number++;
  }

  /** Ends the current epoch. Its readers notice the end when they next take bytes. */
  end(why: EpochEnd): void {
    const epoch = this.#epoch;
    if (epoch === undefined) return;
    epoch.end(why);
    this.#epoch = undefined;
    this.waiting.giveUp();
  }

  /**
   * Expires old entries and answers waiting requests. To be called after each chunk and at intervals.
   * @returns why the epoch has ended; undefined if it has not
   */
  settle(now: number): EpochEnd | undefined {
    const epoch = this.#epoch;
    if (epoch === undefined) return undefined;
    const { over } = epoch;
    if (over !== undefined) this.end(over);
    else {
      epoch.journal.expire(now);
      this.waiting.advance(epoch.readAt, now);
    }
    return over;
  }
}
