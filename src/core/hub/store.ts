/**
 * The newest state of each object of a feed, as the bytes of an ADDED event. These frames, sorted by key, are the
 * initial events; a list consists of the bodies inside them. All recipients share the bytes.
 */
import { type Wrapping } from '../codec/wrapping.ts';

/** One state of an object. Immutable: a new state of the object replaces it. */
export interface Stored {
  readonly resourceVersion: string;
  /** The ADDED event of the object. */
  readonly added: Buffer;
  /** The object inside `added`, as a view. */
  readonly body: Buffer;
}

/** The memory of an object besides its bytes: its key, its places in the map and in the sorted keys. */
const OBJECT_BYTES = 400;

export class Store {
  readonly #wrapping: Wrapping;
  readonly #maxBytes: number;
  readonly #objects = new Map<string, Stored>();
  /** All keys, sorted; undefined after a key was added or removed. */
  #keys: readonly string[] | undefined;
  /** All objects, sorted by key; undefined after any change. */
  #sorted: readonly Stored[] | undefined;
  #bytes = 0;
  #written = 0;

  constructor(wrapping: Wrapping, maxBytes: number) {
    this.#wrapping = wrapping;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#objects.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Total bytes of all states ever stored. Its growth since a moment is an upper bound for the memory of the states
   * that were replaced since then and that readers still use.
   */
  get written(): number {
    return this.#written;
  }

  get isWithinLimit(): boolean {
    return this.#bytes <= this.#maxBytes;
  }

  get(key: string): Stored | undefined {
    return this.#objects.get(key);
  }

  entries(): Iterable<[string, Stored]> {
    return this.#objects;
  }

  /** @param body borrowed */
  set(key: string, resourceVersion: string, body: Buffer): void {
    const added = this.#wrapping.frame('ADDED', body);
    const own = this.#wrapping.bodyInFrame(added, 0, added.length) ?? added;
    const before = this.#objects.get(key);
    if (before === undefined) this.#keys = undefined;
    this.#sorted = undefined;
    this.#bytes += added.length - (before === undefined ? -OBJECT_BYTES : before.added.length);
    this.#written += added.length;
    this.#objects.set(key, { resourceVersion, added, body: own });
  }

  delete(key: string): void {
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#objects.delete(key);
    this.#keys = this.#sorted = undefined;
    this.#bytes -= before.added.length + OBJECT_BYTES;
  }

  /**
   * All current objects in the order in which the API server lists them: sorted by their keys in etcd, which are ASCII.
   * The array is cached until an object changes.
   */
  sorted(): readonly Stored[] {
    return (this.#sorted ??= this.#sort());
  }

  #sort(): readonly Stored[] {
    const keys = (this.#keys ??= [...this.#objects.keys()].sort((a, b) => (a < b ? -1 : 1)));
    return keys.flatMap((key) => this.#objects.get(key) ?? []);
  }
}
