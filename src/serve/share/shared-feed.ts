/**
 * One shared (resource, encoding, projection): its feed, which a LIST and a watch of the hub itself keep up to date,
 * and its readers. It decides when an epoch begins and ends (I14).
 */
import { isNewer } from '../../core/hub/decimal.ts';
import { Epoch, type EpochEnd, type EpochLimits, type EpochOptions } from '../../core/hub/epoch.ts';
import { Feed } from '../../core/hub/feed.ts';
import { type Listing, ListingReader } from '../../core/hub/listing.ts';
import { Probes } from '../../core/hub/probes.ts';
import type { Wrapping } from '../../core/codec/wrapping.ts';
import type { FrameSplitter } from '../../core/codec/frame-splitter.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import { Comparing, type ComparingResult } from './comparing.ts';
import { type Followed, Following, type FollowingResult } from './following.ts';
import { ListBodies } from './list-bodies.ts';
import type { OwnRequests } from './own-requests.ts';
import { Readers } from './readers.ts';

/** How objects and events are read. */
export type SharedReading = Pick<
  EpochOptions,
  'codec' | 'resource' | 'plan' | 'memos' | 'wrapping' | 'passAt'
>;

export interface SharedFeedOptions {
  readonly reading: SharedReading;
  readonly limits: EpochLimits;
  readonly maxFrameBytes: number;
  readonly requests: OwnRequests;
  readonly events: FeedEvents;
  /** Called when there was no request for some minutes. */
  readonly onUnused: (feed: SharedFeed) => void;
  /** The longest time without a bookmark after a swallowed event (milliseconds; I4). */
  readonly maxLagMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly startTimer: StartTimer;
}

export interface FeedEvents {
  readonly onEpochOver: (why: EpochEnd) => void;
  readonly onFollowing: (result: FollowingResult) => void;
  readonly onCompared: (result: ComparingResult) => void;
}

/** How long upstream may be lost before readers are ended, so that they can look for it elsewhere (milliseconds). */
export const LOST_MS = 30_000;
/** How long a feed is kept without a request (milliseconds). */
export const UNUSED_MS = 5 * 60_000;
/** The interval of comparisons with upstream without a particular cause (milliseconds). */
const COMPARE_MS = 10 * 60_000;
/**
 * The delay before a comparison without a result is repeated, doubled by each up to a limit. What differs is
 * overwritten over time, and then clients that hold it would never be told (milliseconds; I14).
 */
const FIRST_REPEAT_MS = 30_000;
const LAST_REPEAT_MS = 120_000;
const TICK_MS = 5000;

export class SharedFeed implements Followed {
  readonly readers = new Readers();
  readonly probes: Probes;
  readonly lists = new ListBodies();
  readonly #options: SharedFeedOptions;
  readonly #feed = new Feed();
  readonly #following: Following;
  readonly #comparing: Comparing;
  readonly #begun = new Set<() => void>();
  /** The oldest resourceVersion for which a caller waits. */
  #reach: string | undefined;
  /** What the present epoch began with, where its watch began before that, and may find nothing there. */
  #reaching: Listing | undefined;
  #stopTick: StopTimer = () => undefined;
  #usedAt: number;
  #comparedAt: number;
  #nextComparisonMs = COMPARE_MS;
  #repeatMs = FIRST_REPEAT_MS;
  #markedAt: number;
  #epochAt = 0;
  #isClosed = false;
  /** The state for which readers have been woken. */
  #seen: number | undefined;
  #seenOf: Epoch | undefined;

