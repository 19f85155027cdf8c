/**
 * One running watch: a cursor into the cluster's history that writes what its client may see, as fast
 * as the client reads. Nothing is queued per watch but initial events: a client that falls behind the
 * history is ended, and learns by 410 at its next watch (as with the real watch cache).
 *
 * ## (Initial => Live) => Ended
 */
import { resourceVersionTooLarge, resourceVersionTooOld } from './api-error.ts';
import { encodersOf } from './encoding.ts';
import { bookmarkOf } from './kind.ts';
import type { ApiError } from './api-error.ts';
import type { ApiObject } from './api-object.ts';
import type { Encoder, Encoding } from './encoding.ts';
import type { Kind } from './kind.ts';
import type { ObjectStore } from './object-store.ts';
import type { Timers } from './timers.ts';
import type { WatchOptions } from './watch-options.ts';

/** The part of a response a watch needs; those of both HTTP versions have it. */
export interface WatchResponse {
  write(chunk: Uint8Array, callback?: () => void): boolean;
  end(): unknown;
  destroy(error: Error): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
}

/** What a watch runs on. */
export interface WatchStreamOptions {
  readonly store: ObjectStore;
  readonly kind: Kind;
  readonly encoding: Encoding;
  readonly options: WatchOptions;
  readonly timers: Timers;
  /** Milliseconds between two bookmarks. */
  readonly bookmarkIntervalMs: number;
}

/** The server's own limit where the client sets none (--min-request-timeout). */
const DEFAULT_TIMEOUT_SECONDS = 1800;
/** The real server sends a last bookmark this long before its deadline (cacher bookmark timing). */
const LAST_BOOKMARK_BEFORE_END_MS = 2000;

/** A watch, with handles for tests that want trouble. */
export class WatchStream {
  readonly #settings: WatchStreamOptions;
  readonly #response: WatchResponse;
  readonly #encoder: Encoder;
  readonly #initial: ApiObject[] = [];
  readonly #cleanups: (() => void)[] = [];
  /** The resourceVersion up to which everything was written. */
  #cursor = 0;
  #startedAt = 0;
  #markPending = false;
  #isBlocked = false;
  #isStalled = false;
  #isLosing = false;
  #isEnded = false;
  #framesWritten = 0;
  #bytesWritten = 0;

  constructor(settings: WatchStreamOptions, response: WatchResponse) {
    this.#settings = settings;
    this.#encoder = encodersOf(settings.kind)[settings.encoding];
    this.#response = response;
  }

  /** Frames handed to the client's connection so far. */
  get framesWritten(): number {
    return this.#framesWritten;
  }

  /** Bytes of those frames. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Begins; the response headers must have been sent. */
  start(): void {
    const { store, timers, options } = this.#settings;
    this.#response.once('close', () => this.#finish());
    const error = this.#prepare();
    if (error !== undefined) {
      this.#write(this.#encoder.statusFrame(error.status));
      this.end();
      return;
    }
    const timeoutMs = (options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    this.#cleanups.push(
      store.onChange(() => this.#pump()),
      timers.after(timeoutMs, () => this.end()),
    );
    if (options.allowBookmarks) {
      const bookmark = (): void => this.#bookmark();
      this.#cleanups.push(timers.every(this.#settings.bookmarkIntervalMs, bookmark));
      if (timeoutMs > LAST_BOOKMARK_BEFORE_END_MS) {
        this.#cleanups.push(timers.after(timeoutMs - LAST_BOOKMARK_BEFORE_END_MS, bookmark));
      }
    }
    this.#pump();
  }

  /** Ends at a frame boundary, as the server's own deadline does. */
  end(): void {
    if (this.#isEnded) return;
    this.#finish();
    this.#response.end();
  }

  /** Breaks the connection (HTTP/1.1) or resets the stream (HTTP/2), after `frameBytes` of one more frame. */
  cut(frameBytes = 0): void {
    if (this.#isEnded) return;
    const frame = this.#bookmarkFrame();
    this.#finish();
    // The callback runs once the part was handed to the kernel: destroying at once would discard it.
    this.#response.write(frame.subarray(0, frameBytes), () => {
      // With an error, HTTP/2 resets by INTERNAL_ERROR; without, by NO_ERROR, which some take for an end.
      this.#response.destroy(new Error('the simulator cut this watch'));
    });
  }

  /** Writes nothing more until {@link WatchStream.resume}; the connection stays open. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Goes on where {@link WatchStream.stall} stopped. */
  resume(): void {
    this.#isStalled = false;
    this.#pump();
  }

  /** Loses the next change that this watch would be sent: what a watch cache must never do. */
  loseNext(): void {
    this.#isLosing = true;
  }

  /** Sets the cursor and the initial events, or says why that is impossible. */
  #prepare(): ApiError | undefined {
    const { store, kind, options } = this.#settings;
    const { start } = options;
    const { resourceVersion, oldestResourceVersion } = store;
    this.#cursor = resourceVersion;
    if (start.at === 'resource-version') {
      if (start.resourceVersion < oldestResourceVersion) {
        return resourceVersionTooOld(start.resourceVersion, oldestResourceVersion);
      }
      this.#cursor = start.resourceVersion;
    } else if (start.at === 'initial-events') {
      if (start.notOlderThan > resourceVersion) {
        return resourceVersionTooLarge(start.notOlderThan, resourceVersion);
      }
      this.#initial.push(...store.objects(kind).filter(options.matches));
      this.#markPending = start.mark;
    }
    this.#startedAt = this.#cursor;
    return undefined;
  }

  #pump(): void {
    while (!this.#isEnded && !this.#isBlocked && !this.#isStalled) {
      const frame = this.#nextFrame();
      if (frame === undefined) return;
      this.#write(frame);
    }
  }

  #nextFrame(): Buffer | undefined {
    const { store, kind, encoding, options } = this.#settings;
    const object = this.#initial.shift();
    if (object !== undefined) return this.#encoder.frame('ADDED', object);
    if (this.#markPending) {
      this.#markPending = false;
      return this.#bookmarkFrame(true);
    }
    if (this.#cursor < store.oldestResourceVersion) {
      this.end();
      return undefined;
    }
    for (;;) {
      const event = store.eventAfter(this.#cursor);
      if (event === undefined) return undefined;
      this.#cursor = event.resourceVersion;
      if (event.kind !== kind) continue;
      const type = event.typeFor(options.matches);
      if (type === undefined) continue;
      if (!this.#isLosing) return event.frame(type, encoding);
      this.#isLosing = false;
    }
  }

  /** Skipped where the client is behind, or nothing has happened: bookmarks are a courtesy. */
  #bookmark(): void {
    const { store } = this.#settings;
    const isBehind = this.#isBlocked || this.#isStalled || this.#cursor < store.resourceVersion;
    if (this.#isEnded || isBehind || this.#cursor === this.#startedAt) return;
    this.#write(this.#bookmarkFrame());
  }

  #bookmarkFrame(isEndOfInitialEvents = false): Buffer {
    return this.#encoder.frame(
      'BOOKMARK',
      bookmarkOf(this.#settings.kind, this.#cursor, isEndOfInitialEvents),
    );
  }

  #write(frame: Buffer): void {
    this.#framesWritten++;
    this.#bytesWritten += frame.length;
    if (this.#response.write(frame)) return;
    this.#isBlocked = true;
    this.#response.once('drain', () => {
      this.#isBlocked = false;
      this.#pump();
    });
  }

  #finish(): void {
    this.#isEnded = true;
    for (const cleanUp of this.#cleanups.splice(0)) cleanUp();
  }
}
