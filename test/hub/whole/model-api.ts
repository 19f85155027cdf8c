/**
 * The API server of whole hubs: it knows callers and their rights, answers when the world has it answer, is killed, hangs,
 * and comes back with an older disk. What it says is that of the model's server.
 */
import { PROTOBUF_MEDIA_TYPE } from './media.ts';
import { type Encoding, encodersOf } from '../../../src/lab/simulator/encoding.ts';
import type { Kind } from '../../../src/lab/simulator/kind.ts';
import { writeObjectMeta } from '../../../src/lab/simulator/protobuf-meta.ts';
import { parseQuery } from '../../../src/core/request/query.ts';
import { valuesOf } from '../../../src/serve/proxy/headers.ts';
import type { Exchange, ResponseHandler, UpstreamRequest } from '../../../src/platform/upstream/exchange.ts';
import { UpstreamError } from '../../../src/platform/upstream/upstream-error.ts';
import type { ModelObject } from '../../model/model-object.ts';
import { type ModelServer, ServerWatch } from '../../model/model-server.ts';
import { listBody } from '../list-body.ts';

export type What = 'list' | 'watch' | 'newest' | 'identities' | 'review';

/** `one`: whatever is done with one name alone. */
export const RIGHTS = ['all', 'list', 'one', 'none'] as const;
export type Right = (typeof RIGHTS)[number];

/** What a caller asks for, as far as rights go. */
export interface Need {
  readonly verb: 'list' | 'watch';
  /** Empty: the whole collection. */
  readonly name: string;
}

/** One request that has come, and what is left to be said to it. */
export interface Asked {
  readonly who: string;
  readonly what: What;
  readonly encoding: Encoding;
  readonly query: ReadonlyMap<string, string>;
  readonly handler: ResponseHandler;
  readonly at: number;
  /** Of the request. */
  readonly body: Buffer[];
  watch: ServerWatch | undefined;
  /** Frames of the watch whose bytes are on their way. */
  framed: number;
  bytes: Buffer;
  isOver: boolean;
}

/** Longest wait for an answer that is read whole (milliseconds). */
const ANSWER_MS = 5000;

const METADATA: Kind = {
  resource: {
    ...{ group: 'meta.k8s.io', version: 'v1', plural: 'nodes', singular: 'node' },
    ...{ kind: 'PartialObjectMetadata', namespaced: false },
  },
  empty: {},
  write: (writer, { metadata }) => writer.message(1, () => writeObjectMeta(writer, metadata)),
};

/** `cut`: nobody is reached. `hung`: packets are lost, and nobody is told. `lagging`: watches bring nothing new. */
export type LinkState = 'up' | 'cut' | 'hung' | 'lagging';

const isReached = (state: LinkState): boolean => state === 'up' || state === 'lagging';

/** The connections of one process to it. */
export class ApiLink {
  readonly #api: ModelApi;
  readonly #asked = new Set<Asked>();
  #state: LinkState = 'up';
  #changedAt = -Infinity;
  /** When each question about rights was asked that was last answered. */
  readonly reviewed = new Map<string, number>();
  /** When LISTs and watches were sent over it. */
  beginnings: number[] = [];

  constructor(api: ModelApi) {
    this.#api = api;
  }

  get state(): LinkState {
    return this.#state;
  }

