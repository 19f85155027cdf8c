/**
 * The readers of a feed. Nothing is queued for them: after a change each takes what it can, a few readers at a time, so
 * that many readers do not block the process (I13).
 */

/** Why a watch from memory is over. */
export const READER_ENDS = [
  'client_gone',
  'deadline',
  'slow_client',
  'fallen',
  'epoch',
  'feed_lost',
  'refused',
  'unanswered',
  'filter',
  'drain',
] as const;
export type ReaderEnd = (typeof READER_ENDS)[number];

export interface FeedReader {
  /** Called after a change, and when the epoch is over. */
  onNews(): void;
  end(why: ReaderEnd): void;
}

/** The most readers that write in one turn of the event loop. */
const TURN = 100;

export class Readers {
  readonly #readers = new Set<FeedReader>();
  #round: Iterator<FeedReader> | undefined;
  #isAgain = false;

  get size(): number {
    return this.#readers.size;
  }

  add(reader: FeedReader): void {
    this.#readers.add(reader);
  }

  remove(reader: FeedReader): void {
    this.#readers.delete(reader);
  }

  wake(): void {
    if (this.#round !== undefined) {
      this.#isAgain = true;
      return;
    }
    this.#round = this.#readers.values();
    this.#turn(this.#round);
  }

  endAll(why: ReaderEnd): void {
    for (const reader of [...this.#readers]) reader.end(why);
  }

  all(): readonly FeedReader[] {
    return [...this.#readers];
  }

  #turn(round: Iterator<FeedReader>): void {
    for (let woken = 0; woken < TURN; woken++) {
      const next = round.next();
      if (next.done === true) {
        this.#round = undefined;
        if (this.#isAgain) {
          this.#isAgain = false;
          this.wake();
        }
        return;
      }
      next.value.onNews();
    }
    setImmediate(() => this.#turn(round));
  }
}
