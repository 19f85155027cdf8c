/**
 * What a client is behind by: the last swallowed event since something was delivered, and how to make it good (I4). A
 * client that asked for bookmarks gets a synthesised one with that event's resourceVersion (R17); one that did not
 * gets the event itself, the held frame (R18): genuine and in order, so always legal. Time is an argument.
 *
 * current → behind(since) → current. Whatever is forwarded is newer than what was swallowed before it, so it makes the
 * client current: a held frame sent after a DELETED would bring a ghost back.
 */
import { PendingBytes } from '../../core/codec/frame-splitter.ts';

export interface ProgressOptions {
  /** Encodes a bookmark; undefined where the client did not set allowWatchBookmarks. */
  readonly bookmark: ((resourceVersion: string) => Buffer) | undefined;
  /** Longest time the client may be behind (milliseconds). */
  readonly maxLagMs: number;
}

export type Release = {
  readonly kind: 'bookmark' | 'held_frame';
  readonly bytes: Buffer;
  readonly resourceVersion: string;
};

export class Progress {
  readonly #options: ProgressOptions;
  /** The held frame: an owned copy, its memory used again (I8). */
  readonly #held = new PendingBytes();
  #resourceVersion = '';
  #behindSince: number | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Since when the client is behind; undefined when it is current. */
  get behindSince(): number | undefined {
    return this.#behindSince;
  }

  /** When the client has to be made current at the latest; undefined when it is. */
  get dueAt(): number | undefined {
    return this.#behindSince === undefined ? undefined : this.#behindSince + this.#options.maxLagMs;
  }

  /** A frame was swallowed: the newest event read on this stream. It has a resourceVersion: the sieve sees to it. */
  swallowed(resourceVersion: string, bytes: Buffer, start: number, end: number, now: number): void {
    this.#behindSince ??= now;
    this.#resourceVersion = resourceVersion;
    if (this.#options.bookmark !== undefined) return;
    this.#held.length = 0;
    this.#held.append(bytes, start, end);
  }

  /** Something newer went to the client. */
  forwarded(): void {
    this.#behindSince = undefined;
    this.#held.length = 0;
  }

  /** What makes the client current, to be sent at once; undefined where it is. */
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
