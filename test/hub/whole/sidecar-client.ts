/**
 * A client behind a sidecar that asks hubs first (the program's own choice of hubs, circuits and times), or one that is led
 * to a hub without a sidecar. All that it is sent is judged by the checker, and by whether it may have it (I10).
 */
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import type { Encoding } from '../../../src/lab/simulator/encoding.ts';
import type { Exchange, UpstreamRequest } from '../../../src/platform/upstream/exchange.ts';
import { HubFirst } from '../../../src/serve/hub-first/hub-first.ts';
import { classify } from '../../../src/serve/proxy/classify.ts';
import { valuesOf } from '../../../src/serve/proxy/headers.ts';
import type { Upstream } from '../../../src/platform/upstream/upstream.ts';
import type { StartTimer } from '../../../src/platform/timer.ts';
import { pino } from 'pino';
import { FrameCutter } from '../../model/model-frame.ts';
import type { ModelServer } from '../../model/model-server.ts';
import type { Seen } from '../../model/model-object.ts';
import { Checker } from '../checker.ts';
import type { FrameBook } from '../frame-book.ts';
import type { Received } from '../history.ts';
import { listBody } from '../list-body.ts';
import type { Truth } from '../truth.ts';
import { acceptOf } from './media.ts';
import { ApiLink, type ModelApi, type Need, type Right } from './model-api.ts';
import { CROWD, type Replica } from './replica.ts';

export interface ClientConfig {
  readonly kind: 'list' | 'watch-list' | 'zero';
  /** What it asks for where it holds nothing: any state, the newest, or (once it knows one) not an older one. */
  readonly fresh: 'any' | 'newest' | 'known';
  readonly bookmarks: boolean;
  readonly only: boolean;
  /** Without a sidecar. */
  readonly isBare: boolean;
  /** What it is allowed at first. */
  readonly right: Right;
  /** How it says who it is: plainly, or so that one who reads half of it takes it for somebody who may do everything. */
  readonly credentials: (typeof CREDENTIALS)[number];
}

export const CREDENTIALS = ['plain', 'impersonating', 'twice', 'protocol'] as const;

/** What all clients are judged by. */
export interface Judges {
  readonly server: ModelServer;
  readonly api: ModelApi;
  readonly seen: Seen;
  /** Of the present history. */
  readonly truth: () => Truth;
  readonly book: () => FrameBook;
  readonly now: () => number;
  readonly count: (what: 'hub' | 'direct' | 'refused' | 'gone' | 'unjudged') => void;
  /** Where nobody may throw. */
  readonly wrong: (what: string) => void;
}

/** As long as a grant may be kept, and what it lets in may take to begin (milliseconds). */
const GRANTED_MS = 10_000 + 3000 + 6000;
/** As long as a watch goes on that nobody answers for. */
const WATCHED_MS = 5 * 60_000 + GRANTED_MS;
/** A sidecar that has no answer of a hub by then has asked the API server (I15). */
const DECIDED_MS = 1000;
/** A feed that hears nothing for longer answers nothing (milliseconds). */
const SILENT_MS = 190_000;
/** A list of which nothing comes for so long is not waited for (milliseconds). */
const PAUSED_LIST_MS = 6000;
/** A hub that has just failed is left alone for so long, at least (milliseconds). */
const RESTS_MS = 1000;
const INBOX_BYTES = 1000;

interface Answer {
  readonly exchange: Exchange;
  readonly askedAt: number;
  readonly isList: boolean;
  atLeast: bigint | undefined;
  readonly cutter: FrameCutter;
  readonly inbox: Buffer[];
  readonly need: Need;
  /** Of a hub's memory: the hub, and the number of the epoch. */
  memory: { readonly replica: Replica; readonly epoch: number | undefined } | undefined;
  isDirect: boolean;
  isDecided: boolean;
  heardAt: number;
  status: number;
  isPaused: boolean;
  /** Whether what is sent is of the present history, as far as anybody can know. */
  isJudged: boolean;
  end: 'clean' | 'broken' | undefined;
}

export class SidecarClient {
  readonly name: string;
  readonly #judges: Judges;
  readonly #config: ClientConfig;
  readonly #encoding: Encoding;
  readonly #hubFirst: HubFirst;
  readonly #direct: ApiLink;
  #checker: Checker;
  #answer: Answer | undefined;
  /** The newest question to a hub. */
  #asking: { isOver: boolean } | undefined;
  /** When hubs gave no answer. */
  readonly #failedAt = new Map<Replica, number>();
  #known = 0n;
  /** It reads nothing meanwhile. */
  isAsleep = false;
  /** What it holds was taken from a history that is no more: it goes on, as clients do, and is not judged. */
  #isLost = false;
  /** Where it would go on from then. */
  #lostAt: bigint | undefined;

