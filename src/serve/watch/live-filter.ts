/**
 * The filter as it is now: the kill switch. Owns its change while streams run, and whether what was swallowed before
 * still lets a client's resourceVersion say what it holds.
 */
import { type Filter } from '../../core/projection/filter.ts';
import { type StreamRegistry } from './stream-registry.ts';

export interface LiveFilterOptions {
  readonly initial: Filter;
  readonly streams: StreamRegistry;
  /** How many events this process has swallowed. */
  readonly swallowed: () => number;
}

export class LiveFilter {
  readonly #options: LiveFilterOptions;
  #current: Filter;
  /** Keys of former projections under which something was swallowed. */
  readonly #swallowedUnder = new Set<string>();
  /** What had been swallowed when the present projection began to count. */
  #swallowedBefore: number;

  constructor(options: LiveFilterOptions) {
    this.#options = options;
    this.#current = options.initial;
    this.#swallowedBefore = options.swallowed();
  }

  get current(): Filter {
    return this.#current;
  }

  /**
   * Whether a client that names a resourceVersion holds the state at it as far as the present projection goes (I2).
   * Not where anything was ever swallowed under another one: a client may hold an older value of a field that counts
   * only now, at a resourceVersion at which others hold the newer. From then on baselines begin empty, which costs one
   * event per object and watch, until this process ends.
   */
  get mayAdopt(): boolean {
    const { key } = this.#current.projection;
    return [...this.#swallowedUnder].every((former) => former === key);
  }

  /** Takes effect on every open stream at its next event. */
  change(next: Filter): void {
    const { streams, swallowed } = this.#options;
    const former = this.#current.projection.key;
    if (next.projection.key !== former) {
      if (swallowed() > this.#swallowedBefore) this.#swallowedUnder.add(former);
      this.#swallowedBefore = swallowed();
    }
    this.#current = next;
    for (const stream of streams.open()) stream.refilter(next);
  }
}
