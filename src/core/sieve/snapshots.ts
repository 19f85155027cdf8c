/**
 * Snapshots by scope and resourceVersion. The projected state of a scope at one resourceVersion is the same for every
 * observer, so a watch that starts at exactly this resourceVersion may begin with the snapshot (R16). resourceVersions
 * are compared for equality only, never as numbers. A missing snapshot only causes some needless events, and the use
 * of a snapshot never hides a change.
 *
 * This holds within one history. After etcd is restored from a backup, the same resourceVersions return with other
 * content (kubernetes #107457), and a client that resumes at one of them may hold the state of either history. So when
 * two states of one scope are seen at one resourceVersion, or history may have been replaced, every known pair of scope
 * and resourceVersion is marked as ambiguous.
 */
import { LRUCache } from 'lru-cache';
import type { ByteBudget } from '../limits/byte-budget.ts';
import { type Held, OBJECT_BYTES } from './baseline.ts';

/** The origin of a snapshot: a LIST that passed through, or a stream after its initial events. */
export type SnapshotSource = 'list' | 'stream';

export interface Snapshot {
  readonly source: SnapshotSource;
  readonly held: ReadonlyMap<string, Held>;
}

export interface SnapshotsOptions {
  /** The most objects in all snapshots together; each snapshot itself counts as one object more (I6). */
  readonly maxObjects: number;
  /**
   * The budget for snapshots. Snapshots are evicted when other users of the budget need room. A new snapshot for which
   * there is no room is not kept.
   */
  readonly budget?: ByteBudget | undefined;
  readonly ttlMs: number;
  /** The monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called when two states were seen under one key. The callee must drop everything that is known about upstream. */
  readonly onReplaced: () => void;
}

/** Replaces a snapshot when clients may hold more than one state at its resourceVersion. */
const AMBIGUOUS: Snapshot = { source: 'stream', held: new Map() };

export class Snapshots {
  readonly #cache: LRUCache<string, Snapshot>;
  readonly #onReplaced: () => void;
  readonly #budget: ByteBudget | undefined;
  #bytes = 0;
  #histories = 0;

  constructor({ maxObjects, ttlMs, now, onReplaced, budget }: SnapshotsOptions) {
    this.#onReplaced = onReplaced;
    this.#budget = budget;
    this.#cache = new LRUCache<string, Snapshot>({
      maxSize: maxObjects,
      // An entry without objects costs memory too.
      sizeCalculation: ({ held }) => held.size + 1,
      dispose: (snapshot) => this.#give(bytesOf(snapshot)),
      ttl: ttlMs,
      // With 0, lru-cache reads the clock each time. By default it caches the time for a millisecond, for which it sets
      // a timer.
      ttlResolution: 0,
      perf: { now },
    });
    budget?.relievedBy((bytes) => this.#letGo(bytes));
  }

  /** The number of objects in all snapshots, plus one for each snapshot. */
  get size(): number {
    return this.#cache.calculatedSize;
  }

  /**
   * Keeps the state of `scope` at `resourceVersion`, unless it is too large. If this key has a snapshot already, two
   * clients may have received the same object at different times. Each of the two clients might resume here, and the
   * next delivery must not come too late for either of them. So each object keeps the delivery with the earlier
   * `passAt` (R19).
   */
  keep(scope: string, resourceVersion: string, snapshot: Snapshot): void {
    if (resourceVersion === '') return;
    const key = keyOf(scope, resourceVersion);
    const known = this.#cache.peek(key);
    if (known === AMBIGUOUS) return;
    if (known !== undefined && !mayBeOne(known, snapshot)) {
      this.replaced();
      this.#onReplaced();
    } else if (snapshot.held.size > 0) {
      this.#set(key, known === undefined ? snapshot : withEarlierDeliveries(snapshot, known));
    }
  }

  /** The state that a client holds if it starts at `resourceVersion`; undefined if it is unknown. */
  at(scope: string, resourceVersion: string): Snapshot | undefined {
    const snapshot = this.#cache.get(keyOf(scope, resourceVersion));
    return snapshot === AMBIGUOUS ? undefined : snapshot;
  }

  /**
   * How often upstream's history was replaced, or may have been. If this number changes while a state is read, the
   * state may mix two histories.
   */
  get histories(): number {
    return this.#histories;
  }

  /** Drops all snapshots because upstream no longer has their history. Ambiguous keys stay marked. */
  clear(): void {
    for (const [key, snapshot] of [...this.#cache.entries()])
      if (snapshot !== AMBIGUOUS) this.#cache.delete(key);
  }

  /** Marks all known keys as ambiguous because upstream's history was, or may have been, replaced. */
  replaced(): void {
    this.#histories++;
    for (const key of [...this.#cache.keys()]) this.#set(key, AMBIGUOUS);
  }

  #set(key: string, snapshot: Snapshot): void {
    // The old snapshot gives its bytes back first. Otherwise other snapshots would be evicted to make room for the old
    // one and the new one together.
    this.#cache.delete(key);
    const bytes = bytesOf(snapshot);
    if (this.#budget?.take(bytes) === false) return;
    this.#bytes += bytes;
    this.#cache.set(key, snapshot);
    if (this.#cache.peek(key) !== snapshot) this.#give(bytes);
  }

  /** Evicts the least recently used snapshots to free `bytes`, or none if all snapshots together are too small. */
  #letGo(bytes: number): void {
    if (bytes > this.#bytes) return;
    // lru-cache keeps expired entries until they are looked up or purged.
    const enough = this.#bytes - bytes;
    this.#cache.purgeStale();
    for (const key of [...this.#cache.rkeys()]) {
      if (this.#bytes <= enough) return;
      if (this.#cache.peek(key) !== AMBIGUOUS) this.#cache.delete(key);
    }
  }

  #give(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget?.give(bytes);
  }
}

/**
 * True if both snapshots can describe the state at one resourceVersion. A list has every object that was
 * understood; a stream may lack some.
 */
function mayBeOne(known: Snapshot, now: Snapshot): boolean {
  for (const [key, { fingerprint }] of now.held) {
    const before = known.held.get(key);
    if (before === undefined ? known.source === 'list' : before.fingerprint !== fingerprint) return false;
  }
  return now.source !== 'list' || [...known.held.keys()].every((key) => now.held.has(key));
}

/** The bytes drawn for a snapshot. An ambiguous key draws none: it is small, and a lack of room must not remove it. */
function bytesOf({ held }: Snapshot): number {
  return held.size * OBJECT_BYTES;
}

/** Keeps for each object that of two deliveries of the same state ({@link mayBeOne}) which has the earlier `passAt`. */
function withEarlierDeliveries({ source, held }: Snapshot, known: Snapshot): Snapshot {
  // When a hundred streams end at once, nearly all of their snapshots are equal. Copying each would delay other work.
  if (held.size === known.held.size && isNowhereLater(known.held, held)) return { source, held: known.held };
  const merged = new Map(held);
  for (const [key, before] of known.held) {
    const now = merged.get(key);
    if (now !== undefined && before.passAt < now.passAt) merged.set(key, before);
  }
  return { source, held: merged };
}

/** True if `known` has each object of `held`, with a `passAt` that is not later. */
function isNowhereLater(known: Snapshot['held'], held: Snapshot['held']): boolean {
  for (const [key, { passAt }] of held) {
    const before = known.get(key);
    if (before === undefined || before.passAt > passAt) return false;
  }
  return true;
}

/** Scope and resourceVersion are untrusted text. The length prefix keeps keys of different pairs apart. */
function keyOf(scope: string, resourceVersion: string): string {
  return `${scope.length}:${scope}@${resourceVersion}`;
}
