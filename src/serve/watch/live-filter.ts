/**
 * The filter as it is now: the kill switch. Owns its change while streams run, and whether what was swallowed before
 * still lets a client's resourceVersion say what it holds.
 */
import { type Filter } from '../../core/projection/filter.ts';
import { type StreamRegistry } from './stream-registry.ts';
import { type SwallowRecord } from './swallow-record.ts';

export interface LiveFilterOptions {
  readonly initial: Filter;
  readonly streams: StreamRegistry;
  /** How many events this process has swallowed. */
  readonly swallowed: () => number;
  readonly record: SwallowRecord;
}

export class LiveFilter {
  readonly #options: LiveFilterOptions;
  #current: Filter;
  /** Whether only this process has recorded the present projection. */
  #isFirstUse: boolean;
  /** What had been swallowed when the present projection began to count. */
  #swallowedBefore: number;

  constructor(options: LiveFilterOptions) {
    this.#options = options;
    this.#current = options.initial;
    this.#swallowedBefore = options.swallowed();
    this.#isFirstUse = options.initial.mode === 'filter' && options.record.add(options.initial.projection);
  }

  get current(): Filter {
    return this.#current;
  }

  /**
   * Whether a client that names a resourceVersion holds the state at it as far as the present projection goes (I2).
   * Not where anything was ever swallowed under another one, by this process or one before it: a client may hold an
   * older value of a field that counts only now, at a resourceVersion at which others hold the newer. From then on
   * baselines begin empty, which costs one event per object and watch, for as long as the state directory is there.
   */
  get mayAdopt(): boolean {
    return !this.#options.record.hasOtherThan(this.#current.projection);
  }

  /** Takes effect on every open stream at its next event. */
  change(next: Filter): void {
    const { streams, swallowed, record } = this.#options;
    const former = this.#current.projection;
    if (next.projection.key !== former.key) {
      if (this.#isFirstUse && swallowed() === this.#swallowedBefore) record.remove(former);
      this.#swallowedBefore = swallowed();
      this.#isFirstUse = false;
    }
    if (next.mode === 'filter' && record.add(next.projection)) this.#isFirstUse = true;
    this.#current = next;
    for (const stream of streams.open()) stream.refilter(next);
  }
}
