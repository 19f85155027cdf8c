/**
 * The current filter of one resource; changing its mode is the kill switch. It changes the filter of running streams,
 * and decides whether a client's resourceVersion still identifies the state that the client holds.
 */
import type { Filter } from '../../core/projection/filter.ts';
import type { SwallowedFrom, SwallowRecord } from './swallow-record.ts';

export interface Filtered {
  refilter(filter: Filter): void;
}

export interface LiveFilterOptions {
  readonly initial: Filter;
  /** The clients and the resource whose events this filter swallows. */
  readonly from: SwallowedFrom;
  /** The number of events of the resource that this process has swallowed. */
  readonly swallowed: () => number;
  readonly record: SwallowRecord;
  /** True for a hub: another hub may have filtered its clients before, under an unknown projection. */
  readonly isHub: boolean;
}

export class LiveFilter {
  readonly #options: LiveFilterOptions;
  readonly #streams = new Set<Filtered>();
  #current: Filter;
  /** True once the projections of this filter are recorded. */
  #isUsed = false;
  /** True if this process, and none before it, recorded the current projection. */
  #isFirstUse = false;
  /** The number of swallowed events when the current projection was set. */
  #swallowedBefore: number;

  constructor(options: LiveFilterOptions) {
    this.#options = options;
    const { initial, from, swallowed } = options;
    this.#current = initial;
    this.#swallowedBefore = swallowed();
    // Anybody can request a path with a preset, so it is recorded only after upstream has accepted such a watch.
    if (from.preset === '') this.#use();
  }

  get current(): Filter {
    return this.#current;
  }

  /**
   * True if a client that names a resourceVersion holds the state at it, as the current projection sees it (I2). It is
   * false after anything was swallowed under another projection, by this process or an earlier one: a client may then
   * hold an older value of a field that counts only now, at a resourceVersion at which other clients hold the newer
   * value. Baselines then begin empty as long as the state directory exists, at the cost of one event per object and
   * watch.
   */
  get mayAdopt(): boolean {
    if (this.#options.isHub) return false;
    return !this.#options.record.hasOtherThan(this.#options.from, this.#current.projection);
  }

  /**
   * True if other clients of this resource use another projection, by a preset in their path. A client may have
   * switched paths, so the state that one client has seen tells nothing about a client with other credentials.
   */
  get isShared(): boolean {
    return this.#options.record.hasOtherClients(this.#options.from);
  }

  /** Passes each change of the filter to this stream, until {@link forget}. */
  follow(stream: Filtered): void {
    this.#use();
    this.#streams.add(stream);
  }

  forget(stream: Filtered): void {
    this.#streams.delete(stream);
  }

  /** Takes effect on every open stream at its next event. */
  change(next: Filter): void {
    const { from, swallowed, record } = this.#options;
    const former = this.#current.projection;
    if (this.#isUsed && next.projection.key !== former.key) {
      if (this.#isFirstUse && swallowed() === this.#swallowedBefore) record.remove(from, former);
      this.#swallowedBefore = swallowed();
      this.#isFirstUse = false;
    }
    this.#current = next;
    if (this.#isUsed) this.#record();
    for (const stream of this.#streams) stream.refilter(next);
  }

  #use(): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    this.#record();
  }

  /** Records the current projection before anything is swallowed under it. */
  #record(): void {
    const { mode, projection } = this.#current;
    const { from, record } = this.#options;
    if (mode === 'filter' && record.add(from, projection)) this.#isFirstUse = true;
  }
}
