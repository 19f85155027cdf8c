/**
 * The API server of whole hubs: it knows callers and their rights, answers when the world has it answer, is killed, hangs,
 * and comes back with an older disk. What it says is that of the model's server.
 */
import { PROTOBUF_MEDIA_TYPE } from './media.ts';
import { type Encoding, encodersOf } from '../../../src/lab/simulator/encoding.ts';
import { type Kind } from '../../../src/lab/simulator/kind.ts';
import { writeObjectMeta } from '../../../src/lab/simulator/protobuf-meta.ts';
import { parseQuery } from '../../../src/core/request/query.ts';
import { valuesOf } from '../../../src/serve/proxy/headers.ts';
import {
  type Exchange,
  type ResponseHandler,
  type UpstreamRequest,
} from '../../../src/platform/upstream/exchange.ts';
import { UpstreamError } from '../../../src/platform/upstream/upstream-error.ts';
import { type ModelObject } from '../../model/model-object.ts';
import { type ModelServer, ServerWatch } from '../../model/model-server.ts';
import { listBody } from '../list-body.ts';

export type What = 'list' | 'watch' | 'newest' | 'identities' | 'review';

/** One request that has come, and what is left to be said to it. */
export interface Asked {
  readonly who: string;
  readonly what: What;
  readonly encoding: Encoding;
  readonly query: ReadonlyMap<string, string>;
  readonly handler: ResponseHandler;
  readonly at: number;
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

/** The connections of one process to it. */
export class ApiLink {
  readonly #api: ModelApi;
  readonly #asked = new Set<Asked>();
  /** `cut`: nobody is reached. `hung`: packets are lost, and nobody is told. */
  state: 'up' | 'cut' | 'hung' = 'up';

  constructor(api: ModelApi) {
    this.#api = api;
  }

  send(request: UpstreamRequest, handler: ResponseHandler): Exchange {
    const accept = valuesOf(request.headers, 'accept').join();
    const query = parseQuery(request.target.split('?')[1] ?? '');
    const asked: Asked = {
      ...{ who: whoOf(request), what: whatOf(request, accept, query), query, handler },
      encoding: accept.includes('protobuf') ? 'protobuf' : 'json',
      ...{ at: this.#api.now(), watch: undefined, framed: 0, bytes: Buffer.alloc(0), isOver: false },
    };
    request.body?.resume();
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
      else if (this.state === 'up' && this.#api.state === 'up') {
        if (asked.watch === undefined) this.#answer(asked);
        else this.#more(asked, bytes);
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

  #fail(asked: Asked, code: 'refused' | 'reset' | 'timeout'): void {
    if (asked.isOver) return;
    asked.isOver = true;
    this.#asked.delete(asked);
    asked.handler.onError(new UpstreamError(asked.watch === undefined ? 'headers' : 'body', code));
  }

  #answer(asked: Asked): void {
    const { handler, what } = asked;
    const [status, body, type] = this.#api.answerTo(asked);
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
    if (chunk.length > 0) handler.onData(chunk);
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
}

export class ModelApi {
  readonly #options: ModelApiOptions;
  readonly allowed = new Set<string>();
  /** Of those whose rights were revoked, when that was. */
  readonly revokedAt = new Map<string, number>();
  state: 'up' | 'down' | 'hung' = 'up';
  /** Which history it is, from 0. */
  history = 0;

  constructor(options: ModelApiOptions) {
    this.#options = options;
  }

  get now(): () => number {
    return this.#options.now;
  }

  get onAnswered(): ModelApiOptions['onAnswered'] {
    return this.#options.onAnswered;
  }

  allow(who: string): void {
    this.allowed.add(who);
    this.revokedAt.delete(who);
  }

  revoke(who: string): void {
    if (this.allowed.delete(who)) this.revokedAt.set(who, this.#options.now());
  }

  watchOf({ query, encoding }: Asked): ServerWatch {
    const { server } = this.#options;
    const named = query.get('resourceVersion') ?? '';
    const scope = server.options.subject.scopes[0];
    if (scope === undefined) throw new Error('no scope');
    const name = /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1];
    return new ServerWatch(server, {
      scope:
        name === undefined
          ? scope
          : { ...scope, matches: ({ metadata }: ModelObject) => metadata.name === name },
      ...{
        encoding,
        bookmarks: query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1',
      },
      sendInitialEvents: query.get('sendInitialEvents') === 'true',
      resourceVersion: isOfState(query) ? '' : this.#known(BigInt(named)),
    });
  }

  /** What history has from before its first entry is gone, as the first entry is. */
  #known(resourceVersion: bigint): string {
    const { server } = this.#options;
    return server.entry(Math.max(0, server.before(resourceVersion))).resourceVersion;
  }

  answerTo({ who, what, encoding, query }: Asked): [status: number, body: Buffer, type: string] {
    const { server } = this.#options;
    const { subject } = server.options;
    const isAllowed = this.allowed.has(who);
    const json = 'application/json';
    if (who === '') return [401, Buffer.from('{}'), json];
    if (what === 'review') return [201, Buffer.from(JSON.stringify(review(isAllowed))), json];
    if (!isAllowed) return [403, Buffer.from('{}'), json];
    const type = encoding === 'json' ? json : PROTOBUF_MEDIA_TYPE;
    if (what === 'watch') return [200, Buffer.alloc(0), encoding === 'json' ? json : `${type};stream=watch`];
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

function sorted(store: ReadonlyMap<string, ModelObject>): ModelObject[] {
  return [...store.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function review(allowed: boolean): object {
  return { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', status: { allowed } };
}

function whoOf({ headers }: UpstreamRequest): string {
  return valuesOf(headers, 'authorization').join().replace('Bearer ', '');
}

function whatOf({ target }: UpstreamRequest, accept: string, query: ReadonlyMap<string, string>): What {
  if (target.includes('selfsubjectaccessreviews')) return 'review';
  if (query.has('watch')) return 'watch';
  if (!accept.includes('as=PartialObjectMetadataList')) return 'list';
  return query.get('resourceVersionMatch') === 'Exact' ? 'identities' : 'newest';
}
