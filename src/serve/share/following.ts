/**
 * Follows a resource for a feed: a LIST, then a watch from there, and after its end another watch from where it ended,
 * for as long as the epoch lasts. {@link Followed} receives the objects and events.
 *
 * resting → listing → watching → resting …; closed from any of them.
 */
import type { Codec } from '../../core/codec/codec.ts';
import { listCodecOf, watchCodingOf } from '../../core/codec/codecs.ts';
import type { FrameSplitter } from '../../core/codec/frame-splitter.ts';
import type { Listing, ListingReader } from '../../core/hub/listing.ts';
import type { Resource } from '../../core/resource/resource.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { Exchange, ResponseHead } from '../../platform/upstream/exchange.ts';
import { valuesOf } from '../proxy/headers.ts';
import type { OwnRequests } from './own-requests.ts';

/** Receives objects and events. */
export interface Followed {
  /** The resourceVersion from which a watch continues; undefined if a LIST is needed first. */
  readonly at: string | undefined;
  lister(): ListingReader;
  listed(listing: Listing): void;
  read(splitter: FrameSplitter, chunk: Buffer): void;
  /** Upstream no longer has the events after `at`, which is another one afterwards, or none. */
  expired(): void;
  /** A watch has continued where the last one ended. */
  reconnected(): void;
}

/** `silent`: nothing came for so long that the connection may be dead. */
export const FOLLOWING_RESULTS = [
  'list',
  'list_failed',
  'watch',
  'watch_ended',
  'watch_failed',
  'silent',
] as const;
export type FollowingResult = (typeof FOLLOWING_RESULTS)[number];

export interface FollowingOptions {
  readonly requests: OwnRequests;
  readonly resource: Resource;
  readonly codec: Codec;
  readonly maxFrameBytes: number;
  readonly followed: Followed;
  readonly onResult: (result: FollowingResult) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly startTimer: StartTimer;
}

/** Rests after failures: the first, doubled by each, and the longest (milliseconds); chance takes up to a half. */
const FIRST_REST_MS = 1000;
const LAST_REST_MS = 30_000;
/** A watch that lasted this long does not count as failed (milliseconds). */
const LASTED_MS = 30_000;
/** The longest times for a LIST and for the head of a watch (milliseconds). */
const LIST_MS = 60_000;
const HEAD_MS = 30_000;
/** The API server sends a bookmark about every minute. */
export const SILENT_MS = 150_000;
/** How long each watch is asked for (seconds): chance adds up to as much, so that feeds do not come back together. */
const WATCH_SECONDS = 1800;

type At = 'resting' | 'listing' | 'opening' | 'watching' | 'closed';

