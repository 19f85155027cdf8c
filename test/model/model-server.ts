/**
 * A model of the API server: one history of one resource, LIST and WATCH over it (watch-protocol rules: selectors turn
 * changes into arrivals and departures, DELETED carries the last state at the resourceVersion of its removal,
 * initial events in the order of names, 410 in the stream for history that is gone). Everything is an action of the
 * world; nothing happens by itself.
 */
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { bookmarkFrame, expiredFrame, objectFrame, type ModelFrame } from './model-frame.ts';
import {
  atResourceVersion,
  freshState,
  type ModelObject,
  type ModelScope,
  type ObjectState,
  type Store,
  type Subject,
  within,
} from './model-object.ts';

/** One step of history. Without `key` nothing happened to its objects: other resources use up resourceVersions too. */
interface LogEntry {
  readonly resourceVersion: string;
  readonly key: string | undefined;
  readonly isOdd: boolean;
  /** The state after it. */
  readonly store: Store;
  readonly states: ReadonlyMap<string, ObjectState>;
}

export interface WatchRequest {
  readonly scope: ModelScope;
  readonly encoding: Encoding;
  readonly bookmarks: boolean;
  /** Empty or `0`: begin with the present state. */
  readonly resourceVersion: string;
  readonly sendInitialEvents: boolean;
}

export interface ServerOptions {
  readonly subject: Subject;
  /** resourceVersion of the first state. */
  readonly start: bigint;
  /** Whether resourceVersion=0 with bookmarks is silently made a watch-list. */
  readonly watchListGate: boolean;
  /** Whether the end of initial events waits for its turn among the bookmarks, as in servers before 1.32. */
  readonly endsInitialLate: boolean;
}

export class ModelServer {
  readonly #options: ServerOptions;
  readonly #log: LogEntry[] = [];
  readonly #indexOf = new Map<string, number>();
  #states = new Map<string, ObjectState>();
  #resourceVersion: bigint;
  /** By which objects, in any history: one that used a number again for the same object could be told apart by nobody. */
  readonly #used = new Set<string>();
  #uids = 0;
  /** The oldest entry a watch may still start at. */
  #oldest = 0;

