/**
 * One replica of a whole hub: all of `serve --share` but its sockets. It is killed and started, hangs, and loses the API
 * server, as the world likes.
 */
import { pino } from 'pino';
import type { Seen, Subject } from '../../model/model-object.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import { MetricRegistry } from '../../../src/platform/metric-registry.ts';
import type { StartTimer } from '../../../src/platform/timer.ts';
import type { Exchange, ResponseHandler, UpstreamRequest } from '../../../src/platform/upstream/exchange.ts';
import { UpstreamError } from '../../../src/platform/upstream/upstream-error.ts';
import { Grants } from '../../../src/serve/grants/grants.ts';
import { PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import { valuesOf } from '../../../src/serve/proxy/headers.ts';
import { classify } from '../../../src/serve/proxy/classify.ts';
import { OwnRequests } from '../../../src/serve/share/own-requests.ts';
import { Share, type ShareOptions, type ShareResult } from '../../../src/serve/share/share.ts';
import { FEED_LIMITS, SharedFeeds } from '../../../src/serve/share/shared-feeds.ts';
import { ApiLink, type ModelApi, questionOf, whoOf } from './model-api.ts';

export const HUB = 'hub';

export interface ReplicaOptions {
  readonly api: ModelApi;
  readonly subject: Subject;
  readonly seen: Seen;
  readonly now: () => number;
  readonly chance: () => number;
  readonly startTimer: StartTimer;
  readonly onResult: (result: ShareResult) => void;
  readonly journalBytes: number;
  /** Others that watch all the time, and are not looked at. */
  readonly crowd: number;
  /** What the crowd accepts. */
  readonly accept: string;
  readonly wrong: (what: string) => void;
}

/** What it says of its feed at /debug. */
export interface FeedSaid {
  readonly state: string;
  readonly epoch: number;
  readonly resourceVersion?: string;
  readonly reachesBackTo?: string;
}

/** How things were when it made an answer. */
export interface Said {
  /** The histories that there were: a hub that hangs gives the answer later. */
  readonly memory: number;
  readonly api: number;
  readonly feed: FeedSaid | undefined;
  /** How long it had not been able to hear of changes (milliseconds). */
  readonly silentMs: number;
}

/** A client's request to it, and what it was told of the answer. */
interface Served {
  readonly handler: ResponseHandler;
  /** Or since when the hub could have answered, where it hung. */
  askedAt: number;
  isOver: boolean;
  /** It is answered, from memory or by the API server. */
  isDecided: boolean;
  isMemory: boolean;
  /** What its client last said. */
  isReading: boolean;
  /** Since when the hub knows that its client takes nothing. */
  pausedAt: number | undefined;
}

export const CROWD = 'crowd';
/** The longest that a request waits for a decision, and that a client is waited for that takes nothing (milliseconds). */
const DECIDED_MS = 3000;
const SLOW_MS = 30_000;
/** LISTs and watches of one feed within a minute: after failures it rests longer and longer. */
const MOST_BEGINNINGS = 25;
/** A watch that nobody answers for goes on for five minutes, but for the time of the last question (milliseconds). */
const UNANSWERED_MS = 5 * 60_000 - 5000;
const CROWD_RESTS_MS = 5000;

export class Replica {
  readonly #options: ReplicaOptions;
  /** With the hub's own credentials, and with those of callers. */
  readonly own: ApiLink;
  readonly callers: ApiLink;
  #process: { readonly share: Share; isAlive: boolean } | undefined;
  readonly #served = new Set<Served>();
  /** What a process that hangs would have said. */
  readonly #held: (() => void)[] = [];
  #isHung = false;
  /** When it last went on after it had hung: a process that hangs asks about no rights either. */
  wentOnAt = -Infinity;
  /** Which of the API server's histories its feed is known to be of. */
  history = -1;
  /** Of the answer that it gives now. */
  said: Said = { memory: -1, api: -1, feed: undefined, silentMs: 0 };
  #hangsAtHead = false;
  /** What something else at its address answers to sidecars; undefined: it is a hub. */
  ill: number | undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.own = new ApiLink(options.api);
    this.callers = new ApiLink(options.api);
    this.start();
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get isHung(): boolean {
    return this.#isHung;
  }

  /** That of its only feed. */
  get feed(): FeedSaid | undefined {
    const { feeds } = (this.#process?.share.description ?? { feeds: [] }) as {
      readonly feeds: readonly FeedSaid[];
    };
    return feeds[0];
  }

  get links(): readonly ApiLink[] {
    return [this.own, this.callers];
  }

  start(): void {
    if (this.#process !== undefined) return;
    const { subject, seen, now, chance, onResult, journalBytes } = this.#options;
    const process = { isAlive: true };
    const startTimer: StartTimer = (ms, fire) =>
      this.#options.startTimer(ms, () => {
        if (process.isAlive) fire();
      });
    const time = { now, chance, startTimer };
    const { projection } = seen;
    const filter = { mode: 'filter', projection } as const;
    const none = (): void => undefined;
    const feeds = new SharedFeeds({
      ...{ memos: new Memos(1024 * 1024), log: pino({ level: 'silent' }), ...time },
      upstream: { close: () => Promise.resolve() },
      requests: new OwnRequests({
        upstream: this.own,
        credentials: {
          authorization: () => Promise.resolve(`Bearer ${HUB}`),
          certificate: () => Promise.resolve(undefined),
          rejected: none,
        },
      }),
      ...{ passAt: () => Infinity, maxFrameBytes: 1024 * 1024, maxLagMs: 10_000 },
      limits: { ...FEED_LIMITS, maxBytes: journalBytes },
      events: { onEpochOver: none, onFollowing: none, onCompared: none },
    });
    const share = new Share({
      ...{ feeds, shared: [subject.resource], slowClientMs: SLOW_MS, ...time },
      filterOf: () => ({ current: filter, follow: none, forget: none }),
      grants: this.#grants(time),
      events: { onResult, onWatchEnd: none },
    });
    this.#process = Object.assign(process, { share });
    for (let at = 0; at < this.#options.crowd; at++) this.#crowd(startTimer);
  }

  /** A client or its sidecar asks. Told what the network would tell it, and later. */
  send(request: UpstreamRequest, handler: ResponseHandler): Exchange {
    const isSidecar = valuesOf(request.headers, PROJECTION_HEADER).length > 0;
    if (request.method !== 'GET') this.#options.wrong(`R5: ${request.method} is sent to a hub`);
    if (isSidecar && valuesOf(request.headers, 'x-remote-user').length > 0)
      this.#options.wrong('I10: a sidecar sends on who its client says it is');
    const served: Served = {
      ...{ handler, askedAt: this.#options.now(), isOver: false, isDecided: false, isMemory: false },
      ...{ isReading: true, pausedAt: undefined },
    };
    const process = this.#process;
    if (process === undefined) {
      queueMicrotask(() => {
        if (!served.isOver) handler.onError(new UpstreamError('connect', 'refused'));
      });
      return { abort: () => (served.isOver = true), resume: () => undefined };
    }
    this.#served.add(served);
    if (isSidecar && this.ill !== undefined && this.ill !== 200) return this.#illAnswer(served, this.ill);
    // Nobody says to it by which projection, as one behind a proxy that removes what it does not know.
    const headers = this.ill === 200 && isSidecar ? withoutDigest(request.headers) : request.headers;
    let given: Exchange | undefined;
    this.#do(() => {
      if (served.isOver) return;
      given = process.share.route({
        classified: classify(request.method, request.target, [this.#options.subject.resource]),
        request: { ...request, headers },
        handler: this.#toClient(served, () => given?.abort()),
        ...{ preset: '', passAsItIs: () => undefined },
        direct: () => {
          served.isDecided = true;
          if (isSidecar && headers === request.headers)
            this.#options.wrong('I15: a hub passes a sidecar on to the API server');
          return this.callers.send(
            { ...request, headers },
            this.#toClient(served, () => undefined),
          );
        },
      });
    });
    return {
      abort: () => {
        served.isOver = true;
        this.#served.delete(served);
        this.#do(() => given?.abort());
      },
      resume: () =>
        this.#do(() => {
          served.isReading = true;
          served.pausedAt = undefined;
          given?.resume();
        }),
    };
  }

  kill(): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    this.#isHung = false;
    this.#held.length = 0;
    process.isAlive = false;
    this.#hangsAtHead = false;
    this.own.beginnings = [];
    this.callers.reviewed.clear();
    for (const link of this.links) link.reset();
    for (const served of [...this.#served]) {
      served.isOver = true;
      served.handler.onError(new UpstreamError('body', 'reset'));
    }
    this.#served.clear();
    void process.share.close();
    this.history = -1;
  }

  /** Time has passed: nobody waits, or is waited for, longer than there is time for it, and the API server is spared. */
  tick(): void {
    const { now, wrong } = this.#options;
    const { own } = this;
    own.beginnings = own.beginnings.filter((at) => now() - at < 60_000);
    if (own.beginnings.length > MOST_BEGINNINGS)
      wrong(`I15: a feed has asked the API server ${own.beginnings.length} times in a minute`);
    if (this.#isHung) return;
    for (const { isDecided, isMemory, askedAt, pausedAt } of this.#served) {
      if (!isDecided && now() - askedAt > DECIDED_MS)
        wrong(`I15: a hub has kept a request waiting since ${askedAt}`);
      if (isMemory && pausedAt !== undefined && now() - pausedAt > SLOW_MS)
        wrong(`I13: a client that has read nothing since ${pausedAt} is waited for`);
    }
  }

  /** As soon as it has told a client the head of an answer. */
  hangAtHead(): void {
    this.#hangsAtHead = this.#process !== undefined;
  }

  hang(): void {
    if (this.#process !== undefined) this.#isHung = true;
  }

  goOn(): void {
    if (this.#isHung)
      for (const served of this.#served) {
        served.askedAt = this.#options.now();
        if (served.pausedAt !== undefined) served.pausedAt = this.#options.now();
      }
    if (this.#isHung) this.wentOnAt = this.#options.now();
    this.#isHung = this.#hangsAtHead = false;
    for (const what of this.#held.splice(0)) what();
  }

  /** Those of the program, and whether a watch ends too early for which nobody answers. */
  #grants(time: Pick<ReplicaOptions, 'now' | 'chance' | 'startTimer'>): ShareOptions['grants'] {
    const { now, wrong } = this.#options;
    const { callers } = this;
    const upstream = { send: callers.send.bind(callers), hasOwnCredentials: false };
    const grants = new Grants({ upstream, registry: new MetricRegistry(), ...time });
    return {
      ask: (attributes, headers) => grants.ask(attributes, headers),
      get kept() {
        return grants.kept;
      },
      keepAsking: (attributes, headers, end) =>
        grants.keepAsking(attributes, headers, (why) => {
          const who = whoOf({ headers });
          const answeredMs = now() - (callers.reviewed.get(questionOf(who, attributes)) ?? -Infinity);
          // The crowd asks one question, each for itself, and what one of it was answered need not have reached another.
          if (why === 'unanswered' && who !== CROWD && answeredMs < UNANSWERED_MS)
            wrong(`I15: a watch of ${who} ends, ${answeredMs} ms after it has asked what was answered`);
          end(why);
        }),
    };
  }

  #crowd(startTimer: StartTimer): void {
    const again = (): void => void startTimer(CROWD_RESTS_MS, () => this.#crowd(startTimer));
    const target = `/api/v1/nodes?watch=1&resourceVersion=0&allowWatchBookmarks=true`;
    const none: Exchange = { abort: () => undefined, resume: () => undefined };
    const exchange = this.#process?.share.route({
      classified: classify('GET', target, [this.#options.subject.resource]),
      request: {
        ...{ method: 'GET', target, body: null },
        headers: ['Authorization', `Bearer ${CROWD}`, 'Accept', this.#options.accept],
      },
      handler: {
        onResponse: () => undefined,
        onData: () => true,
        onEnd: () => {
          exchange?.abort();
          again();
        },
        onError: () => undefined,
      },
      ...{ preset: '', passAsItIs: () => undefined },
      direct: () => {
        again();
        return none;
      },
    });
  }

  #illAnswer(served: Served, status: number): Exchange {
    queueMicrotask(() => {
      this.#served.delete(served);
      if (!served.isOver) served.handler.onResponse({ statusCode: status, statusMessage: '', headers: [] });
      if (!served.isOver) served.handler.onEnd([]);
    });
    return {
      abort: () => {
        served.isOver = true;
        this.#served.delete(served);
      },
      resume: () => undefined,
    };
  }

  #do(what: () => void): void {
    if (this.#isHung) this.#held.push(what);
    else what();
  }

  /** @param onTaken the client has all of it */
  #toClient(served: Served, onTaken: () => void): ResponseHandler {
    const tell = (what: (handler: ResponseHandler) => void): void =>
      this.#do(() => {
        if (!served.isOver) what(served.handler);
      });
    const over = (): void => {
      served.isDecided = true;
      served.isOver = true;
      this.#served.delete(served);
    };
    return {
      onResponse: (head) => {
        served.isDecided = true;
        // Only memory says so; what goes through is the API server's own answer.
        served.isMemory =
          head.statusCode === 200 && valuesOf(head.headers, 'cache-control').join() === 'no-cache, private';
        const { feed, own } = this;
        const said = {
          ...{ memory: this.history, api: this.#options.api.history, feed },
          silentMs: own.silentMs,
        };
        tell((handler) => {
          this.said = said;
          handler.onResponse(head);
          if (this.#hangsAtHead) this.hang();
          this.#hangsAtHead = false;
        });
      },
      onData: (chunk) => {
        const copy = Buffer.from(chunk);
        tell((handler) => (served.isReading = handler.onData(copy)));
        if (!served.isReading) served.pausedAt ??= this.#options.now();
        return served.isReading;
      },
      onEnd: () =>
        tell((handler) => {
          over();
          handler.onEnd([]);
          this.#do(onTaken);
        }),
      onError: (error) =>
        tell((handler) => {
          over();
          handler.onError(error);
        }),
    };
  }
}

function withoutDigest(headers: readonly string[]): readonly string[] {
  return headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== PROJECTION_HEADER);
}
