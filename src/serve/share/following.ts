/**
 * Follows what a feed is about: a LIST, then a watch from there, and after each end of that a watch from where it was left,
 * for as long as the epoch lasts. Who keeps what comes is {@link Followed}.
 *
 * resting → listing → watching → resting …; closed from any of them.
 */
import { type Codec } from '../../core/codec/codec.ts';
import { listCodecOf, watchCodingOf } from '../../core/codec/codecs.ts';
import { type FrameSplitter } from '../../core/codec/frame-splitter.ts';
import { type Listing, type ListingReader } from '../../core/hub/listing.ts';
import { type Resource } from '../../core/resource/resource.ts';
import { type StartTimer, type StopTimer } from '../../platform/timer.ts';
import { type Exchange, type ResponseHead } from '../../platform/upstream/exchange.ts';
import { valuesOf } from '../proxy/headers.ts';
import { type OwnRequests } from './own-requests.ts';

/** What comes is handed to it. */
export interface Followed {
  /** Where a watch goes on; undefined: a LIST is wanted first. */
  readonly at: string | undefined;
  lister(): ListingReader;
  listed(listing: Listing): void;
  read(splitter: FrameSplitter, chunk: Buffer): void;
  /** Upstream no longer has what comes behind this resourceVersion. */
  expired(): void;
  /** A watch goes on where the one before it was left. */
  reconnected(): void;
}

/** `silent`: nothing came for so long that the connection cannot be relied upon. */
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
/** A watch that lasted this long is no failure (milliseconds). */
const LASTED_MS = 30_000;
/** How long a LIST may take, and the head of a watch (milliseconds). */
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

  constructor(options: FollowingOptions) {
    this.#options = options;
    this.#heardAt = options.now();
  }

  /** Since when there has been no watch (monotonic ms); undefined while there is one. */
  get lostAt(): number | undefined {
    return this.#lostAt;
  }

  /** When upstream was last heard of (monotonic ms). */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether the last that was tried of LIST and watch came to nothing: nobody need wait for what may not come. */
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

  /** What is followed is not to be relied upon any more: it is listed anew. */
  again(): void {
    if (this.#at === 'listing' || this.#at === 'resting' || this.#at === 'closed') return;
    this.#failed(undefined);
  }

  /** Time has passed. */
  tick(): void {
    if (this.#at === 'watching' && this.#options.now() - this.#heardAt >= SILENT_MS) this.#failed('silent');
  }

  #next(): void {
    const { at } = this.#options.followed;
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
    if (head.statusCode === 410) followed.expired();
    // Where that was its end, it rests already.
    if (this.#at !== 'opening') return;
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

  /** As each watch does in its time; one that ends sooner is taken for a fault. */
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
