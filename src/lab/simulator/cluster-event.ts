/** One change of one object, and its frames: encoded once per type and encoding, however many watch. */
import { type ApiObject, withResourceVersion } from './api-object.ts';
import { encodersOf } from './encoding.ts';
import type { Encoding, EventType } from './encoding.ts';
import type { Kind } from './kind.ts';

/** How a change looks to one watcher: a selector may turn it into an arrival or a departure. */
export type ChangeType = Extract<EventType, 'ADDED' | 'MODIFIED' | 'DELETED'>;

/** A change as the log keeps it. */
export class ClusterEvent {
  readonly kind: Kind;
  readonly resourceVersion: number;
  /** The state before, or undefined for a new object. */
  readonly previous: ApiObject | undefined;
  /** The state after, or undefined for a deleted object. */
  readonly current: ApiObject | undefined;
  readonly #frames = new Map<string, Buffer>();

  constructor(
    kind: Kind,
    resourceVersion: number,
    {
      previous,
      current,
    }: { readonly previous?: ApiObject | undefined; readonly current?: ApiObject | undefined },
  ) {
    this.kind = kind;
    this.resourceVersion = resourceVersion;
    this.previous = previous;
    this.current = current;
  }

  /**
   * The type a watcher with this filter sees, or undefined when it sees nothing
   * (apiserver pkg/storage/cacher/cache_watcher.go, convertToWatchEvent).
   */
  typeFor(matches: (object: ApiObject) => boolean): ChangeType | undefined {
    const matched = this.previous !== undefined && matches(this.previous);
    const isMatching = this.current !== undefined && matches(this.current);
    if (matched) return isMatching ? 'MODIFIED' : 'DELETED';
    return isMatching ? 'ADDED' : undefined;
  }

  /** The frame of this change for one encoding; DELETED carries the state before, at this resourceVersion. */
  frame(type: ChangeType, encoding: Encoding): Buffer {
    const key = `${type}/${encoding}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = encodersOf(this.kind)[encoding].frame(type, this.#object(type));
      this.#frames.set(key, frame);
    }
    return frame;
  }

  #object(type: ChangeType): ApiObject {
    const object = type === 'DELETED' ? this.previous : this.current;
    if (object === undefined) throw new Error(`this change has no ${type} form`);
    return type === 'DELETED' ? withResourceVersion(object, this.resourceVersion) : object;
  }
}
