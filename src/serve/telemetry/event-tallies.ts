/** One tally for each resource that is sieved: a closed set, so that the label `resource` has one too (R28). */
import { EventTally } from './event-tally.ts';

export class EventTallies {
  readonly #tallies: ReadonlyMap<string, EventTally>;

  constructor(resources: readonly string[]) {
    this.#tallies = new Map(resources.map((resource) => [resource, new EventTally()]));
  }

  /** The names of all resources, whether anything was counted or not. */
  get resources(): readonly string[] {
    return [...this.#tallies.keys()];
  }

  /** Looked up once for each stream, not for each event. @throws Error for a resource that is not sieved */
  of(resource: string): EventTally {
    const tally = this.#tallies.get(resource);
    if (tally === undefined) throw new Error(`${resource} is not sieved`);
    return tally;
  }

  /** What all of them have counted up to now. */
  total(): EventTally {
    const total = new EventTally();
    for (const tally of this.#tallies.values()) total.add(tally);
    return total;
  }
}
