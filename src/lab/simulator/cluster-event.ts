/** One change of one Node, and its frames: encoded once per type and encoding, however many watch. */
import { ENCODERS } from './encoding.ts';
import { withResourceVersion } from './node-changes.ts';
import type { Encoding, EventType } from './encoding.ts';
import type { NodeObject } from './node-object.ts';

/** How a change looks to one watcher: a selector may turn it into an arrival or a departure. */
export type ChangeType = Extract<EventType, 'ADDED' | 'MODIFIED' | 'DELETED'>;

/** A change as the log keeps it. */
export class ClusterEvent {
  readonly resourceVersion: number;
  /** The state before, or undefined for a new Node. */
  readonly previous: NodeObject | undefined;
  /** The state after, or undefined for a deleted Node. */
  readonly current: NodeObject | undefined;
  readonly #frames = new Map<string, Buffer>();

  constructor(resourceVersion: number, previous: NodeObject | undefined, current: NodeObject | undefined) {
    this.resourceVersion = resourceVersion;
    this.previous = previous;
    this.current = current;
  }

  /**
   * The type a watcher with this filter sees, or undefined when it sees nothing
   * (apiserver pkg/storage/cacher/cache_watcher.go, convertToWatchEvent).
   */
  typeFor(matches: (node: NodeObject) => boolean): ChangeType | undefined {
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
      frame = ENCODERS[encoding].nodeFrame(type, this.#object(type));
      this.#frames.set(key, frame);
    }
    return frame;
  }

  #object(type: ChangeType): NodeObject {
    const node = type === 'DELETED' ? this.previous : this.current;
    if (node === undefined) throw new Error(`this change has no ${type} form`);
    return type === 'DELETED' ? withResourceVersion(node, this.resourceVersion) : node;
  }
}
