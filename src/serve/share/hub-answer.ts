/**
 * One request that may be answered from memory: only if its caller is allowed (I10), never older than it names (I11),
 * as new as it asks for (I12), and within a bounded time. All other requests go upstream.
 *
 * deciding → memory, or upstream → over.
 */
import { callerKey } from '../../core/grant/grant-cache.ts';
import { attach, type Begin, type Miss } from '../../core/hub/attach.ts';
import type { AskedList, AskedOfHub, AskedWatch } from '../../core/hub/asked.ts';
import type { Epoch } from '../../core/hub/epoch.ts';
import type { Freshness } from '../../core/hub/start.ts';
import { callerCredentials } from '../../core/request/caller-credentials.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { Exchange, ResponseHandler, ResponseHead } from '../../platform/upstream/exchange.ts';
import type { Grants } from '../grants/grants.ts';
import type { ListMiss } from './list-bodies.ts';
import { MemoryList } from './memory-list.ts';
import { MemoryWatch } from './memory-watch.ts';
import type { ReaderEnd } from './readers.ts';
import type { SharedFeed } from './shared-feed.ts';

/**
 * Why a request that could be answered from memory was not: not allowed, or not known to be (`grant`), something took
 * too long (`late`), it is not known how new the newest state is (`newest`), there are as many feeds or lists as there
 * may be (`busy`); the others as memory has them.
 */
export const DECLINED = [
  'grant',
  'late',
  'newest',
  'busy',
  'behind',
  'out_of_reach',
  'unlistable',
  'over',
  'unmarked',
] as const;
export type Declined = (typeof DECLINED)[number];

/** The part of the wait in which the question for the grant may wait for its turn; the rest is for its answer. */
const TURN_SHARE = 0.8;

export interface HubAnswerOptions {
  readonly asked: AskedOfHub;
  /** Flat, as received, without those of the connection. */
  readonly headers: readonly string[];
  /** Called once the caller is allowed: no other caller may begin a feed. */
  readonly feed: () => SharedFeed | undefined;
  readonly grants: Pick<Grants, 'ask' | 'keepAsking'>;
  /** Goes to the client; what it is told first is a head that memory gives. */
  readonly handler: ResponseHandler;
  /** The headers that every answer from memory has. */
  readonly headOf: (headers: readonly string[]) => ResponseHead;
  readonly acceptsGzip: boolean;
  /** The longest wait of the client for a decision (milliseconds). */
  readonly waitMs: number;
  /** The duration of a watch without `timeoutSeconds` (milliseconds). */
  readonly longestWatchMs: number;
  readonly slowClientMs: number;
  readonly events: HubAnswerEvents;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

export interface HubAnswerEvents {
  /** The API server is to answer, or nobody. */
  readonly onDeclined: (why: Declined) => Exchange;
  /** It begins to be answered. */
  readonly onAnswered: (watch: MemoryWatch | undefined) => void;
  readonly onWatchEnd: (watch: MemoryWatch, why: ReaderEnd) => void;
}

export class HubAnswer implements Exchange {
  readonly #options: HubAnswerOptions;
  readonly #stopTimer: StopTimer;
  #given: Exchange | undefined;
  #isDecided = false;
  /** Undoes what the decision waits for. */
  #forget: () => void = () => undefined;

  constructor(options: HubAnswerOptions) {
    this.#options = options;
    this.#stopTimer = options.startTimer(options.waitMs, () => this.#decline('late'));
    void this.#ask();
  }

  abort(): void {
    this.#decided();
    this.#given?.abort();
  }

  resume(): void {
    this.#given?.resume();
  }

  async #ask(): Promise<void> {
    const { grants, asked, headers, waitMs, feed: feedOf } = this.#options;
    const grant = await grants.ask(asked.attributes, headers, waitMs * TURN_SHARE);
    if (this.#isDecided) return;
    const feed = grant === 'allowed' ? feedOf() : undefined;
    if (grant !== 'allowed') this.#decline('grant');
    else if (feed === undefined) this.#decline('busy');
    else this.#begin(feed);
  }

  #begin(feed: SharedFeed): void {
    feed.use();
    const { what } = this.#options.asked;
    if (feed.isFailing) this.#decline('over');
    else if (feed.epoch === undefined) {
      const from =
        what.kind === 'watch' && what.start.kind === 'from' ? what.start.resourceVersion : undefined;
      this.#forget = feed.whenBegun(from, () => this.#fresh(feed));
    } else this.#fresh(feed);
  }

