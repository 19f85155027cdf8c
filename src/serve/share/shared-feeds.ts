/** All feeds. Each begins with the first caller that is allowed to read it, and ends some minutes after the last request. */
import type { EpochLimits } from '../../core/hub/epoch.ts';
import type { Codec } from '../../core/codec/codec.ts';
import type { Projection } from '../../core/projection/filter.ts';
import { identityOf, nameOf, type Resource } from '../../core/resource/resource.ts';
import type { Memos } from '../../core/sieve/memo.ts';
import type { Logger } from '../../platform/logger.ts';
import type { StartTimer } from '../../platform/timer.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import { MAX_BODIES } from './list-bodies.ts';
import type { OwnRequests } from './own-requests.ts';
import type { FeedReader, ReaderEnd } from './readers.ts';
import { type FeedEvents, SharedFeed } from './shared-feed.ts';

export interface SharedFeedsOptions {
  readonly requests: OwnRequests;
  /** The path to the API server for the feeds' own requests. */
  readonly upstream: Pick<Upstream, 'close'>;
  readonly memos: Memos;
  readonly passAt: (now: number) => number;
  readonly maxFrameBytes: number;
  readonly maxLagMs: number;
  readonly limits: EpochLimits;
  readonly events: FeedEvents;
  readonly log: Logger;
  readonly now: () => number;
  readonly chance: () => number;
  readonly startTimer: StartTimer;
}

/** The most feeds: resources times encodings times presets in use at one time. */
export const MAX_FEEDS = 8;
/** The bounds of one feed: the bytes of its objects, the bytes of kept events, and their age (milliseconds). */
export const MAX_STORE_BYTES = 512 * 1024 * 1024;
export const MAX_JOURNAL_BYTES = 64 * 1024 * 1024;
export const JOURNAL_MS = 15 * 60_000;

/** The most bytes of one feed: its objects, its journal, and the lists being sent, each as large as the objects. */
export const MAX_FEED_BYTES = MAX_STORE_BYTES * (1 + MAX_BODIES) + MAX_JOURNAL_BYTES;

export const FEED_LIMITS: EpochLimits = {
  maxBytes: MAX_JOURNAL_BYTES,
  maxAgeMs: JOURNAL_MS,
  maxStoreBytes: MAX_STORE_BYTES,
};

interface Kept {
  readonly feed: SharedFeed;
  readonly resource: Resource;
  readonly projection: Projection;
}

export class SharedFeeds {
  readonly #options: SharedFeedsOptions;
  readonly #feeds = new Map<string, Kept>();

  constructor(options: SharedFeedsOptions) {
    this.#options = options;
  }

  /** @returns undefined if there are too many feeds, or if the objects cannot be kept */
  of(resource: Resource, codec: Codec, projection: Projection): SharedFeed | undefined {
    const key = JSON.stringify([identityOf(resource), codec.name, projection.key]);
    const known = this.#feeds.get(key);
    if (known !== undefined) return known.feed;
    const wrapping = codec.wrapping(resource);
    if (wrapping === undefined || this.#feeds.size >= MAX_FEEDS) return undefined;
    const { requests, memos, passAt, maxFrameBytes, maxLagMs, limits, events, log, ...time } = this.#options;
    const { now, chance, startTimer } = time;
    const about = { resource: nameOf(resource), encoding: codec.name, preset: projection.name };
    const feed = new SharedFeed({
      reading: { codec, resource, plan: projection.plan, memos, wrapping, passAt },
      ...{ limits, maxFrameBytes, requests, maxLagMs, now, chance, startTimer },
      events: {
        ...events,
        onEpochOver: (why) => {
          events.onEpochOver(why);
          log.warn({ ...about, cause: why }, 'what a feed held is over');
        },
      },
      onUnused: (unused) => {
        log.info(about, 'feed ended: nobody wants it');
        this.#feeds.delete(key);
        unused.close();
      },
    });
    this.#feeds.set(key, { feed, resource, projection });
    log.info(about, 'feed begun');
    feed.start();
    return feed;
  }

  all(): readonly SharedFeed[] {
    return [...this.#feeds.values()].map(({ feed }) => feed);
  }

  readers(): readonly FeedReader[] {
    return this.all().flatMap(({ readers }) => readers.all());
  }

  get description() {
    return [...this.#feeds.values()].map(({ feed, resource, projection }) => ({
      ...{ resource: nameOf(resource), preset: projection.name },
      ...feed.description,
    }));
  }

  closeAll(why: ReaderEnd): void {
    const feeds = this.all();
    this.#feeds.clear();
    for (const feed of feeds) {
      feed.readers.endAll(why);
      feed.close();
    }
  }

  async close(): Promise<void> {
    this.closeAll('drain');
    await this.#options.upstream.close();
  }
}
