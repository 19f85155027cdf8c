/**
 * A circuit breaker. After a failure it waits, twice as long each time, and then lets a single request try again. The
 * time and the random numbers are parameters. Chance spreads the retries: otherwise all sidecars that noticed the same
 * failure would return together and overload the recovering hub.
 *
 * closed → resting when a request fails → trying when the rest is over → closed or resting, depending on the result.
 */

/** The first rest (ms), before chance shortens it. */
const FIRST_REST_MS = 2000;
/** The longest rest (ms). A hub that has recovered may stay unused for this time. */
const LAST_REST_MS = 60_000;

type At =
  | { readonly at: 'closed' }
  | { readonly at: 'resting'; readonly until: number; readonly restMs: number }
  | { readonly at: 'trying'; readonly restMs: number };

export class Circuit {
  readonly #chance: () => number;
  #state: At = { at: 'closed' };

  /** @param chance - in [0, 1) */
  constructor(chance: () => number) {
    this.#chance = chance;
  }

  /** True if the last request succeeded or there was none yet. */
  get isClosed(): boolean {
    return this.#state.at === 'closed';
  }

  /** @returns whether a request may be sent now. If so, the caller must report its result. */
  enter(now: number): boolean {
    const state = this.#state;
    if (state.at === 'closed') return true;
    if (state.at === 'trying' || now < state.until) return false;
    this.#state = { at: 'trying', restMs: state.restMs };
    return true;
  }

  answered(): void {
    this.#state = { at: 'closed' };
  }

  failed(now: number): void {
    const state = this.#state;
    // Several requests may fail in one outage. Only the first failure begins a rest; the others must not prolong it.
    if (state.at === 'resting') return;
    const restMs = state.at === 'closed' ? FIRST_REST_MS : Math.min(state.restMs * 2, LAST_REST_MS);
    this.#state = { at: 'resting', until: now + restMs * (1 - this.#chance() / 2), restMs };
  }

  /** The request was abandoned before it had a result, so the next request may try. */
  abandoned(now: number): void {
    const state = this.#state;
    if (state.at === 'trying') this.#state = { at: 'resting', until: now, restMs: state.restMs };
  }
}
