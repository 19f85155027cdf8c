/** What really happened, and which state that was at each resourceVersion. */
import type { Happened, Was } from './history.ts';

export type State = ReadonlyMap<string, Was>;

export class Truth {
  readonly #versions: bigint[] = [];
  readonly #states: State[] = [];
  readonly #objects = new Map<string, Was>();

  /** @param resourceVersion of the state that everything began with */
  constructor(resourceVersion: bigint, objects: readonly Was[]) {
    for (const object of objects) this.#objects.set(object.key, object);
    this.#versions.push(resourceVersion);
    this.#states.push(new Map(this.#objects));
  }

  happened({ resourceVersion, key, is }: Happened): void {
    if (key !== undefined) {
      if (is === undefined) this.#objects.delete(key);
      else this.#objects.set(key, is);
    }
    this.#versions.push(resourceVersion);
    this.#states.push(key === undefined ? (this.#states.at(-1) ?? new Map()) : new Map(this.#objects));
  }

  get newest(): bigint {
    return this.#versions.at(-1) ?? 0n;
  }

  /** Whether a client notices what has happened after the one resourceVersion, up to the other. */
  hasChanged(after: bigint, upTo: bigint, only: string | undefined): boolean {
    const of = (state: State | undefined): State =>
      new Map([...(state ?? [])].filter(([key]) => only === undefined || key === only));
    return upTo > after && difference(of(this.at(after)), of(this.at(upTo))) !== undefined;
  }

  /** The state at a resourceVersion: that of the last change up to it. Undefined before all that is known. */
  at(resourceVersion: bigint): State | undefined {
    let [low, high] = [0, this.#versions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#versions[middle] ?? 0n) <= resourceVersion) low = middle + 1;
      else high = middle;
    }
    return this.#states[low - 1];
  }
}

/** What differs in what counts; undefined: nothing. */
export function difference(held: State, expected: State): string | undefined {
  for (const [key, object] of expected) {
    const other = held.get(key);
    if (other === undefined) return `${key} is missing`;
    if (other.meaning !== object.meaning)
      return `${key} is at ${other.resourceVersion}, which is not as at ${object.resourceVersion}`;
  }
  for (const key of held.keys()) if (!expected.has(key)) return `${key} is a ghost`;
  return undefined;
}