  /** The newest resourceVersion is requested only after the client's request has come (I12). */
  #fresh(feed: SharedFeed): void {
    if (this.#isDecided) return;
    const { what } = this.#options.asked;
    if (what.kind === 'watch' && what.start.kind === 'from') {
      this.#answer(feed, what.start.resourceVersion);
      return;
    }
    const freshness = freshnessOf(what);
    if (freshness.kind !== 'consistent') {
      this.#answer(feed, freshness.kind === 'any' ? undefined : freshness.resourceVersion);
      return;
    }
    feed.probes.ask((newest) => {
      if (this.#isDecided) return;
      if (newest === undefined) this.#decline('newest');
      else this.#answer(feed, newest);
    });
  }

  /** @param atLeast - the lowest resourceVersion that will do; undefined for any */
  #answer(feed: SharedFeed, atLeast: string | undefined, mayWait = true): void {
    const { epoch } = feed;
    const { what } = this.#options.asked;
    const miss =
      epoch === undefined
        ? 'over'
        : what.kind === 'list'
          ? this.#list(feed, epoch, atLeast)
          : this.#watch(feed, epoch, what, atLeast);
    if (miss === undefined) return;
    if (miss !== 'behind' || atLeast === undefined || !mayWait) {
      this.#decline(miss);
      return;
    }
    this.#forget = feed.until(atLeast, Infinity, (isReached) => {
      if (this.#isDecided) return;
      if (isReached) this.#answer(feed, atLeast, false);
      else this.#decline('over');
    });
  }

  #list(feed: SharedFeed, epoch: Epoch, atLeast: string | undefined): ListMiss | undefined {
    const { now, acceptsGzip, headers } = this.#options;
    const caller = callerKey(callerCredentials(headers) ?? []);
    const body = feed.lists.take(epoch, { wrapping: feed.wrapping, atLeast, caller, now: now() });
    if (typeof body === 'string') return body;
    const compressed = acceptsGzip ? body.gzip() : undefined;
    if (compressed === undefined) {
      this.#sendList(body.plain, [], () => body.release());
      return undefined;
    }
    this.#forget = () => body.release();
    const encoded = ['Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding'];
    const send = (bytes: Buffer, headers: readonly string[]): void => {
      if (this.#isDecided) return;
      this.#forget = () => undefined;
      this.#sendList(bytes, headers, () => body.release());
    };
    void compressed.then(
      (bytes) => send(bytes, encoded),
      () => send(body.plain, []),
    );
    return undefined;
  }

  #sendList(body: Buffer, headers: readonly string[], onOver: () => void): void {
    const { asked, handler, headOf, slowClientMs, startTimer, events } = this.#options;
    const head = headOf([
      'Content-Type',
      asked.codec.mediaType,
      ...headers,
      'Content-Length',
      `${body.length}`,
    ]);
    const list = new MemoryList({ body, handler, head, slowClientMs, onOver, startTimer });
    this.#decided(list);
    events.onAnswered(undefined);
    list.begin();
  }

  #watch(feed: SharedFeed, epoch: Epoch, what: AskedWatch, atLeast: string | undefined): Miss | undefined {
    const { asked, headers, handler, headOf, grants, events, ...options } = this.#options;
    const { start, interest, timeoutSeconds } = what;
    const begin: Begin =
      start.kind === 'from' ? start : { kind: 'initial', atLeast, isEndMarked: start.isEndMarked };
    const reader = attach(epoch, begin, interest);
    if (typeof reader === 'string') return reader;
    const { readers } = feed;
    let stopAsking = (): void => undefined;
    const type = asked.codec.name === 'json' ? '' : ';stream=watch';
    const watch: MemoryWatch = new MemoryWatch({
      ...{ reader, readers, handler },
      head: headOf(['Content-Type', `${asked.codec.mediaType}${type}`]),
      deadlineMs: timeoutSeconds === undefined ? options.longestWatchMs : timeoutSeconds * 1000,
      slowClientMs: options.slowClientMs,
      startTimer: options.startTimer,
      onEnd: (ended, why) => {
        stopAsking();
        feed.use();
        events.onWatchEnd(ended, why);
      },
    });
    this.#decided(watch);
    events.onAnswered(watch);
    watch.begin();
    stopAsking = grants.keepAsking(asked.attributes, headers, (why) => watch.end(why));
    if (watch.isOver) stopAsking();
    return undefined;
  }

  #decline(why: Declined): void {
    if (this.#isDecided) return;
    this.#decided();
    this.#given = this.#options.events.onDeclined(why);
  }

  #decided(given?: Exchange): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#stopTimer();
    this.#forget();
    this.#forget = () => undefined;
    this.#given = given;
  }
}

function freshnessOf(what: AskedList | AskedWatch): Freshness {
  if (what.kind === 'list') return what.freshness;
  return what.start.kind === 'from' ? { kind: 'any' } : what.start.freshness;
}