  constructor(options: ServerOptions, keys: readonly string[]) {
    this.#options = options;
    this.#resourceVersion = options.start;
    const store = new Map<string, ModelObject>();
    for (const key of keys) {
      const state = freshState(key, ++this.#uids);
      this.#states.set(key, state);
      store.set(key, options.subject.objectOf(state, String(this.#resourceVersion++)));
    }
    this.#append(undefined, false, store);
  }

  get options(): ServerOptions {
    return this.#options;
  }

  get last(): number {
    return this.#log.length - 1;
  }

  get oldest(): number {
    return this.#oldest;
  }

  entry(index: number): LogEntry {
    const entry = this.#log[index];
    if (entry === undefined) throw new Error(`no entry ${index}`);
    return entry;
  }

  /** The place of a resourceVersion in history; every one that was ever handed out has one. */
  indexOf(resourceVersion: string): number {
    const index = this.#indexOf.get(resourceVersion);
    if (index === undefined) throw new Error(`resourceVersion ${resourceVersion} was never handed out`);
    return index;
  }

  state(key: string): ObjectState | undefined {
    return this.#states.get(key);
  }

  /** Adds, changes or (undefined) removes an object. */
  set(key: string, state: ObjectState | undefined, jump: number, isOdd = false): void {
    this.#go(jump, key);
    const store = new Map(this.entry(this.last).store);
    if (state === undefined) {
      this.#states.delete(key);
      store.delete(key);
    } else {
      this.#states.set(key, state);
      store.set(key, this.#options.subject.objectOf(state, String(this.#resourceVersion)));
    }
    this.#append(key, isOdd, store);
  }

  /** A uid that no object has had. */
  nextUid(): number {
    return ++this.#uids;
  }

  /** Time goes on elsewhere. */
  skip(jump: number): void {
    this.#go(jump, undefined);
    this.#append(undefined, false, this.entry(this.last).store);
  }

  /** Forgets all history but the last `keep` entries. */
  compact(keep: number): void {
    this.#oldest = Math.max(this.#oldest, this.last - keep);
  }

  /** Its disk is put back to an older state; what has happened since never did. */
  restore(index: number): void {
    const { resourceVersion, states } = this.entry(index);
    for (const gone of this.#log.splice(index + 1)) this.#indexOf.delete(gone.resourceVersion);
    this.#states = new Map(states);
    this.#resourceVersion = BigInt(resourceVersion);
    this.#oldest = Math.min(this.#oldest, index);
  }

  /** The last entry that is not newer; that may be any of its numbers, or one of another history. */
  before(resourceVersion: bigint): number {
    return this.#log.findLastIndex((entry) => BigInt(entry.resourceVersion) <= resourceVersion);
  }

  #go(jump: number, key: string | undefined): void {
    this.#resourceVersion += BigInt(jump);
    while (key !== undefined && this.#used.has(`${this.#resourceVersion} ${key}`))
      this.#resourceVersion += 1n;
  }

  #append(key: string | undefined, isOdd: boolean, store: Store): void {
    const resourceVersion = String(this.#resourceVersion);
    if (key !== undefined) this.#used.add(`${resourceVersion} ${key}`);
    this.#indexOf.set(resourceVersion, this.#log.length);
    this.#log.push({ resourceVersion, key, isOdd, store, states: new Map(this.#states) });
  }
}

/** One watch: its frames so far, and how many of their bytes have been taken. */
export class ServerWatch {
  readonly request: WatchRequest;
  readonly frames: ModelFrame[] = [];
  readonly #server: ModelServer;
  /** The last entry whose frame is in. */
  #at: number;
  #taken = 0;
  #pending = Buffer.alloc(0);
  #readCount = 0;
  #startOfNext = 0;
  /** The how-manieth bookmark from now is the end of the initial events; 0: none is. */
  #bookmarksToEnd = 0;
  isOver = false;
  /** Where the client's state was when it asked; undefined where it asked for initial events. */
  readonly startIndex: number | undefined;

  constructor(server: ModelServer, request: WatchRequest) {
    this.#server = server;
    this.request = request;
    const { resourceVersion, sendInitialEvents, bookmarks, encoding, scope } = request;
    const isInitial = sendInitialEvents || resourceVersion === '' || resourceVersion === '0';
    this.startIndex = isInitial ? undefined : server.indexOf(resourceVersion);
    this.#at = this.startIndex ?? server.last;
    if (this.#at < server.oldest) {
      this.#push(expiredFrame(encoding));
      this.isOver = true;
      return;
    }
    if (!isInitial) return;
    const { store, resourceVersion: now } = server.entry(this.#at);
    const { watchListGate, endsInitialLate, subject } = server.options;
    for (const object of within(scope, store).values())
      this.#push(objectFrame(subject, 'ADDED', object, encoding, { isInitial: true }));
    if (!bookmarks || !(sendInitialEvents || watchListGate)) return;
    if (endsInitialLate) this.#bookmarksToEnd = 2;
    else this.#push(bookmarkFrame(subject, now, encoding, true));
  }

  get subject(): Subject {
    return this.#server.options.subject;
  }

  /** Bytes that wait to be taken. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** How many frames have been taken whole. */
  get readCount(): number {
    return this.#readCount;
  }

  /** Adds the frames of what has happened since. */
  sync(): void {
    if (this.isOver) return;
    const { scope, encoding } = this.request;
    const { subject } = this.#server.options;
    for (; this.#at < this.#server.last; this.#at++) {
      const before = this.#server.entry(this.#at);
      const after = this.#server.entry(this.#at + 1);
      if (after.key === undefined) continue;
      const old = before.store.get(after.key);
      const now = after.store.get(after.key);
      const { isOdd } = after;
      const matched = old !== undefined && scope.matches(old);
      if (now !== undefined && scope.matches(now))
        this.#push(objectFrame(subject, matched ? 'MODIFIED' : 'ADDED', now, encoding, { isOdd }));
      else if (matched)
        this.#push(
          objectFrame(subject, 'DELETED', atResourceVersion(old, after.resourceVersion), encoding, { isOdd }),
        );
    }
  }

  /** A genuine bookmark: everything up to now has been sent. */
  bookmark(): void {
    if (this.isOver || !this.request.bookmarks) return;
    this.sync();
    const endsInitial = this.#bookmarksToEnd === 1;
    this.#bookmarksToEnd = Math.max(0, this.#bookmarksToEnd - 1);
    const { resourceVersion } = this.#server.entry(this.#at);
    this.#push(bookmarkFrame(this.subject, resourceVersion, this.request.encoding, endsInitial));
  }

  /** The next bytes of the response; an own buffer. */
  take(bytes: number): Buffer {
    const chunk = Buffer.from(this.#pending.subarray(0, bytes));
    this.#pending = this.#pending.subarray(chunk.length);
    this.#taken += chunk.length;
    for (;;) {
      const frame = this.frames[this.#readCount];
      if (frame === undefined || this.#startOfNext + frame.bytes.length > this.#taken) break;
      this.#startOfNext += frame.bytes.length;
      this.#readCount++;
    }
    return chunk;
  }

  /** The response is over where it stands. @returns whether that is between two frames, or as good as */
  end(): boolean {
    this.isOver = true;
    this.#pending = Buffer.alloc(0);
    const inside = this.#taken - this.#startOfNext;
    if (inside === 0) return true;
    const frame = this.frames[this.#readCount];
    // A JSON value is whole without its line feed.
    if (this.request.encoding !== 'json' || frame === undefined || inside < frame.bytes.length - 1)
      return false;
    this.#readCount++;
    return true;
  }

  #push(frame: ModelFrame): void {
    this.frames.push(frame);
    this.#pending = Buffer.concat([this.#pending, frame.bytes]);
  }
}
