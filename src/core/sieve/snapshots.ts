/**
 * Baselines kept under (scope, resourceVersion): the projected state of a scope at one resourceVersion is one fixed
 * thing, whoever observed it, so a watch that starts at exactly that resourceVersion may begin with it (R16).
 * resourceVersions are compared for equality only, never as numbers. A miss costs a few events, a hit none can lose.
 *
 * It is one fixed thing within one history. Where etcd is restored from a backup, resourceVersions come again with other
 * content (kubernetes #107457), and a client may come back at one with what it was of either history. So once two states
 * are seen under one key, or history may have been replaced, every key that is known stands for no state any more.
 */
import { LRUCache } from 'lru-cache';
import { type ByteBudget } from '../limits/byte-budget.ts';
import { type Held, OBJECT_BYTES } from './baseline.ts';

/** Who has seen the state: a LIST that passed through, or a stream after its initial events. */
export type SnapshotSource = 'list' | 'stream';

export interface Snapshot {
  readonly source: SnapshotSource;
  readonly held: ReadonlyMap<string, Held>;
}

export interface SnapshotsOptions {
  /** Most objects in all snapshots together (I6). */
  readonly maxObjects: number;
  /** What they are drawn from; they make room for whatever else is, and one for which nothing is left is not kept. */
  readonly budget?: ByteBudget | undefined;
  /** Longest life of one. */
  readonly ttlMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Two states were seen under one key: nothing that was believed of upstream so far may be. */
  readonly onReplaced: () => void;
}

/** In place of a snapshot: at this resourceVersion clients may hold more than one state. */
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
      // An entry costs something even when it holds nothing.
      sizeCalculation: ({ held }) => held.size + 1,
      dispose: (snapshot) => this.#give(bytesOf(snapshot)),
      ttl: ttlMs,
      // The clock is asked each time; by default it is remembered for a millisecond, by a timer of its own.
      ttlResolution: 0,
      perf: { now },
    });
    budget?.relievedBy((bytes) => this.#letGo(bytes));
  }

  /** Objects in all snapshots, plus one for each. */
  get size(): number {
    return this.#cache.calculatedSize;
  }

  /**
   * The state of `scope` at `resourceVersion`. A larger one than fits is not kept. Where it is known already, each
   * object keeps the earlier time: it was delivered to both clients, and either may come back (R19).
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
      this.#set(key, known === undefined ? snapshot : withEarlierTimes(snapshot, known));
    }
  }

  /** What a client that starts at `resourceVersion` holds, if anyone has seen it. */
  at(scope: string, resourceVersion: string): Snapshot | undefined {
    const snapshot = this.#cache.get(keyOf(scope, resourceVersion));
    return snapshot === AMBIGUOUS ? undefined : snapshot;
  }

  /** How often upstream's history was replaced: a state read across such a moment is of no history. */
  get histories(): number {
    return this.#histories;
  }

  /** Upstream no longer has the history that snapshots belong to. */
  clear(): void {
    for (const [key, snapshot] of [...this.#cache.entries()])
      if (snapshot !== AMBIGUOUS) this.#cache.delete(key);
  }

  /** Upstream's history was replaced, or may have been: what is known under these resourceVersions may be no more. */
  replaced(): void {
    this.#histories++;
    for (const key of [...this.#cache.keys()]) this.#set(key, AMBIGUOUS);
  }

  #set(key: string, snapshot: Snapshot): void {
    const bytes = bytesOf(snapshot);
    if (this.#budget?.take(bytes) === false) {
      this.#cache.delete(key);
      return;
    }
    this.#bytes += bytes;
    this.#cache.set(key, snapshot);
    if (this.#cache.peek(key) !== snapshot) this.#give(bytes);
  }

  /** Others need the room: those that were not asked for the longest go, and none where all of them would not do. */
  #letGo(bytes: number): void {
    if (bytes > this.#bytes) return;
    // Those past their time stay until somebody looks for them.
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

/** Whether both can be the state at one resourceVersion. A stream need not know of every object; a list does. */
function mayBeOne(known: Snapshot, now: Snapshot): boolean {
  for (const [key, { fingerprint }] of now.held) {
    const before = known.held.get(key);
    if (before === undefined ? known.source === 'list' : before.fingerprint !== fingerprint) return false;
  }
  return now.source !== 'list' || [...known.held.keys()].every((key) => now.held.has(key));
}

/** Nothing for what is no state: that has to be remembered, and is small. */
function bytesOf({ held }: Snapshot): number {
  return held.size * OBJECT_BYTES;
}

function withEarlierTimes({ source, held }: Snapshot, known: Snapshot): Snapshot {
  const merged = new Map(held);
  for (const [key, before] of known.held) {
    const now = merged.get(key);
    if (now !== undefined && before.passAt < now.passAt) merged.set(key, { ...now, passAt: before.passAt });
  }
  return { source, held: merged };
}

/** Scope and resourceVersion are text from outside; the length keeps two pairs from looking alike. */
function keyOf(scope: string, resourceVersion: string): string {
  return `${scope.length}:${scope}@${resourceVersion}`;
}
