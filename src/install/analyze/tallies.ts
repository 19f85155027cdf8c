/** Counts by name, with a bounded number of names: all further names are counted together. Pure. */

export interface Count {
  events: number;
  bytes: number;
}

/** The name for all names without an entry of their own. */
export const OTHERS = 'all others';

export class Tally<Details extends object = object> {
  readonly #most: number;
  readonly #make: () => Details;
  readonly #counts = new Map<string, Count & Details>();

  /** @param make - makes the details that are kept for each name */
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

  /** Most events first. */
  ranked(): readonly (readonly [string, Count & Details])[] {
    return [...this.#counts].sort(([a, one], [b, other]) => other.events - one.events || (a < b ? -1 : 1));
  }
}