export class Following {
  readonly #options: FollowingOptions;
  #at: At = 'resting';
  #exchange: Exchange | undefined;
  #stopTimer: StopTimer = () => undefined;
  #failures = 0;
  #hasFailed = false;
  #heardAt: number;
  #lostAt: number | undefined;
  #openedAt = 0;
  /** The present watch began with a LIST of its own. */
  #isListed = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
    this.#heardAt = options.now();
  }

  /** When the last watch ended (monotonic ms); undefined while there is one. */
  get lostAt(): number | undefined {
    return this.#lostAt;
  }

  /** When upstream was last heard of (monotonic ms). */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether the last attempt of a LIST or watch failed, so that callers need not wait. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  get at(): At {
    return this.#at;
  }

  start(): void {
    this.#next();
  }

  close(): void {
    this.#leave('closed');
  }

  /** The state is no longer trusted and is listed again. */
  again(): void {
    if (this.#at === 'listing' || this.#at === 'resting' || this.#at === 'closed') return;
    this.#failed(undefined);
  }

  /**
   * Upstream no longer has what the watch asked for. The API server is there, whatever failed before, so that a LIST
   * does not wait for longer than after a first failure; unless there was one just now, so that LISTs do not follow
   * each other.
   */
  expired(): void {
    if (!this.#isListed) this.#failures = 0;
    const { followed } = this.#options;
    followed.expired();
    // Where that ended the epoch, it rests already.
    if (this.#at === 'resting' || this.#at === 'closed') return;
    if (followed.at === undefined) this.#failed(undefined);
    else this.#watch(followed.at);
  }

  /** Time has passed. */
  tick(): void {
    if (this.#at === 'watching' && this.#options.now() - this.#heardAt >= SILENT_MS) this.#failed('silent');
  }

  #next(): void {
    const { at } = this.#options.followed;
    this.#isListed = false;
    if (at === undefined) this.#list();
    else this.#watch(at);
  }

  #list(): void {
    const { requests, resource, codec, followed, onResult, now, startTimer } = this.#options;
    const reader = followed.lister();
    this.#leave('listing');
    this.#stopTimer = startTimer(LIST_MS, () => this.#failed('list_failed'));
    this.#exchange = requests.list(resource, codec, {
      onResponse: (head) => {
        if (!isPlain(head) || listCodecOf(typeOf(head), resource) !== codec) this.#failed('list_failed');
      },
      onData: (chunk) => {
        reader.push(chunk);
        return true;
      },
      onEnd: () => {
        const listing = reader.finish(now());
        if (listing !== undefined) followed.listed(listing);
        const { at } = followed;
        if (at === undefined) {
          this.#failed('list_failed');
          return;
        }
        this.#heard();
        this.#hasFailed = false;
        onResult('list');
        this.#isListed = true;
        this.#watch(at);
      },
      onError: () => this.#failed('list_failed'),
    });
  }

  #watch(resourceVersion: string): void {
    const { requests, resource, codec, followed, maxFrameBytes, chance, startTimer } = this.#options;
    const splitter = codec.splitter(maxFrameBytes);
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + chance()));
    this.#leave('opening');
    this.#stopTimer = startTimer(HEAD_MS, () => this.#failed('watch_failed'));
    this.#exchange = requests.watch(
      resource,
      codec,
      { resourceVersion, timeoutSeconds },
      {
        onResponse: (head) => this.#opened(head),
        onData: (chunk) => {
          this.#heard();
          followed.read(splitter, chunk);
          return true;
        },
        onEnd: () => this.#ended(),
        onError: () => this.#failed('watch_failed'),
      },
    );
  }

  #opened(head: ResponseHead): void {
    const { resource, codec, followed, onResult } = this.#options;
    if (head.statusCode === 410) {
      this.expired();
      return;
    }
    const coding = watchCodingOf(typeOf(head), valuesOf(head.headers, 'content-encoding').join(), resource);
    if (!isPlain(head) || coding.codec !== codec) {
      this.#failed('watch_failed');
      return;
    }
    this.#stopTimer();
    this.#at = 'watching';
    this.#hasFailed = false;
    this.#lostAt = undefined;
    this.#heard();
    this.#openedAt = this.#heardAt;
    onResult('watch');
    followed.reconnected();
  }

  /** The watch ended. Each does in time; one that ends early counts as a failure. */
  #ended(): void {
    if (!this.#hasLasted) {
      this.#failed('watch_failed');
      return;
    }
    this.#options.onResult('watch_ended');
    this.#lost();
    this.#next();
  }

  #failed(result: FollowingResult | undefined): void {
    if (this.#at === 'closed') return;
    this.#hasFailed = result !== undefined;
    if (result !== undefined) this.#options.onResult(result);
    if (this.#hasLasted) this.#failures = 0;
    const restMs = Math.min(FIRST_REST_MS * 2 ** this.#failures, LAST_REST_MS);
    this.#failures += 1;
    this.#leave('resting');
    this.#lost();
    const { startTimer, chance } = this.#options;
    this.#stopTimer = startTimer(restMs * (1 - chance() / 2), () => this.#next());
  }

  get #hasLasted(): boolean {
    return this.#at === 'watching' && this.#options.now() - this.#openedAt >= LASTED_MS;
  }

  #leave(at: At): void {
    if (this.#at === 'closed') return;
    this.#stopTimer();
    this.#exchange?.abort();
    this.#exchange = undefined;
    this.#at = at;
  }

  #heard(): void {
    this.#heardAt = this.#options.now();
  }

  #lost(): void {
    this.#lostAt ??= this.#options.now();
  }
}

function isPlain({ statusCode, headers }: ResponseHead): boolean {
  return statusCode === 200 && valuesOf(headers, 'content-encoding').every((coding) => coding === 'identity');
}

function typeOf({ headers }: ResponseHead): string | undefined {
  return valuesOf(headers, 'content-type')[0];
}