  constructor(options: SharedFeedOptions) {
    this.#options = options;
    const { reading, maxFrameBytes, requests, events, now, chance, startTimer } = options;
    const { codec, resource } = reading;
    this.#usedAt = this.#comparedAt = this.#markedAt = now();
    this.probes = new Probes(() => void this.#askNewest());
    this.#following = new Following({
      ...{ requests, resource, codec, maxFrameBytes, now, chance, startTimer },
      followed: this,
      onResult: events.onFollowing,
    });
    this.#comparing = new Comparing({ requests, resource, codec, onResult: events.onCompared });
  }

  start(): void {
    this.#following.start();
    this.#tickLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTick();
    this.#following.close();
    this.#comparing.stop();
    this.#end('closed');
    this.#tellBegun();
  }

  /** What may be answered from; undefined where there is nothing that upstream can be taken to agree with. */
  get epoch(): Epoch | undefined {
    return this.#isLost ? undefined : this.#feed.epoch;
  }

  /** Whether there is no epoch, and the last attempt to begin one has failed. */
  get isFailing(): boolean {
    return this.epoch === undefined && this.#following.hasFailed;
  }

  get description() {
    const { reading, now } = this.#options;
    const { epoch } = this.#feed;
    const secondsSince = (at: number) => Math.round((now() - at) / 1000);
    return {
      ...{ encoding: reading.codec.name, state: this.#following.at, epoch: this.#feed.number },
      heardSecondsAgo: secondsSince(this.#following.heardAt),
      readers: this.readers.size,
      ...(epoch && {
        epochSeconds: secondsSince(this.#epochAt),
        ...{ objects: epoch.store.size, storeBytes: epoch.store.bytes, journalBytes: epoch.journal.bytes },
        ...{ entries: epoch.journal.end - epoch.journal.start, reachesBackTo: epoch.journal.floor },
        reachesBackSeconds: secondsSince(epoch.journal.floorAt ?? this.#epochAt),
        resourceVersion: epoch.readAt,
      }),
    };
  }

  get objects(): number {
    return this.#feed.epoch?.store.size ?? 0;
  }

  get bytes(): number {
    const { epoch } = this.#feed;
    return this.lists.bytes + (epoch === undefined ? 0 : epoch.store.bytes + epoch.journal.bytes);
  }

  /** The time since upstream was last heard of (milliseconds). */
  get silenceMs(): number {
    return this.#options.now() - this.#following.heardAt;
  }

  /** One for all requests, because each has buffers that a watch would keep. */
  get wrapping(): Wrapping {
    return this.#options.reading.wrapping;
  }

  /** Notes a request, which keeps the feed. */
  use(): void {
    this.#usedAt = this.#options.now();
  }

  /**
   * @param from - where a watch would continue: the next epoch reaches back to it, if upstream does
   * @param told - called once, when there is an epoch or there will be none
   * @returns a function to call when the result is no longer wanted
   */
  whenBegun(from: string | undefined, told: () => void): () => void {
    if (from !== undefined && (this.#reach === undefined || isNewer(this.#reach, from))) this.#reach = from;
    this.#begun.add(told);
    return () => this.#begun.delete(told);
  }

  /** As the feed's waiting has it. */
  until(resourceVersion: string, deadline: number, done: (isReached: boolean) => void): () => void {
    return this.#feed.waiting.until(resourceVersion, deadline, done);
  }

  get at(): string | undefined {
    return this.#feed.epoch?.readAt;
  }

  lister(): ListingReader {
    const { reading, limits } = this.#options;
    return new ListingReader({ ...reading, maxBytes: limits.maxStoreBytes });
  }

  listed(listing: Listing): void {
    const reach = this.#reach;
    const isEarlier = reach !== undefined && isNewer(listing.resourceVersion, reach);
    this.#begin(listing, isEarlier ? reach : undefined);
  }

  read(splitter: FrameSplitter, chunk: Buffer): void {
    const { epoch } = this.#feed;
    if (epoch === undefined) return;
    epoch.now = this.#options.now();
    const before = epoch.readAt;
    epoch.read(splitter, chunk);
    if (epoch.over === 'expired') this.#following.expired();
    else if (epoch.readAt !== before) this.#reaching = undefined;
    this.#settle();
  }

  expired(): void {
    const listing = this.#reaching;
    if (listing === undefined) this.#end('expired');
    // It only does not go so far back.
    else this.#begin(listing, undefined);
  }

  reconnected(): void {
    if (this.#feed.epoch === undefined) return;
    this.#compare(this.#feed.epoch);
    this.#tellBegun();
  }

  get #isLost(): boolean {
    const { lostAt } = this.#following;
    return lostAt !== undefined && this.#options.now() - lostAt >= LOST_MS;
  }

  get #tickMs(): number {
    return Math.min(TICK_MS, this.#options.maxLagMs);
  }

  #begin(listing: Listing, from: string | undefined): void {
    const { reading, limits } = this.#options;
    this.#end('replaced');
    const epoch = new Epoch({ ...reading, limits }, listing, from);
    this.#reaching = from === undefined ? undefined : listing;
    this.#reach = undefined;
    this.#feed.begin(epoch);
    this.#epochAt = this.#options.now();
    this.#settle();
    if (this.#feed.epoch !== undefined) this.#tellBegun();
  }

  #end(why: EpochEnd): void {
    if (this.#feed.epoch === undefined) return;
    this.#feed.end(why);
    this.#over(why);
  }

  /** What was read reaches those who wait for it. */
  #settle(): void {
    const { epoch } = this.#feed;
    const end = epoch?.journal.end;
    const why = this.#feed.settle(this.#options.now());
    if (why !== undefined) this.#over(why);
    else if (end !== this.#seen || epoch !== this.#seenOf) this.readers.wake();
    this.#seen = end;
    this.#seenOf = epoch;
  }

  #over(why: EpochEnd): void {
    this.lists.clear();
    this.#reaching = undefined;
    this.#options.events.onEpochOver(why);
    this.readers.wake();
    if (why !== 'replaced' && why !== 'closed') this.#following.again();
  }

  #tellBegun(): void {
    const begun = [...this.#begun];
    this.#begun.clear();
    for (const told of begun) told();
  }

  #tickLater(): void {
    this.#stopTick = this.#options.startTimer(this.#tickMs, () => {
      this.#tick();
      if (!this.#isClosed) this.#tickLater();
    });
  }

  #tick(): void {
    const now = this.#options.now();
    const { maxLagMs, onUnused } = this.#options;
    const { epoch } = this.#feed;
    this.#following.tick();
    this.lists.expire(now);
    if (this.#isLost) this.readers.endAll('feed_lost');
    if (epoch !== undefined && now - this.#markedAt + this.#tickMs > maxLagMs) {
      this.#markedAt = now;
      epoch.marks.mark(now);
    }
    if (epoch !== undefined && now - this.#comparedAt >= this.#nextComparisonMs) this.#compare(epoch);
    this.#settle();
    if (this.readers.size > 0) this.use();
    else if (now - this.#usedAt >= UNUSED_MS) onUnused(this);
  }

  /** A history that was replaced may have overtaken this one, or be behind it still. */
  #compare(epoch: Epoch): void {
    this.#comparedAt = this.#options.now();
    this.probes.ask(() => undefined);
    // One that is never answered tells nothing either.
    this.#nextComparisonMs = this.#repeatMs;
    this.#repeatMs = Math.min(this.#repeatMs * 2, LAST_REPEAT_MS);
    this.#comparing.begin(epoch, (result) => {
      if (result === 'differs' && this.#feed.epoch === epoch) this.#end('differs');
      if (result === 'unknown') return;
      this.#nextComparisonMs = COMPARE_MS;
      this.#repeatMs = FIRST_REPEAT_MS;
    });
  }

  async #askNewest(): Promise<void> {
    const { epoch } = this.#feed;
    // In a feed that reaches back, the list is newer than the events read so far.
    const before = epoch?.storeAt;
    const { requests, reading } = this.#options;
    const newest = await requests.newest(reading.resource);
    // What has been read was there before the question: only another history can have an older end.
    const isOther = newest !== undefined && before !== undefined && isNewer(before, newest);
    if (isOther && this.#feed.epoch === epoch) this.#end('history');
    this.probes.answered(isOther ? undefined : newest);
  }
}
