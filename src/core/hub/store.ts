/**
 * The newest state of each object of a feed, as the bytes of an ADDED event. These frames, sorted by key, are the
 * initial events; a list consists of the bodies inside them. All recipients share the bytes.
 *
 * A heartbeat rarely changes the length of an object, so the new state is written over the bytes of the old state. A
 * new buffer for each heartbeat would become garbage that only a full garbage collection frees, and thousands of
 * readers make a full collection slow. States that are lent are never overwritten.
 */
import type { Wrapping } from '../codec/wrapping.ts';

/** One state of an object. It may change with the next event, unless it is lent. */
export interface Stored {
  readonly resourceVersion: string;
  /** The ADDED event of the object. */
  readonly added: Buffer;
  /** The object inside `added`, as a view. */
  readonly body: Buffer;
}

interface Kept extends Stored {
  resourceVersion: string;
  isLent: boolean;
}

/** The memory of an object besides its bytes: its key, its places in the map and in the sorted keys. */
const OBJECT_BYTES = 400;

export class Store {
  readonly #wrapping: Wrapping;
  readonly #maxBytes: number;
  readonly #objects = new Map<string, Kept>();
  /** All keys, sorted; undefined after a key was added or removed. */
  #keys: readonly string[] | undefined;
  /** All objects, sorted by key and lent; undefined after any change. */
  #lent: readonly Stored[] | undefined;
  #bytes = 0;
  #replaced = 0;

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
   * Total bytes of all lent states that have been replaced or deleted so far. It never shrinks. Such a state stays in
   * memory as long as a reader uses it. So a reader can keep alive at most as many such bytes as
   * this total has grown by since the reader began.
   */
  get replaced(): number {
    return this.#replaced;
  }

  get isWithinLimit(): boolean {
    return this.#bytes <= this.#maxBytes;
  }

  /** @returns borrowed until the next event */
  get(key: string): Stored | undefined {
    return this.#objects.get(key);
  }

  /** @param body borrowed */
  set(key: string, resourceVersion: string, body: Buffer): void {
    const before = this.#objects.get(key);
    // The bytes around a body depend on nothing but its length.
    if (before?.isLent === false && before.body.length === body.length) {
      body.copy(before.body);
      before.resourceVersion = resourceVersion;
      return;
    }
    const added = this.#wrapping.frame('ADDED', body);
    const own = this.#wrapping.bodyInFrame(added, 0, added.length) ?? added;
    if (before === undefined) this.#keys = undefined;
    else this.#forget(before);
    this.#lent = undefined;
    this.#bytes += added.length + OBJECT_BYTES;
    this.#objects.set(key, { resourceVersion, added, body: own, isLent: false });
  }

  delete(key: string): void {
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#objects.delete(key);
    this.#keys = this.#lent = undefined;
    this.#forget(before);
  }

  /**
   * All current objects in the order in which the API server lists them: sorted by their keys in etcd, which are ASCII.
   * @returns borrowed until the next event
   */
  sorted(): readonly Stored[] {
    const keys = (this.#keys ??= [...this.#objects.keys()].sort((a, b) => (a < b ? -1 : 1)));
    return keys.flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** As {@link sorted}, but later events do not change these states. The array is cached until an object changes. */
  lend(): readonly Stored[] {
    if (this.#lent !== undefined) return this.#lent;
    for (const kept of this.#objects.values()) kept.isLent = true;
    return (this.#lent = this.sorted());
  }

  /** As {@link lend}, by key. */
  lendByKey(): Map<string, Stored> {
    this.lend();
    return new Map(this.#objects);
  }

  /** The state of one object. Later events do not change it. */
  lendOne(key: string): Stored | undefined {
    const kept = this.#objects.get(key);
    if (kept !== undefined) kept.isLent = true;
    return kept;
  }

  #forget({ added, isLent }: Kept): void {
    this.#bytes -= added.length + OBJECT_BYTES;
    if (isLent) this.#replaced += added.length;
  }
}
