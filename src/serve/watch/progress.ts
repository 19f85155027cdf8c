/**
 * Tracks whether a client is behind, that is, whether the newest event was swallowed, and how to make it current (I4).
 * A client that asked for bookmarks gets a synthesized one with that event's resourceVersion (R17). Any other client
 * gets the event itself, the held frame (R18), which is a genuine event in order. Time is a parameter.
 *
 * current → behind(since) → current. A forwarded event is newer than all events swallowed before it, so it makes the
 * client current. A held frame must not follow it: after a DELETED it would bring back a deleted object.
 */
import { PendingBytes } from '../../core/codec/frame-splitter.ts';

export interface ProgressOptions {
  /** Encodes a bookmark; undefined if the client did not set allowWatchBookmarks. */
  readonly bookmark: ((resourceVersion: string) => Buffer) | undefined;
  /** The longest time for which the client may be behind (milliseconds). */
  readonly maxLagMs: number;
}

export type Release = {
  readonly kind: 'bookmark' | 'held_frame';
  readonly bytes: Buffer;
  readonly resourceVersion: string;
};

export class Progress {
  readonly #options: ProgressOptions;
  /** The held frame: a copy, in memory that is reused (I8). */
  readonly #held = new PendingBytes();
  #resourceVersion = '';
  #behindSince: number | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** The moment since which the client has been behind; undefined while it is current. */
  get behindSince(): number | undefined {
    return this.#behindSince;
  }

  /** The deadline for making the client current; undefined while it is current. */
  get dueAt(): number | undefined {
    return this.#behindSince === undefined ? undefined : this.#behindSince + this.#options.maxLagMs;
  }

  /** The size of the memory for the held frame. */
  get heldBytes(): number {
    return this.#held.capacity;
  }

  /** The newest frame was swallowed. It has a resourceVersion, as the sieve ensures. */
  swallowed(resourceVersion: string, bytes: Buffer, start: number, end: number, now: number): void {
    this.#behindSince ??= now;
    this.#resourceVersion = resourceVersion;
    if (this.#options.bookmark !== undefined) return;
    this.#held.length = 0;
    this.#held.append(bytes, start, end);
  }

  /** A newer event was forwarded. */
  forwarded(): void {
    this.#behindSince = undefined;
    this.#held.clear();
  }

  /** The bookmark or held frame that makes the client current, to be sent at once; undefined if it is current. */
  release(): Release | undefined {
    if (this.#behindSince === undefined) return undefined;
    const resourceVersion = this.#resourceVersion;
    const bookmark = this.#options.bookmark?.(resourceVersion);
    const release: Release =
      bookmark === undefined
        ? { kind: 'held_frame', bytes: this.#held.take(), resourceVersion }
        : { kind: 'bookmark', bytes: bookmark, resourceVersion };
    this.forwarded();
    return release;
  }
}
