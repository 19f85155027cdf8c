/** Counts which server answered the requests that a hub might have answered, for `/debug/hub` of a sidecar. */
import type { Selected } from './selection.ts';

/** Reasons that depend only on the request, or that follow from a failure reported before. */
const SAY_NOTHING: readonly Selected[] = ['not_shared', 'doubt', 'resting'];

export interface SelectedDescription {
  /** Requests by the server that answered; `shared` means the hub. */
  readonly requests: Readonly<Record<string, number>>;
  /** The last known result of asking a hub; undefined if there is none. */
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
