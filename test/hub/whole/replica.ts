/**
 * One replica of a whole hub: all of `serve --share` but its sockets. It is killed and started, hangs, and loses the API
 * server, as the world likes.
 */
import { pino } from 'pino';
import { type Seen, type Subject } from '../../model/model-object.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import { MetricRegistry } from '../../../src/platform/metric-registry.ts';
import { type StartTimer } from '../../../src/platform/timer.ts';
import {
  type Exchange,
  type ResponseHandler,
  type UpstreamRequest,
} from '../../../src/platform/upstream/exchange.ts';
import { UpstreamError } from '../../../src/platform/upstream/upstream-error.ts';
import { Grants } from '../../../src/serve/grants/grants.ts';
import { classify } from '../../../src/serve/proxy/classify.ts';
import { OwnRequests } from '../../../src/serve/share/own-requests.ts';
import { Share, type ShareResult } from '../../../src/serve/share/share.ts';
import { SharedFeeds } from '../../../src/serve/share/shared-feeds.ts';
import { ApiLink, type ModelApi } from './model-api.ts';

export const HUB = 'hub';

export interface ReplicaOptions {
  readonly api: ModelApi;
  readonly subject: Subject;
  readonly seen: Seen;
  readonly now: () => number;
  readonly chance: () => number;
  readonly startTimer: StartTimer;
  readonly onResult: (result: ShareResult) => void;
}

/** A client's request to it, and what it was told of the answer. */
interface Served {
  readonly handler: ResponseHandler;
  isOver: boolean;
}

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
  /** Which of the API server's histories its feed is known to be of. */
  history = -1;
  /** The histories that there were when it made the answer that it gives now: one that hangs gives it later. */
  saidIn = { memory: -1, api: -1 };

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

  get links(): readonly ApiLink[] {
    return [this.own, this.callers];
  }

  start(): void {
    if (this.#process !== undefined) return;
    const { subject, seen, now, chance, onResult } = this.#options;
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
      events: { onEpochOver: none, onFollowing: none, onCompared: none },
    });
    const share = new Share({
      ...{ feeds, shared: [subject.resource], slowClientMs: 30_000, ...time },
      filterOf: () => ({ current: filter, follow: none, forget: none }),
      grants: new Grants({
        upstream: {
          send: (request, handler) => this.callers.send(request, handler),
          hasOwnCredentials: false,
        },
        registry: new MetricRegistry(),
        ...time,
      }),
      events: { onResult, onWatchEnd: none },
    });
    this.#process = Object.assign(process, { share });
  }

  /** A client or its sidecar asks. Told what the network would tell it, and later. */
  send(request: UpstreamRequest, handler: ResponseHandler): Exchange {
    const served: Served = { handler, isOver: false };
    const process = this.#process;
    if (process === undefined) {
      queueMicrotask(() => {
        if (!served.isOver) handler.onError(new UpstreamError('connect', 'refused'));
      });
      return { abort: () => (served.isOver = true), resume: () => undefined };
    }
    this.#served.add(served);
    let given: Exchange | undefined;
    this.#do(() => {
      if (served.isOver) return;
      given = process.share.route({
        classified: classify(request.method, request.target, [this.#options.subject.resource]),
        request,
        handler: this.#toClient(served, () => given?.abort()),
        ...{ preset: '', passAsItIs: () => undefined },
        direct: () =>
          this.callers.send(
            request,
            this.#toClient(served, () => undefined),
          ),
      });
    });
    return {
      abort: () => {
        served.isOver = true;
        this.#served.delete(served);
        this.#do(() => given?.abort());
      },
      resume: () => this.#do(() => given?.resume()),
    };
  }

  kill(): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    this.#isHung = false;
    this.#held.length = 0;
    process.isAlive = false;
    for (const link of this.links) link.reset();
    for (const served of [...this.#served]) {
      served.isOver = true;
      served.handler.onError(new UpstreamError('body', 'reset'));
    }
    this.#served.clear();
    void process.share.close();
    this.history = -1;
  }

  hang(): void {
    if (this.#process !== undefined) this.#isHung = true;
  }

  goOn(): void {
    this.#isHung = false;
    for (const what of this.#held.splice(0)) what();
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
    let isReading = true;
    const over = (): void => {
      served.isOver = true;
      this.#served.delete(served);
    };
    return {
      onResponse: (head) => {
        const said = { memory: this.history, api: this.#options.api.history };
        tell((handler) => {
          this.saidIn = said;
          handler.onResponse(head);
        });
      },
      onData: (chunk) => {
        const copy = Buffer.from(chunk);
        tell((handler) => (isReading = handler.onData(copy)));
        return isReading;
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
