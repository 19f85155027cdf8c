/**
 * A client behind a sidecar that asks hubs first (the program's own choice of hubs, circuits and times), or one that is led
 * to a hub without a sidecar. All that it is sent is judged by the checker, and by whether it may have it (I10).
 */
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import { type Encoding } from '../../../src/lab/simulator/encoding.ts';
import { type Exchange, type UpstreamRequest } from '../../../src/platform/upstream/exchange.ts';
import { HubFirst } from '../../../src/serve/hub-first/hub-first.ts';
import { classify } from '../../../src/serve/proxy/classify.ts';
import { valuesOf } from '../../../src/serve/proxy/headers.ts';
import { type Upstream } from '../../../src/platform/upstream/upstream.ts';
import { type StartTimer } from '../../../src/platform/timer.ts';
import { pino } from 'pino';
import { FrameCutter } from '../../model/model-frame.ts';
import { type ModelServer } from '../../model/model-server.ts';
import { type Seen } from '../../model/model-object.ts';
import { Checker } from '../checker.ts';
import { type FrameBook } from '../frame-book.ts';
import { type Received } from '../history.ts';
import { listBody } from '../list-body.ts';
import { type Truth } from '../truth.ts';
import { acceptOf } from './media.ts';
import { ApiLink, type ModelApi } from './model-api.ts';
import { type Replica } from './replica.ts';

export interface ClientConfig {
  readonly kind: 'list' | 'watch-list' | 'zero';
  /** What it asks for where it holds nothing: any state, the newest, or (once it knows one) not an older one. */
  readonly fresh: 'any' | 'newest' | 'known';
  readonly bookmarks: boolean;
  readonly only: boolean;
  /** Without a sidecar. */
  readonly isBare: boolean;
}

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
}

/** As long as a grant may be kept, and what it lets in may take to begin (milliseconds). */
const GRANTED_MS = 10_000 + 3000 + 6000;
/** As long as a watch goes on that nobody answers for. */
const WATCHED_MS = 5 * 60_000 + GRANTED_MS;
/** A sidecar that has no answer of a hub by then has asked the API server (I15). */
const DECIDED_MS = 1000;
const INBOX_BYTES = 3000;

interface Answer {
  readonly exchange: Exchange;
  readonly askedAt: number;
  readonly isList: boolean;
  atLeast: bigint | undefined;
  readonly cutter: FrameCutter;
  readonly inbox: Buffer[];
  isDirect: boolean;
  isDecided: boolean;
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
  #known = 0n;
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
        replica.send(request, this.#fromHub(replica, handler)),
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
      headers: ['Authorization', `Bearer ${this.name}`, 'Accept', acceptOf(this.#encoding)],
    };
    const demanded = at === undefined ? this.#demanded() : '0';
    const { server } = this.#judges;
    const newest = BigInt(server.entry(server.last).resourceVersion);
    let exchange: Exchange | undefined;
    const answer: Answer = {
      exchange: { abort: () => exchange?.abort(), resume: () => exchange?.resume() },
      ...{ askedAt: this.#judges.now(), isList, cutter: new FrameCutter(this.#encoding), inbox: [] },
      atLeast: demanded === '0' ? undefined : demanded === '' ? newest : BigInt(demanded),
      ...{ isDirect: false, isDecided: false, status: 0, isPaused: false, isJudged: true, end: undefined },
    };
    this.#answer = answer;
    const handler = this.#handler(answer, at);
    const direct = (): Exchange => {
      answer.isDirect = answer.isDecided = true;
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

  /** I15: whatever becomes of hubs, the API server has been asked in time. */
  tick(): void {
    const answer = this.#answer;
    if (answer === undefined || this.#config.isBare || answer.isDecided) return;
    if (this.#judges.now() - answer.askedAt >= DECIDED_MS)
      throw new Error(`I15: ${this.name} has waited for a hub since ${answer.askedAt}`);
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
        if (answer.isDirect) this.#judges.count(head.statusCode === 200 ? 'direct' : 'refused');
        if (head.statusCode !== 200) return;
        if (valuesOf(head.headers, PROJECTION_HEADER).length > 0 && !this.#config.isBare)
          throw new Error('the sidecar tells its client by which projection it asked');
        this.#begun(answer, at);
      },
      onData: (chunk) => {
        if (answer.status !== 200) return true;
        answer.inbox.push(Buffer.from(chunk));
        const waiting = answer.inbox.reduce((sum, { length }) => sum + length, 0);
        answer.isPaused = !answer.isList && waiting > INBOX_BYTES;
        return !answer.isPaused;
      },
      onEnd: () => (answer.end = 'clean'),
      onError: () => (answer.end = 'broken'),
    };
  }

  /** What a hub says, before its sidecar judges it: nothing may come from memory to who may not have it (I10). */
  #fromHub(replica: Replica, handler: Parameters<Replica['send']>[1]): Parameters<Replica['send']>[1] {
    const { api, now } = this.#judges;
    let isMemory = false;
    const check = (limitMs: number): void => {
      const revokedAt = api.revokedAt.get(this.name);
      if (revokedAt !== undefined && now() - revokedAt > limitMs)
        throw new Error(
          `I10: ${this.name} is sent what it has had no right to since ${revokedAt}, at ${now()}`,
        );
    };
    return {
      onEnd: (trailers) => handler.onEnd(trailers),
      onError: (error) => handler.onError(error),
      onResponse: (head) => {
        // Only memory says so; what goes through is the API server's own answer.
        isMemory =
          head.statusCode === 200 && valuesOf(head.headers, 'cache-control').join() === 'no-cache, private';
        if (isMemory) {
          check(GRANTED_MS);
          this.#judges.count('hub');
        } else if (this.#answer !== undefined && this.#config.isBare) this.#answer.isDirect = true;
        const { memory, api: behind } = replica.saidIn;
        if (this.#answer !== undefined) this.#answer.isJudged = (isMemory ? memory : behind) === api.history;
        handler.onResponse(head);
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