  constructor(
    name: string,
    judges: Judges,
    config: ClientConfig,
    network: {
      readonly encoding: Encoding;
      readonly replicas: readonly Replica[];
      readonly chance: () => number;
      readonly startTimer: StartTimer;
    },
  ) {
    this.name = name;
    this.#judges = judges;
    this.#config = config;
    this.#encoding = network.encoding;
    this.#direct = new ApiLink(judges.api);
    this.#checker = new Checker(judges.truth());
    const current = { mode: 'filter', projection: judges.seen.projection } as const;
    const hubs = network.replicas.map((replica, at) => ({
      send: (request: UpstreamRequest, handler: Parameters<Replica['send']>[1]) =>
        this.#askHub(replica, request, handler),
      close: () => Promise.resolve(),
      target: { origin: `https://hub-${at}` },
    }));
    this.#hubFirst = new HubFirst({
      hubs: hubs as unknown as readonly Upstream[],
      filterOf: () => ({ current, mayAdopt: true, isShared: false }),
      onSelected: () => undefined,
      log: pino({ level: 'silent' }),
      ...{ now: judges.now, chance: network.chance, startTimer: network.startTimer },
    });
  }

  /** The sidecar asks a hub. */
  #askHub(replica: Replica, request: UpstreamRequest, handler: Parameters<Replica['send']>[1]): Exchange {
    const { now, wrong } = this.#judges;
    const failedAt = this.#failedAt.get(replica) ?? -Infinity;
    if (now() - failedAt < RESTS_MS)
      wrong(`I15: ${this.name} asks a hub ${now() - failedAt} ms after it has failed`);
    const asking: { isOver: boolean } = (this.#asking = { isOver: false });
    const heard = this.#fromHub(replica, handler);
    let isAnswered = false;
    const exchange = replica.send(request, {
      onData: (chunk) => heard.onData(chunk),
      onEnd: (trailers) => heard.onEnd(trailers),
      onResponse: (head) => {
        isAnswered = true;
        // What it has said was all.
        if (head.statusCode !== 200) asking.isOver = true;
        heard.onResponse(head);
      },
      onError: (error) => {
        asking.isOver = true;
        if (!isAnswered) this.#failedAt.set(replica, now());
        heard.onError(error);
      },
    });
    return {
      resume: () => exchange.resume(),
      abort: () => {
        asking.isOver = true;
        exchange.abort();
      },
    };
  }

  #credentials(): readonly string[] {
    const own = `Bearer ${this.name}`;
    const trusted = ['Authorization', `Bearer ${CROWD}`];
    switch (this.#config.credentials) {
      case 'plain':
        return ['Authorization', own];
      case 'impersonating':
        return [...trusted, 'Impersonate-User', this.name];
      case 'twice':
        return [...trusted, 'Authorization', own];
      case 'protocol':
        return [...trusted, 'Sec-WebSocket-Protocol', `base64url.bearer.authorization.k8s.io.${this.name}`];
    }
  }

  /** What it does is denied to it. */
  get isDenied(): boolean {
    const need = this.#answer?.need;
    return need !== undefined && !this.#judges.api.isAllowed(this.name, need);
  }

  /** Whether a hub that is well can answer what it asks for next. */
  get isForMemory(): boolean {
    const { kind, bookmarks, only, isBare, credentials } = this.#config;
    const isUnmarked = only && !bookmarks && kind !== 'watch-list';
    return this.at !== undefined && !isBare && !isUnmarked && credentials === 'plain' && !this.#isLost;
  }

  get right(): Right {
    return this.#config.right;
  }

  get direct(): ApiLink {
    return this.#direct;
  }

  get isAsking(): boolean {
    return this.#answer !== undefined;
  }

  /** Asks, by a hub where it may. @param hub which one, for a client without a sidecar; undefined: the API server */
  connect(hub: Replica | undefined): void {
    if (this.#answer !== undefined) return;
    const { at } = this;
    const isList = at === undefined && this.#config.kind === 'list';
    const target = this.#target(at, isList);
    const request: UpstreamRequest = {
      ...{ method: 'GET', target, body: null },
      headers: [...this.#credentials(), 'X-Remote-User', CROWD, 'Accept', acceptOf(this.#encoding)],
    };
    const demanded = at === undefined ? this.#demanded() : '0';
    const { server } = this.#judges;
    const newest = BigInt(server.entry(server.last).resourceVersion);
    let exchange: Exchange | undefined;
    const answer: Answer = {
      exchange: { abort: () => exchange?.abort(), resume: () => exchange?.resume() },
      ...{ askedAt: this.#judges.now(), isList, cutter: new FrameCutter(this.#encoding), inbox: [] },
      need: { verb: isList ? 'list' : 'watch', name: isList ? '' : (this.#only ?? '') },
      ...{ memory: undefined, heardAt: this.#judges.now() },
      atLeast: demanded === '0' ? undefined : demanded === '' ? newest : BigInt(demanded),
      ...{ isDirect: false, isDecided: false, status: 0, isPaused: false, isJudged: true, end: undefined },
    };
    this.#answer = answer;
    this.#asking = undefined;
    const handler = this.#handler(answer, at);
    const direct = (): Exchange => {
      answer.isDirect = answer.isDecided = answer.isJudged = true;
      if (this.#asking !== undefined && !this.#asking.isOver)
        this.#judges.wrong('I15: a hub that was given up goes on with the request');
      return this.#direct.send(request, handler);
    };
    if (hub === undefined) exchange = direct();
    else if (this.#config.isBare) exchange = hub.send(request, this.#fromHub(hub, handler));
    else {
      const classified = classify('GET', target, [server.options.subject.resource]);
      exchange = this.#hubFirst.route({
        ...{ classified, request, handler, preset: '', passAsItIs: () => undefined, direct },
      });
    }
  }

  /** Takes so many bytes of what has come. */
  read(bytes: number): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    let left = bytes;
    while (!answer.isList && answer.inbox.length > 0 && left > 0) {
      const first = answer.inbox.shift() ?? Buffer.alloc(0);
      const taken = first.subarray(0, left);
      if (taken.length < first.length) answer.inbox.unshift(first.subarray(taken.length));
      left -= taken.length;
      for (const frame of answer.cutter.push(taken)) if (!this.#frame(answer, frame)) return;
    }
    if (answer.isPaused && answer.inbox.length === 0) {
      answer.isPaused = false;
      answer.exchange.resume();
    }
    if (answer.end !== undefined && (answer.isList || answer.inbox.length === 0)) this.#over(answer);
  }

  /** It goes away, and comes back later. */
  disconnect(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    answer.exchange.abort();
    this.#ended(answer);
  }

  /** It begins anew. @param isKnown whether it remembers how far it was, so that nothing older will do */
  forget(isKnown = false): void {
    this.disconnect();
    this.#isLost = false;
    this.#lostAt = undefined;
    if (!isKnown) this.#known = 0n;
    this.#checker = new Checker(this.#judges.truth());
  }

  /** The history that it is in never was. */
  lose(): void {
    this.#lostAt = this.#checker.at ?? this.#lostAt;
    this.#isLost = true;
    this.#known = 0n;
    // What was the newest when it asked is no more, either.
    if (this.#answer !== undefined) this.#answer.atLeast = undefined;
  }

  get at(): string | undefined {
    const at = this.#isLost ? this.#lostAt : this.#checker.at;
    return at === undefined ? undefined : String(at);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** A watch that a hub answers. */
  get isWatchingHub(): boolean {
    const answer = this.#answer;
    return answer?.status === 200 && !answer.isDirect && !answer.isList && answer.end === undefined;
  }

  converged(): string | undefined {
    return this.#isLost ? 'it was not started anew' : this.#checker.converged();
  }

  tick(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    const { now } = this.#judges;
    if (!this.#config.isBare && !answer.isDecided && now() - answer.askedAt >= DECIDED_MS)
      throw new Error(`I15: ${this.name} has waited for a hub since ${answer.askedAt}`);
    if (answer.memory !== undefined && answer.end === undefined) this.#judgeMemory(answer, answer.memory);
  }

  /** A watch of a hub that is well is where the hub is, and is over where the hub has nothing for it any more. */
  #judgeMemory(answer: Answer, { replica, epoch }: { replica: Replica; epoch: number | undefined }): void {
    const { now } = this.#judges;
    if (answer.isList) {
      if (!this.#config.isBare && !this.isAsleep && now() - answer.heardAt > PAUSED_LIST_MS)
        throw new Error(`I15: ${this.name} has waited for the rest of a list since ${answer.heardAt}`);
      return;
    }
    if (replica.isHung || !replica.isUp) return;
    const { feed } = replica;
    const { unansweredMs } = replica.callers;
    if (unansweredMs > WATCHED_MS)
      throw new Error(`I10: ${this.name} watches, ${unansweredMs} ms without an answer`);
    if (!answer.isPaused && feed?.epoch !== epoch)
      throw new Error(`I14: ${this.name} watches epoch ${epoch}, and is not told that it is over`);
    if (feed?.resourceVersion === undefined || this.#isLost || !answer.isJudged) return;
    const frames = new FrameCutter(this.#encoding).push(Buffer.concat([answer.cutter.tail, ...answer.inbox]));
    const last = frames.flatMap((frame) => this.#judges.book().resourceVersionOf(frame) ?? []).at(-1);
    const { at } = this.#checker;
    if (at === undefined) return;
    const sentAt = last ?? at;
    if (answer.isPaused) {
      const floor = BigInt(feed.reachesBackTo ?? '0');
      if (this.#judges.truth().hasChanged(sentAt, floor, this.#only))
        throw new Error(
          `I13: ${this.name} is at ${sentAt}, all before ${floor} has fallen out, and it goes on`,
        );
    } else if (this.#judges.truth().hasChanged(sentAt, BigInt(feed.resourceVersion), this.#only))
      throw new Error(
        `I13: ${this.name} is at ${sentAt}, the hub at ${feed.resourceVersion}, and it is told nothing`,
      );
  }

  #target(at: string | undefined, isList: boolean): string {
    const path = '/api/v1/nodes';
    if (isList) {
      const demanded = this.#demanded();
      return demanded === '' ? path : `${path}?resourceVersion=${demanded}`;
    }
    const { kind } = this.#config;
    const query = new URLSearchParams({ watch: '1', resourceVersion: at ?? this.#demanded() });
    if (at === undefined && kind === 'watch-list') {
      query.set('sendInitialEvents', 'true');
      query.set('resourceVersionMatch', 'NotOlderThan');
    }
    if (this.#config.bookmarks || kind === 'watch-list') query.set('allowWatchBookmarks', 'true');
    if (this.#only !== undefined) query.set('fieldSelector', `metadata.name=${this.#only}`);
    return `${path}?${query.toString()}`;
  }

  get #only(): string | undefined {
    return this.#config.only ? this.#judges.server.options.subject.keys[0] : undefined;
  }

  #demanded(): string {
    const { fresh, kind } = this.#config;
    if (kind === 'zero' || fresh === 'any') return '0';
    return fresh === 'newest' || this.#known === 0n ? '' : String(this.#known);
  }

  #handler(answer: Answer, at: string | undefined): Parameters<Replica['send']>[1] {
    return {
      onResponse: (head) => {
        answer.isDecided = true;
        answer.status = head.statusCode;
        answer.heardAt = this.#judges.now();
        if (head.statusCode !== 200 && !answer.isDirect && !this.#config.isBare)
          this.#judges.wrong(`I15: ${this.name} is told ${head.statusCode} by a hub`);
        if (answer.isDirect) this.#judges.count(head.statusCode === 200 ? 'direct' : 'refused');
        if (head.statusCode !== 200) return;
        if (valuesOf(head.headers, PROJECTION_HEADER).length > 0 && !this.#config.isBare)
          throw new Error('the sidecar tells its client by which projection it asked');
        this.#begun(answer, at);
      },
      onData: (chunk) => {
        if (answer.status !== 200) return true;
        answer.heardAt = this.#judges.now();
        answer.inbox.push(Buffer.from(chunk));
        const waiting = answer.inbox.reduce((sum, { length }) => sum + length, 0);
        answer.isPaused ||= !answer.isList && waiting > INBOX_BYTES;
        return !answer.isPaused;
      },
      onEnd: () => (answer.end = 'clean'),
      onError: () => (answer.end = 'broken'),
    };
  }

  /** What a hub says, before its sidecar judges it: nothing may come from memory to who may not have it (I10). */
  #fromHub(replica: Replica, handler: Parameters<Replica['send']>[1]): Parameters<Replica['send']>[1] {
    const { api, now, wrong } = this.#judges;
    let isMemory = false;
    const need = this.#answer?.need;
    const check = (limitMs: number): void => {
      const revokedAt = need && api.deniedSince(this.name, need);
      if (revokedAt !== undefined && now() - Math.max(revokedAt, replica.wentOnAt) > limitMs)
        wrong(`I10: ${this.name} is sent what it has had no right to since ${revokedAt}, at ${now()}`);
    };
    return {
      onEnd: (trailers) => handler.onEnd(trailers),
      onError: (error) => handler.onError(error),
      onResponse: (head) => {
        isMemory =
          head.statusCode === 200 && valuesOf(head.headers, 'cache-control').join() === 'no-cache, private';
        if (isMemory) {
          check(GRANTED_MS);
          this.#judges.count('hub');
        } else if (this.#answer !== undefined && this.#config.isBare) this.#answer.isDirect = true;
        const { memory, api: behind, feed, silentMs } = replica.said;
        const answer = this.#answer;
        if (isMemory && silentMs > SILENT_MS)
          wrong(`I14: ${this.name} is answered by a feed that has heard nothing for ${silentMs} ms`);
        if (answer !== undefined) answer.isJudged = (isMemory ? memory : behind) === api.history;
        const { at } = this;
        if (
          isMemory &&
          need?.verb === 'watch' &&
          at !== undefined &&
          BigInt(at) > BigInt(feed?.resourceVersion ?? at)
        )
          wrong(`I11: a hub at ${feed?.resourceVersion} goes on from ${at} for ${this.name}`);
        handler.onResponse(head);
        if (isMemory && answer?.isDirect === false) answer.memory = { replica, epoch: feed?.epoch };
        const isSaid = valuesOf(head.headers, PROJECTION_HEADER).length > 0;
        if (!this.#config.isBare && answer?.status === 200 && !answer.isDirect && !isSaid)
          wrong('I2: a sidecar believes an answer that does not say by which projection it is given');
      },
      onData: (chunk) => {
        if (isMemory) check(WATCHED_MS);
        return handler.onData(chunk);
      },
    };
  }

  #begun(answer: Answer, at: string | undefined): void {
    if (!answer.isJudged || this.#isLost) {
      // From a hub that may still be in another history: what follows is of no use to judge by.
      if (!this.#isLost) this.lose();
      this.#judges.count('unjudged');
      if (at === undefined) this.#lostAt = undefined;
      if (at !== undefined || !answer.isJudged) return;
      this.#isLost = false;
      this.#checker = new Checker(this.#judges.truth());
    }
    if (answer.isList) return;
    const only = this.#only;
    const isEndMarked = this.#config.kind === 'watch-list';
    this.#receive(
      at === undefined
        ? { kind: 'watch-initial', only, isEndMarked, atLeast: answer.atLeast }
        : { kind: 'watch-from', resourceVersion: BigInt(at), only },
    );
  }

  /** @returns whether the watch goes on */
  #frame(answer: Answer, frame: Buffer): boolean {
    if (this.#isLost) {
      const at = this.#judges.book().resourceVersionOf(frame);
      if (at !== undefined && at > (this.#lostAt ?? 0n)) this.#lostAt = at;
      if (at !== undefined) return true;
    }
    if (this.#judges.book().isError(frame)) {
      if (!answer.isDirect) throw new Error('a hub sends an error within a watch');
      this.#judges.count('gone');
      answer.exchange.abort();
      this.#answer = undefined;
      this.forget(true);
      return false;
    }
    this.#receive(this.#judges.book().read(frame));
    return true;
  }

  #over(answer: Answer): void {
    this.#answer = undefined;
    if (answer.status === 410) {
      this.#judges.count('gone');
      this.forget(true);
    }
    if (answer.status !== 200) return;
    if (!answer.isList) {
      if (answer.end === 'clean' && answer.cutter.tail.length > 0)
        throw new Error('a watch ends cleanly within a frame');
      this.#ended(answer);
      return;
    }
    if (answer.end === 'clean' && !this.#isLost) this.#listed(answer, Buffer.concat(answer.inbox));
  }

  #ended(answer: Answer): void {
    this.#answer = undefined;
    if (answer.status === 200 && !answer.isList && !this.#isLost) this.#receive({ kind: 'ended' });
  }

  #listed(answer: Answer, body: Buffer): void {
    const { server } = this.#judges;
    const { subject } = server.options;
    const reader = CODECS[this.#encoding].list(subject.resource, () => undefined);
    reader.push(body);
    const resourceVersion = reader.finish()?.resourceVersion ?? '';
    // It may lie between two of this history, where one that was replaced has handed it out.
    const { store } = server.entry(server.before(BigInt(resourceVersion)));
    const items = [...store.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    if (!body.equals(listBody(subject, this.#encoding, resourceVersion, items)))
      throw new Error(`I3: the list at ${resourceVersion} is not what the server would send`);
    const only = this.#only;
    this.#receive({
      kind: 'list',
      resourceVersion: BigInt(resourceVersion),
      objects: items
        .map((object) => this.#judges.book().was(object))
        .filter(({ key }) => only === undefined || key === only),
      ...{ only, atLeast: answer.atLeast },
    });
  }

  #receive(received: Received): void {
    const wrong = this.#checker.receive(received);
    if (wrong !== undefined) throw new Error(`${this.name}: ${wrong}`);
    const { at } = this.#checker;
    if (at !== undefined && at > this.#known) this.#known = at;
  }
}
