/** Counts by name, bounded: what comes after so many names is counted together. Pure. */

export interface Count {
  events: number;
  bytes: number;
}

/** The name of all that found no room of its own. */
export const OTHERS = 'all others';

export class Tally<Details extends object = object> {
  readonly #most: number;
  readonly #make: () => Details;
  readonly #counts = new Map<string, Count & Details>();

  /** @param make - what else is kept of each name */
  constructor(most: number, make: () => Details) {
    this.#most = most;
    this.#make = make;
  }

  add(name: string, bytes: number): Count & Details {
    let found = this.#counts.get(name);
    if (found === undefined) {
      const kept = this.#counts.size < this.#most ? name : OTHERS;
      found = this.#counts.get(kept) ?? { events: 0, bytes: 0, ...this.#make() };
      this.#counts.set(kept, found);
    }
    found.events++;
    found.bytes += bytes;
    return found;
  }

  /** Those with the most events first. */
  ranked(): readonly (readonly [string, Count & Details])[] {
    return [...this.#counts].sort(([a, one], [b, other]) => other.events - one.events || (a < b ? -1 : 1));
  }
}
