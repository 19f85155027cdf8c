/**
 * LISTs from memory: one body for all who ask within a second, compressed once where somebody wants it so. Few of them are
 * kept at a time: a client that reads slowly keeps the body alive that it was given (I6).
 */
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { type Wrapping } from '../../core/codec/wrapping.ts';
import { isNewer } from '../../core/hub/decimal.ts';
import { type Miss, stateOf } from '../../core/hub/attach.ts';
import { type Epoch } from '../../core/hub/epoch.ts';

const gzipped = promisify(gzip);

/** How long one body serves requests that any newer state would serve as well (milliseconds). */
const FRESH_MS = 1000;
/**
 * A longer one is not made twice within that time, whatever is asked for: each heartbeat makes another state, and putting all
 * objects together holds up every reader (1 ms for each MiB).
 */
const MOST_AT_ONCE_BYTES = 4 * 1024 * 1024;
/** How long a body is kept that nobody asks for (milliseconds). */
const KEPT_MS = 10_000;
/** Bodies that may be in memory at one time. */
export const MAX_BODIES = 3;
/** Bodies that one caller may be sent at one time: by reading slowly it would otherwise keep everybody else from lists. */
export const MAX_BODIES_OF_ONE = 2;
/** apiserver pkg/endpoints/handlers/responsewriters/writers.go compresses from this size on, and as fast as it can. */
const GZIP_FROM_BYTES = 128 * 1024;

export interface ListBody {
  readonly plain: Buffer;
  /** Undefined where it is not worth it. */
  gzip(): Promise<Buffer> | undefined;
  /** To be called by each who was given it, once. */
  release(): void;
}

class Body {
  readonly resourceVersion: string;
  readonly madeAt: number;
  readonly plain: Buffer;
  readonly #onUnused: (body: Body) => void;
  #gzip: Promise<Buffer> | undefined;
  /** The callers that it is being sent to, each with the number of its requests. */
  readonly callers = new Map<string, number>();
  /** Requests that it is being sent to, and its compression while that lasts. */
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

  /** Takes a place until it is done, also where nobody waits for it any more: it cannot be called off. */
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
  /** How new it has to be; undefined: any state will do. */
  readonly atLeast: string | undefined;
  /** A digest of the caller's credentials. */
  readonly caller: string;
  readonly now: number;
}

/** `busy`: clients that read slowly keep as many bodies as there may be, or a long one was made a moment ago. */
export type ListMiss = Miss | 'busy';

export class ListBodies {
  readonly #bodies = new Set<Body>();
  #newest: Body | undefined;

  /** Of all that are kept, not compressed. */
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
    const bodies = state.objects.map(({ body }) => body);
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

  /** None of them is given to anybody any more. */
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

  /** How many of the bodies a caller is being sent. */
  #sentTo(caller: string): number {
    let sent = 0;
    for (const { callers } of this.#bodies) if (callers.has(caller)) sent += 1;
    return sent;
  }

  #drop(body: Body): void {
    if (body.users === 0 && body !== this.#newest) this.#bodies.delete(body);
  }
}
