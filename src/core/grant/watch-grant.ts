/**
 * Decides how long a running watch may continue after the API server's last answer about its rights. The time and the
 * random numbers are parameters. The caller asks the API server and ends the watch.
 */

/** The answer to one question. `unanswered`: the API server could not answer or was not reached. */
export type Grant = 'allowed' | 'refused' | 'unanswered';

/** The longest time from an answer to the next question (ms). Chance shortens it, to spread the questions. */
const ASK_AGAIN_MS = 60_000;
/** The longest time until an unanswered question is repeated (ms). */
const REPEAT_MS = 20_000;
/** The largest share by which chance shortens these two times. */
const JITTER = 0.25;
/** How long a watch continues without answers, counted from the last question that was answered (ms). */
const KEPT_MS = 5 * 60_000;
/** The longest wait for an answer (ms). The caller must observe it. */
export const ANSWER_MS = 5000;

export type NextStep =
  | { readonly kind: 'ask'; readonly inMs: number }
  | { readonly kind: 'end'; readonly why: 'refused' | 'unanswered' };

export class WatchGrant {
  readonly #chance: () => number;
  #allowedAt: number;

  /**
   * @param allowedAt - the time at which the first question was sent; its answer allowed the watch
   * @param chance - in [0, 1)
   */
  constructor(allowedAt: number, chance: () => number) {
    this.#allowedAt = allowedAt;
    this.#chance = chance;
  }

  /** The time from the beginning of the watch to the first question that is asked while it runs. */
  get firstInMs(): number {
    return this.#sooner(ASK_AGAIN_MS);
  }

  /** @param askedAt - when the question was sent. @param now - when the answer came */
  answered(grant: Grant, askedAt: number, now: number): NextStep {
    if (grant === 'refused') return { kind: 'end', why: 'refused' };
    if (grant === 'allowed') {
      this.#allowedAt = askedAt;
      return { kind: 'ask', inMs: this.#sooner(ASK_AGAIN_MS) };
    }
    const leftMs = this.#allowedAt + KEPT_MS - ANSWER_MS - now;
    // The last question is asked at the very end, so that an API server that has recovered by then saves the watch.
    return leftMs > 0
      ? { kind: 'ask', inMs: Math.min(this.#sooner(REPEAT_MS), leftMs) }
      : { kind: 'end', why: 'unanswered' };
  }

  #sooner(ms: number): number {
    return ms * (1 - JITTER * this.#chance());
  }
}
