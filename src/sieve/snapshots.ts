/**
 * Baselines kept under (scope, resourceVersion): the projected state of a scope at one resourceVersion is one fixed
 * thing, whoever observed it, so a watch that starts at exactly that resourceVersion may begin with it (R16).
 * resourceVersions are compared for equality only, never as numbers. A miss costs a few events, a hit none can lose.
 */
import { LRUCache } from 'lru-cache';
import { type Held } from './baseline.ts';

/** Who has seen the state: a LIST that passed through, or a stream after its initial events. */
export type SnapshotSource = 'list' | 'stream';

export interface Snapshot {
  readonly source: SnapshotSource;
  readonly held: ReadonlyMap<string, Held>;
}

export interface SnapshotsOptions {
  /** Most objects in all snapshots together (I6). */
  readonly maxObjects: number;
  /** Longest life of one. */
  readonly ttlMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export class Snapshots {
  readonly #cache: LRUCache<string, Snapshot>;

  constructor({ maxObjects, ttlMs, now }: SnapshotsOptions) {
    this.#cache = new LRUCache<string, Snapshot>({
      maxSize: maxObjects,
      // An entry costs something even when it holds nothing.
      sizeCalculation: ({ held }) => held.size + 1,
      ttl: ttlMs,
      // The clock is asked each time; by default it is remembered for a millisecond, by a timer of its own.
      ttlResolution: 0,
      perf: { now },
    });
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
    if (resourceVersion === '' || snapshot.held.size === 0) return;
    const key = keyOf(scope, resourceVersion);
    const known = this.#cache.peek(key);
    this.#cache.set(key, known === undefined ? snapshot : withEarlierTimes(snapshot, known));
  }

  /** What a client that starts at `resourceVersion` holds, if anyone has seen it. */
  at(scope: string, resourceVersion: string): Snapshot | undefined {
    return this.#cache.get(keyOf(scope, resourceVersion));
  }

  /** Upstream's history is gone or was replaced: resourceVersions may mean something else now. */
  clear(): void {
    this.#cache.clear();
  }
}

function withEarlierTimes({ source, held }: Snapshot, known: Snapshot): Snapshot {
  const merged = new Map(held);
  for (const [name, before] of known.held) {
    const now = merged.get(name);
    if (now !== undefined && before.passAt < now.passAt) merged.set(name, before);
  }
  return { source, held: merged };
}

/** Scope and resourceVersion are text from outside; the length keeps two pairs from looking alike. */
function keyOf(scope: string, resourceVersion: string): string {
  return `${scope.length}:${scope}@${resourceVersion}`;
}
