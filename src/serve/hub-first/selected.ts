/** Who answered requests that a hub might have: what of it a sidecar tells of itself. */
import { type Selected } from './selection.ts';

/** They say what was asked for, or that a hub rests after something that was told before. */
const SAY_NOTHING: readonly Selected[] = ['not_shared', 'doubt', 'resting'];

export interface SelectedDescription {
  /** Requests by who answered them, `shared` being the hub. */
  readonly requests: Readonly<Record<string, number>>;
  /** What was last heard of hubs; undefined where nothing was. */
  readonly last: Selected | undefined;
}

export class SelectedTally {
  readonly #counts = new Map<Selected, number>();
  #last: Selected | undefined;

  count(selected: Selected): void {
    this.#counts.set(selected, (this.#counts.get(selected) ?? 0) + 1);
    if (!SAY_NOTHING.includes(selected)) this.#last = selected;
  }

  /** A watch that a hub had answered broke off. */
  broke(): void {
    this.#last = 'broken';
  }

  get description(): SelectedDescription {
    return { requests: Object.fromEntries(this.#counts), last: this.#last };
  }
}
