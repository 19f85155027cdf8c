/** What /debug/hub tells of callers: what became of their requests, and which watches were ended against their will. */
import { type ReaderEnd } from './readers.ts';

/** Its own will, or everybody's lot at that moment. */
export const OF_NO_NOTE: readonly ReaderEnd[] = ['client_gone', 'deadline', 'drain'];
/** Bounds what is kept of strangers, together with that of a name. */
const MOST_ENDS = 20;
const MOST_NAME = 128;

export interface EndedReader {
  /** As the client calls itself. */
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

  /** The last that were ended first. */
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
