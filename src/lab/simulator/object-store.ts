/**
 * The objects of a simulated cluster, their history and who wants to know. Each change gets the next resourceVersion,
 * whatever its kind, and one event in a bounded log, so that watchers are cursors into it.
 */
import { type ApiObject, keyOf, withResourceVersion } from './api-object.ts';
import { ClusterEvent } from './cluster-event.ts';
import type { Kind } from './kind.ts';

/** Where the count starts: high enough that a test can ask for something older. */
const FIRST_RESOURCE_VERSION = 1000;

/** Every change is an event, also one that changes nothing. */
export class ObjectStore {
  readonly #historyEvents: number;
  readonly #objects = new Map<Kind, Map<string, ApiObject>>();
  /** By resourceVersion, without gaps from `#oldest + 1` to `#newest`. */
  readonly #history = new Map<number, ClusterEvent>();
  readonly #listeners = new Set<() => void>();
  #newest = FIRST_RESOURCE_VERSION;
  #oldest = FIRST_RESOURCE_VERSION;

  /** @param historyEvents kept for watchers that resume; older ones are answered by 410 */
  constructor(historyEvents: number) {
    this.#historyEvents = historyEvents;
  }

  /** The resourceVersion of the last change; whole numbers that grow by one. */
  get resourceVersion(): number {
    return this.#newest;
  }

  /** The oldest resourceVersion a watch can resume from. */
  get oldestResourceVersion(): number {
    return this.#oldest;
  }

  /** All objects of a kind as they are now, in the order in which the API server lists them. */
  objects<O extends ApiObject>(kind: Kind<O>): O[] {
    return sorted(this.#of(kind));
  }

  /** The same as they were; undefined where that was forgotten. */
  objectsAt<O extends ApiObject>(kind: Kind<O>, resourceVersion: number): O[] | undefined {
    if (resourceVersion < this.#oldest) return undefined;
    const objects = new Map<string, ApiObject>(this.#of(kind));
    for (let at = this.#newest; at > resourceVersion; at--) {
      const event = this.#history.get(at);
      const object = event?.previous ?? event?.current;
      if (event?.kind !== kind || object === undefined) continue;
      const key = keyOf(object.metadata);
      if (event.previous === undefined) objects.delete(key);
      else objects.set(key, event.previous);
    }
    return sorted(objects as Map<string, O>);
  }

  /** The keys of all objects of a kind (see {@link keyOf}), in no particular order. */
  keys(kind: Kind): string[] {
    return [...this.#of(kind).keys()];
  }

  /** The object with this key, or undefined. */
  object<O extends ApiObject>(kind: Kind<O>, key: string): O | undefined {
    return this.#of(kind).get(key);
  }

  /** The event right after `resourceVersion`, or undefined when there is none (or it was forgotten). */
  eventAfter(resourceVersion: number): ClusterEvent | undefined {
    return this.#history.get(resourceVersion + 1);
  }

  /** Calls `listener` after each change; returns the removal. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds an object, at the next resourceVersion. @throws Error when its key is taken. */
  add<O extends ApiObject>(kind: Kind<O>, object: O): O {
    const key = keyOf(object.metadata);
    if (this.#of(kind).has(key)) throw new Error(`there is already a ${kind.resource.kind} named "${key}"`);
    return this.#commit(kind, undefined, object);
  }

  /** Deletes an object at once. @throws Error when there is none with this key. */
  remove(kind: Kind, key: string): void {
    const previous = this.#existing(kind, key);
    this.#of(kind).delete(key);
    this.#append(new ClusterEvent(kind, this.#newest + 1, { previous }));
  }

  /** Replaces an object by what `change` makes of it, at the next resourceVersion. @throws Error when there is none. */
  change<O extends ApiObject>(kind: Kind<O>, key: string, change: (object: O) => O): O {
    const previous = this.#existing(kind, key);
    return this.#commit(kind, previous, change(previous));
  }

  /** As after a restart of the API server: what was there before cannot be watched. */
  forgetHistory(): void {
    this.#history.clear();
    this.#oldest = this.#newest;
  }

  #of<O extends ApiObject>(kind: Kind<O>): Map<string, O> {
    let objects = this.#objects.get(kind);
    if (objects === undefined) this.#objects.set(kind, (objects = new Map<string, ApiObject>()));
    // Only objects of its kind are added.
    return objects as Map<string, O>;
  }

  #commit<O extends ApiObject>(kind: Kind<O>, previous: O | undefined, object: O): O {
    const current = withResourceVersion(object, this.#newest + 1);
    this.#of(kind).set(keyOf(current.metadata), current);
    this.#append(new ClusterEvent(kind, this.#newest + 1, { previous, current }));
    return current;
  }

  #append(event: ClusterEvent): void {
    this.#newest = event.resourceVersion;
    this.#history.set(event.resourceVersion, event);
    while (this.#history.size > this.#historyEvents) this.#history.delete(++this.#oldest);
    for (const listener of this.#listeners) listener();
  }

  #existing<O extends ApiObject>(kind: Kind<O>, key: string): O {
    const object = this.object(kind, key);
    if (object === undefined) throw new Error(`there is no ${kind.resource.kind} named "${key}"`);
    return object;
  }
}

function sorted<O>(objects: ReadonlyMap<string, O>): O[] {
  return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}
