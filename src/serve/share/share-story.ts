/** The facts about callers in /debug/hub: the results of their requests, and the watches that the hub had to end. */
import type { ReaderEnd } from './readers.ts';

/** Causes that do not concern a single client: it ended the watch itself, or all watches ended at that moment. */
export const OF_NO_NOTE: readonly ReaderEnd[] = ['client_gone', 'deadline', 'drain'];
/** The most watches that are kept. With the bound of a name it limits what callers can store here. */
const MOST_ENDS = 20;
const MOST_NAME = 128;

export interface EndedReader {
  /** The name that the client gives itself. */
  readonly client: string;
  readonly resource: string;
  readonly cause: ReaderEnd;
  /** Monotonic milliseconds. */
  readonly at: number;
}

export class ShareStory {
  readonly #results = new Map<string, number>();
  readonly #causes = new Map<string, number>();
  readonly #ends: EndedReader[] = [];

  onResult(result: string): void {
    count(this.#results, result);
  }

  onEnd(ended: EndedReader): void {
    count(this.#causes, ended.cause);
    if (OF_NO_NOTE.includes(ended.cause)) return;
    this.#ends.push({ ...ended, client: ended.client.slice(0, MOST_NAME) });
    if (this.#ends.length > MOST_ENDS) this.#ends.shift();
  }

  /** Newest first. */
  description(now: number) {
    return {
      requests: Object.fromEntries(this.#results) as Readonly<Record<string, number>>,
      readersEnded: Object.fromEntries(this.#causes) as Readonly<Record<string, number>>,
      lastEnded: this.#ends.toReversed().map(({ at, ...ended }) => {
        return { ...ended, secondsAgo: Math.round((now - at) / 1000) };
      }),
    };
  }
}

function count(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