  set state(state: LinkState) {
    if (state !== this.#state) this.#changedAt = this.#api.now();
    this.#state = state;
  }

  /** For how long it has been so that nothing came over it; 0 where something might (milliseconds). */
  get silentMs(): number {
    const { state, changedAt, now } = this.#api;
    const since = [
      ...(isReached(this.state) ? [] : [this.#changedAt]),
      ...(state === 'up' || state === 'ill' ? [] : [changedAt]),
    ];
    return since.length === 0 ? 0 : now() - Math.min(...since);
  }

  /** For how long no question about rights can have been answered (milliseconds). */
  get unansweredMs(): number {
    const { state, changedAt, now } = this.#api;
    const since = [
      ...(isReached(this.state) ? [] : [this.#changedAt]),
      ...(state === 'up' ? [] : [changedAt]),
    ];
    return since.length === 0 ? 0 : now() - Math.min(...since);
  }

  send(request: UpstreamRequest, handler: ResponseHandler): Exchange {
    const accept = valuesOf(request.headers, 'accept').join();
    const query = parseQuery(request.target.split('?')[1] ?? '');
    const asked: Asked = {
      ...{ who: whoOf(request), what: whatOf(request, accept, query), query, handler },
      encoding: accept.includes('protobuf') ? 'protobuf' : 'json',
      ...{
        at: this.#api.now(),
        body: [],
        watch: undefined,
        framed: 0,
        bytes: Buffer.alloc(0),
        isOver: false,
      },
    };
    request.body?.on('data', (chunk: Buffer) => asked.body.push(chunk));
    if (asked.what === 'list' || asked.what === 'watch') this.beginnings.push(asked.at);
    this.#asked.add(asked);
    return {
      abort: () => {
        asked.isOver = true;
        this.#asked.delete(asked);
      },
      resume: () => undefined,
    };
  }

  /** What there is to say is said; of watches so many bytes. */
  pump(bytes: number): void {
    for (const asked of [...this.#asked]) {
      if (asked.isOver) continue;
      if (this.state === 'cut' || this.#api.state === 'down') this.#fail(asked, 'refused');
      else if (isReached(this.state) && this.#api.state !== 'hung') {
        if (asked.watch === undefined) this.#answer(asked);
        else if (this.state === 'up') this.#more(asked, bytes);
      }
    }
  }

  /** Time has passed: what is read whole is not waited for any longer. */
  tick(): void {
    const late = this.#api.now() - ANSWER_MS;
    for (const asked of [...this.#asked])
      if ((asked.what === 'newest' || asked.what === 'review') && asked.at <= late)
        this.#fail(asked, 'timeout');
  }

  /** All of its connections break. */
  reset(): void {
    for (const asked of [...this.#asked]) this.#fail(asked, 'reset');
  }

  /** A bookmark on each watch. */
  bookmark(): void {
    for (const { watch } of this.#asked) watch?.bookmark();
  }

  #isGiven({ isOver }: Asked): boolean {
    return isOver;
  }

  #fail(asked: Asked, code: 'refused' | 'reset' | 'timeout'): void {
    if (asked.isOver) return;
    asked.isOver = true;
    this.#asked.delete(asked);
    asked.handler.onError(new UpstreamError(asked.watch === undefined ? 'headers' : 'body', code));
  }

  #answer(asked: Asked): void {
    const { handler, what } = asked;
    // What it is asked is still on its way.
    if (what === 'review' && asked.body.length === 0) return;
    const [status, body, type] = this.#api.answerTo(asked);
    if (what === 'review' && this.#api.state === 'up')
      this.reviewed.set(questionOf(asked.who, needIn(asked.body)), asked.at);
    handler.onResponse({ statusCode: status, statusMessage: '', headers: ['content-type', type] });
    if (asked.isOver) return;
    if (what === 'watch' && status === 200) {
      asked.watch = this.#api.watchOf(asked);
      return;
    }
    asked.isOver = true;
    this.#asked.delete(asked);
    for (let at = 0; at < body.length; at += 700) handler.onData(body.subarray(at, at + 700));
    this.#api.onAnswered(this, asked, status);
    handler.onEnd([]);
  }

  #more(asked: Asked, bytes: number): void {
    const { watch, query, handler } = asked;
    if (watch === undefined) return;
    watch.sync();
    // Of what a watch goes on from; initial events are of any age.
    const from = isOfState(query) ? 0n : BigInt(query.get('resourceVersion') ?? '0');
    for (; asked.framed < watch.frames.length; asked.framed++) {
      const frame = watch.frames[asked.framed];
      // Who names what is still to come hears of nothing older, as the watch cache has it.
      if (frame === undefined || isOlder(frame.resourceVersion, from)) continue;
      asked.bytes = Buffer.concat([asked.bytes, frame.bytes]);
    }
    const chunk = asked.bytes.subarray(0, bytes);
    asked.bytes = asked.bytes.subarray(chunk.length);
    // Two packets: whoever is told of the first is not done with it when the second comes.
    const half = chunk.length >>> 1;
    for (const packet of [chunk.subarray(0, half), chunk.subarray(half)])
      if (packet.length > 0 && !this.#isGiven(asked)) handler.onData(packet);
    if (!watch.isOver || asked.bytes.length > 0 || asked.isOver) return;
    asked.isOver = true;
    this.#asked.delete(asked);
    handler.onEnd([]);
  }
}

function isOlder(resourceVersion: string, from: bigint): boolean {
  return resourceVersion !== '' && from > 0n && BigInt(resourceVersion) < from;
}

/** Whether a watch begins with a state. */
function isOfState(query: ReadonlyMap<string, string>): boolean {
  return query.get('sendInitialEvents') === 'true' || ['', '0'].includes(query.get('resourceVersion') ?? '');
}

export interface ModelApiOptions {
  readonly server: ModelServer;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onAnswered: (by: ApiLink, asked: Asked, status: number) => void;
  /** Whether a watch from what is gone is told so by its head, or within it. */
  readonly isGoneInHead: boolean;
}

export class ModelApi {
  readonly #options: ModelApiOptions;
  /** What each caller was allowed, and since when. */
  readonly #rights = new Map<string, { readonly at: number; readonly right: Right }[]>();
  #state: 'up' | 'down' | 'hung' | 'ill' = 'up';
  changedAt = -Infinity;
  /** Which history it is, from 0. */
  history = 0;

  constructor(options: ModelApiOptions) {
    this.#options = options;
  }

  /** `ill`: it says nothing of use about rights, or of how new its state is. */
  get state(): 'up' | 'down' | 'hung' | 'ill' {
    return this.#state;
  }

  set state(state: 'up' | 'down' | 'hung' | 'ill') {
    if (state !== this.#state) this.changedAt = this.now();
    this.#state = state;
  }

  get now(): () => number {
    return this.#options.now;
  }

  get onAnswered(): ModelApiOptions['onAnswered'] {
    return this.#options.onAnswered;
  }

  allow(who: string, right: Right): void {
    const rights = this.#rights.get(who) ?? [];
    rights.push({ at: rights.length === 0 ? -Infinity : this.now(), right });
    this.#rights.set(who, rights);
  }

  isAllowed(who: string, need: Need): boolean {
    return this.#has(this.#rights.get(who)?.at(-1)?.right ?? 'none', need);
  }

  /** Since when a caller has not been allowed what it needs; undefined: it is. */
  deniedSince(who: string, need: Need): number | undefined {
    let since: number | undefined;
    for (const { at, right } of [...(this.#rights.get(who) ?? [])].reverse()) {
      if (this.#has(right, need)) break;
      since = at;
    }
    return since;
  }

  #has(right: Right, { verb, name }: Need): boolean {
    if (right === 'one') return name === this.#options.server.options.subject.keys[0];
    return right === 'all' || (right === 'list' && verb === 'list');
  }

  watchOf({ query, encoding }: Asked): ServerWatch {
    const { server } = this.#options;
    const named = query.get('resourceVersion') ?? '';
    const scope = server.options.subject.scopes[0];
    if (scope === undefined) throw new Error('no scope');
    const name = nameIn(query);
    return new ServerWatch(server, {
      scope:
        name === '' ? scope : { ...scope, matches: ({ metadata }: ModelObject) => metadata.name === name },
      ...{
        encoding,
        bookmarks: query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1',
      },
      sendInitialEvents: query.get('sendInitialEvents') === 'true',
      resourceVersion: isOfState(query) ? '' : this.#known(BigInt(named)),
    });
  }

  #review(who: string, body: readonly Buffer[]): object {
    const allowed = this.isAllowed(who, needIn(body));
    return { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', status: { allowed } };
  }

  /** What history has from before its first entry is gone, as the first entry is. */
  #known(resourceVersion: bigint): string {
    const { server } = this.#options;
    return server.entry(Math.max(0, server.before(resourceVersion))).resourceVersion;
  }

  answerTo({ who, what, encoding, query, body }: Asked): [status: number, body: Buffer, type: string] {
    const { server, isGoneInHead } = this.#options;
    const { subject } = server.options;
    const json = 'application/json';
    const nothing = Buffer.from('{}');
    if (who === '') return [401, nothing, json];
    if (this.state === 'ill' && what !== 'list' && what !== 'watch')
      return what === 'review' ? [201, nothing, json] : [500, nothing, json];
    if (what === 'review') return [201, Buffer.from(JSON.stringify(this.#review(who, body))), json];
    const verb = what === 'watch' ? 'watch' : 'list';
    if (!this.isAllowed(who, { verb, name: nameIn(query) })) return [403, nothing, json];
    const type = encoding === 'json' ? json : PROTOBUF_MEDIA_TYPE;
    if (what === 'watch') {
      const at = BigInt(query.get('resourceVersion') ?? '');
      const isGone = !isOfState(query) && Math.max(0, server.before(at)) < server.oldest;
      if (isGone && isGoneInHead) return [410, nothing, json];
      return [200, Buffer.alloc(0), encoding === 'json' ? json : `${type};stream=watch`];
    }
    const { resourceVersion, store } = server.entry(server.last);
    if (what === 'newest') {
      const items = [...store.values()].slice(0, 1).map(({ metadata }) => ({ metadata }));
      const list = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
      return [200, Buffer.from(JSON.stringify({ ...list, metadata: { resourceVersion }, items })), json];
    }
    if (what === 'list') return [200, listBody(subject, encoding, resourceVersion, sorted(store)), type];
    const exact = BigInt(query.get('resourceVersion') ?? '0');
    const index = server.before(exact);
    if (exact > BigInt(resourceVersion)) return [504, Buffer.from('{}'), json];
    if (index < server.oldest) return [410, Buffer.from('{}'), json];
    const objects = sorted(server.entry(index).store).map(({ metadata }) => ({
      ...{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
    }));
    return [200, encodersOf(METADATA)[encoding].list(String(exact), objects), type];
  }
}

function nameIn(query: ReadonlyMap<string, string>): string {
  return /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
}

function sorted(store: ReadonlyMap<string, ModelObject>): ModelObject[] {
  return [...store.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/** What it is asked about in a review. */
function needIn(body: readonly Buffer[]): Need {
  const { spec } = JSON.parse(Buffer.concat(body).toString()) as {
    readonly spec: { readonly resourceAttributes: { readonly verb: Need['verb']; readonly name?: string } };
  };
  const { verb, name = '' } = spec.resourceAttributes;
  return { verb, name };
}

export function questionOf(who: string, { verb, name }: { readonly verb: string; readonly name: string }) {
  return `${who} ${verb} ${name}`;
}

/** Of a caller that says in several ways who it is, the API server takes another than one might think. */
export function whoOf({ headers }: Pick<UpstreamRequest, 'headers'>): string {
  const token = valuesOf(headers, 'sec-websocket-protocol').join().split(TOKEN_PROTOCOL)[1];
  const bearer = valuesOf(headers, 'authorization').at(-1)?.replace('Bearer ', '');
  return valuesOf(headers, 'impersonate-user')[0] ?? token ?? bearer ?? '';
}

function whatOf({ target }: UpstreamRequest, accept: string, query: ReadonlyMap<string, string>): What {
  if (target.includes('selfsubjectaccessreviews')) return 'review';
  if (query.has('watch')) return 'watch';
  if (!accept.includes('as=PartialObjectMetadataList')) return 'list';
  return query.get('resourceVersionMatch') === 'Exact' ? 'identities' : 'newest';
}
