/**
 * LISTs from memory: one body for all requests within a second, compressed once if a client accepts that. Few bodies
 * are kept at a time, because a client that reads slowly keeps its body in memory (I6).
 */
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Wrapping } from '../../core/codec/wrapping.ts';
import { isNewer } from '../../core/hub/decimal.ts';
import { type Miss, stateOf } from '../../core/hub/attach.ts';
import type { Epoch } from '../../core/hub/epoch.ts';

const gzipped = promisify(gzip);

/** How long one body answers requests that accept any newer state too (milliseconds). */
const FRESH_MS = 1000;
/**
 * A longer body is not made twice within that time, whatever is requested: each heartbeat makes another state, and
 * joining all objects delays every reader (1 ms for each MiB).
 */
const MOST_AT_ONCE_BYTES = 4 * 1024 * 1024;
/** How long a body is kept without a request for it (milliseconds). */
const KEPT_MS = 10_000;
/** Bodies that may be in memory at one time. */
export const MAX_BODIES = 3;
/** Bodies that one caller may be sent at one time, so that a slow reader cannot keep all others from lists. */
export const MAX_BODIES_OF_ONE = 2;
/** The size from which the API server compresses, at the fastest level (apiserver pkg/endpoints/handlers/responsewriters/writers.go). */
const GZIP_FROM_BYTES = 128 * 1024;

export interface ListBody {
  readonly plain: Buffer;
  /** Undefined if compression is not worth it. */
  gzip(): Promise<Buffer> | undefined;
  /** Must be called once for each request that was given the body. */
  release(): void;
}

class Body {
  readonly resourceVersion: string;
  readonly madeAt: number;
  readonly plain: Buffer;
  readonly #onUnused: (body: Body) => void;
  #gzip: Promise<Buffer> | undefined;
  /** The callers that are being sent the body, with their numbers of requests. */
  readonly callers = new Map<string, number>();
  /** The number of requests that are being sent the body, plus one while it is compressed. */
  users = 0;

  constructor(resourceVersion: string, plain: Buffer, madeAt: number, onUnused: (body: Body) => void) {
    this.resourceVersion = resourceVersion;
    this.plain = plain;
    this.madeAt = madeAt;
    this.#onUnused = onUnused;
  }

  gzip(): Promise<Buffer> | undefined {
    if (this.plain.length < GZIP_FROM_BYTES) return undefined;
    return (this.#gzip ??= this.#compress());
  }

  /** Takes a place until it is done, even without a request for it, because it cannot be cancelled. */
  async #compress(): Promise<Buffer> {
    this.users += 1;
    try {
      return await gzipped(this.plain, { level: constants.Z_BEST_SPEED });
    } finally {
      this.#released();
    }
  }

  enter(caller: string): void {
    this.users += 1;
    this.callers.set(caller, (this.callers.get(caller) ?? 0) + 1);
  }

  leave(caller: string): void {
    const left = (this.callers.get(caller) ?? 1) - 1;
    if (left > 0) this.callers.set(caller, left);
    else this.callers.delete(caller);
    this.#released();
  }

  #released(): void {
    this.users -= 1;
    this.#onUnused(this);
  }
}

export interface WantedList {
  readonly wrapping: Wrapping;
  /** The lowest resourceVersion that will do; undefined for any. */
  readonly atLeast: string | undefined;
  /** A digest of the caller's credentials. */
  readonly caller: string;
  readonly now: number;
}

/** `busy`: slow readers hold the most bodies allowed, or a long body was made a moment ago. */
export type ListMiss = Miss | 'busy';

export class ListBodies {
  readonly #bodies = new Set<Body>();
  #newest: Body | undefined;

  /** The bytes of all kept bodies, uncompressed. */
  get bytes(): number {
    let bytes = 0;
    for (const { plain } of this.#bodies) bytes += plain.length;
    return bytes;
  }

  take(epoch: Epoch, { wrapping, atLeast, caller, now }: WantedList): ListBody | ListMiss {
    const known = this.#newest;
    const isFresh = known !== undefined && now - known.madeAt < FRESH_MS;
    const isOld = atLeast !== undefined && known !== undefined && isNewer(atLeast, known.resourceVersion);
    if (known !== undefined && isFresh && !isOld) return this.#give(known, caller);
    const state = stateOf(epoch, atLeast);
    if (typeof state === 'string') return state;
    if (known?.resourceVersion === state.resourceVersion) return this.#give(known, caller);
    if (isFresh && known.plain.length > MOST_AT_ONCE_BYTES) return 'busy';
    const hasRoom = this.#bodies.size < MAX_BODIES || known?.users === 0;
    if (!hasRoom || this.#sentTo(caller) >= MAX_BODIES_OF_ONE)
      return known === undefined || isOld ? 'busy' : this.#give(known, caller);
    this.#newest = undefined;
    if (known !== undefined) this.#drop(known);
    const bodies = state.objects().map(({ body }) => body);
    const plain = Buffer.concat(wrapping.list(state.resourceVersion, bodies));
    const body = new Body(state.resourceVersion, plain, now, (unused) => this.#drop(unused));
    this.#bodies.add(body);
    this.#newest = body;
    return this.#give(body, caller);
  }

  /** Time has passed. */
  expire(now: number): void {
    if (this.#newest !== undefined && now - this.#newest.madeAt >= KEPT_MS) this.clear();
  }

  /** No request is given one of the present bodies any more. */
  clear(): void {
    const known = this.#newest;
    this.#newest = undefined;
    if (known !== undefined) this.#drop(known);
  }

  #give(body: Body, caller: string): ListBody | ListMiss {
    if (!body.callers.has(caller) && this.#sentTo(caller) >= MAX_BODIES_OF_ONE) return 'busy';
    body.enter(caller);
    return { plain: body.plain, gzip: () => body.gzip(), release: () => body.leave(caller) };
  }

  /** The number of bodies that a caller is being sent. */
  #sentTo(caller: string): number {
    let sent = 0;
    for (const { callers } of this.#bodies) if (callers.has(caller)) sent += 1;
    return sent;
  }

  #drop(body: Body): void {
    if (body.users === 0 && body !== this.#newest) this.#bodies.delete(body);
  }
}
