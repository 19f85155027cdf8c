/**
 * A client of the model: lists and watches as client-go's reflector does, asks a hub first and the server where that has no
 * answer, and has all that it is sent judged by the checker.
 */
import { CODECS } from '../../src/core/codec/codecs.ts';
import { attach, type Begin, type Miss, stateOf } from '../../src/core/hub/attach.ts';
import type { Reader } from '../../src/core/hub/reader.ts';
import { type Freshness, startOfList, startOfWatch } from '../../src/core/hub/start.ts';
import { keyOf } from '../../src/lab/simulator/api-object.ts';
import type { ModelObject } from '../model/model-object.ts';
import { type ModelServer, ServerWatch } from '../model/model-server.ts';
import { Checker } from './checker.ts';
import type { FrameBook } from './frame-book.ts';
import type { Only, Received } from './history.ts';
import { listBody } from './list-body.ts';
import type { ModelHub } from './model-hub.ts';
import type { Truth } from './truth.ts';

export interface ClientConfig {
  readonly kind: 'list' | 'watch-list' | 'zero';
  /** What it asks for where it holds nothing: any state, the newest, or (once it knows one) not an older one. */
  readonly fresh: 'any' | 'newest' | 'known';
  readonly bookmarks: boolean;
  /** Index of the one key it watches; -1: all. */
  readonly only: number;
}

export interface ClientStats {
  memory: number;
  upstream: number;
  waited: number;
  lists: number;
  fallen: number;
  initial: number;
}

const WAIT_MS = 500;

export class ModelClient {
  readonly #server: ModelServer;
  readonly #book: FrameBook;
  readonly #config: ClientConfig;
  readonly #stats: ClientStats;
  readonly #only: Only;
  readonly checker: Checker;
  /** What its watch comes from. */
  #from: Reader | ServerWatch | undefined;
  /** Of a watch from upstream: frames that it has. */
  #taken = 0;
  #isWaiting = false;
  /** How new the answer has to be that it waits for. */
  #demand: bigint | undefined;
  /** The newest resourceVersion it has ever known. */
  #known = 0n;

  constructor(
    server: ModelServer,
    { truth, book, stats }: { truth: Truth; book: FrameBook; stats: ClientStats },
    config: ClientConfig,
  ) {
    this.#server = server;
    this.#book = book;
    this.#config = config;
    this.#stats = stats;
    this.checker = new Checker(truth);
    this.#only = config.only === -1 ? undefined : server.options.subject.keys[config.only];
  }

  get isIdle(): boolean {
    return this.#from === undefined && !this.#isWaiting;
  }

  /** The resourceVersion from which it would go on. */
  get at(): string | undefined {
    return this.checker.at === undefined ? undefined : String(this.checker.at);
  }

  /** Asks a hub, or the server itself. */
  connect(hub: ModelHub | undefined, now: number): void {
    if (!this.isIdle) return;
    const { at } = this;
    if (at === undefined && this.#config.kind === 'list') {
      this.#list(hub, now);
      return;
    }
    const isInitial = at === undefined;
    const sendInitialEvents = isInitial && this.#config.kind === 'watch-list' ? true : undefined;
    const resourceVersion = isInitial ? this.#demanded() : at;
    const start = startOfWatch({
      ...{ resourceVersion, sendInitialEvents, allowWatchBookmarks: this.#bookmarks },
      resourceVersionMatch: sendInitialEvents === true ? 'NotOlderThan' : '',
    });
    if (hub === undefined || start === 'upstream') this.#watchUpstream();
    else if (start.kind === 'from') this.#attach(hub, start, now);
    else {
      const { isEndMarked } = start;
      this.#fresh(hub, start.freshness, (atLeast) => {
        if (atLeast === 'upstream') this.#watchUpstream();
        else this.#attach(hub, { kind: 'initial', atLeast, isEndMarked }, now);
      });
    }
  }

  /** Takes some of what has come; it may be less than a frame's worth, and is one then. */
  read(bytes: number): void {
    const from = this.#from;
    if (from === undefined) return;
    if (from instanceof ServerWatch) this.#readUpstream(from, bytes);
    else this.#readMemory(from, bytes);
  }

  /** Its watch ends, because its time is over (`finish`: the other side knows), or the connection breaks. */
  disconnect(isFinished: boolean): void {
    const from = this.#from;
    if (from === undefined) return;
    if (isFinished && !(from instanceof ServerWatch)) {
      const out: Buffer[] = [];
      from.finish(out);
      this.#frames(out);
      this.#knowsAll(from);
    }
    this.#end();
  }

  /** It forgets all that it holds: a process that was started anew. */
  forget(): void {
    this.disconnect(false);
    if (!this.isIdle) return;
    this.#holdsNothing();
    this.#known = 0n;
  }

  get #bookmarks(): boolean {
    return this.#config.bookmarks || this.#config.kind === 'watch-list';
  }

  /** A watch that was ended in time has told its client of everything that was read. */
  #knowsAll(reader: Reader): void {
    const { epoch } = reader;
    if (epoch.over !== undefined || reader.isInitial || reader.behind > 0) return;
    if (this.#bookmarks && (this.checker.at ?? 0n) < BigInt(epoch.readAt))
      throw new Error(`I4: the client is left at ${this.at}, while ${epoch.readAt} has been read`);
  }

  #demanded(): string {
    const { fresh, kind } = this.#config;
    if (kind === 'zero' || fresh === 'any') return '0';
    return fresh === 'newest' || this.#known === 0n ? '' : String(this.#known);
  }

  /** What the answer must be worth, by what the client asks for now. */
  #atLeast(): bigint | undefined {
    const demanded = this.#demanded();
    if (demanded === '0') return undefined;
    const server = this.#server;
    return BigInt(demanded === '' ? server.entry(server.last).resourceVersion : demanded);
  }

  #fresh(hub: ModelHub, freshness: Freshness, then: (atLeast: string | undefined) => void): void {
    this.#demand = this.#atLeast();
    if (freshness.kind !== 'consistent') {
      then(freshness.kind === 'any' ? undefined : freshness.resourceVersion);
      return;
    }
    this.#isWaiting = true;
    hub.probes.ask((resourceVersion) => {
      this.#isWaiting = false;
      const { epoch } = hub.feed;
      if (resourceVersion === undefined || epoch === undefined) then('upstream');
      else then(resourceVersion);
    });
  }

  #list(hub: ModelHub | undefined, now: number): void {
    const freshness = startOfList({ resourceVersion: this.#demanded(), resourceVersionMatch: '', limit: '' });
    if (hub === undefined || freshness === 'upstream') this.#listUpstream();
    else
      this.#fresh(hub, freshness, (atLeast) => {
        if (atLeast === 'upstream') this.#listUpstream();
        else this.#listMemory(hub, atLeast, now, true);
      });
  }

  #listMemory(hub: ModelHub, atLeast: string | undefined, now: number, mayWait: boolean): void {
    const { epoch } = hub.feed;
    const state = epoch === undefined ? 'over' : stateOf(epoch, atLeast);
    if (typeof state === 'string') {
      const again = (): void => this.#listMemory(hub, atLeast, now, false);
      this.#missed(hub, state, mayWait ? { atLeast, now, again } : undefined, () => this.#listUpstream());
      return;
    }
    this.#stats.lists++;
    const index = this.#server.indexOf(state.resourceVersion);
    this.#checkBytes(state, index);
    this.#listed(index);
  }

  /** Its body is what the server would have sent for that state. */
  #checkBytes(
    { objects, resourceVersion }: { objects: () => readonly { body: Buffer }[]; resourceVersion: string },
    index: number,
  ): void {
    const { subject } = this.#server.options;
    for (const encoding of ['json', 'protobuf'] as const) {
      const wrapping = CODECS[encoding].wrapping(subject.resource);
      if (wrapping === undefined) continue;
      const bodies = objects().map(({ body }) => body);
      const body = Buffer.concat(wrapping.list(resourceVersion, bodies));
      const items = [...this.#server.entry(index).store.values()].sort((a, b) =>
        keyOf(a.metadata) < keyOf(b.metadata) ? -1 : 1,
      );
      if (body.equals(listBody(subject, encoding, resourceVersion, items))) return;
    }
    throw new Error(`I3: the list at ${resourceVersion} is not what the server would send`);
  }

  #listUpstream(): void {
    this.#stats.upstream++;
    this.#demand = this.#atLeast();
    this.#listed(this.#server.last);
  }

  #listed(index: number): void {
    const { store, resourceVersion } = this.#server.entry(index);
    const objects = [...store.values()].filter((object) => this.#isWanted(object));
    this.#receive({
      kind: 'list',
      resourceVersion: BigInt(resourceVersion),
      objects: objects.map((object) => this.#book.was(object)),
      only: this.#only,
      atLeast: this.#demand,
    });
  }

  #isWanted(object: ModelObject): boolean {
    return this.#only === undefined || keyOf(object.metadata) === this.#only;
  }

  #attach(hub: ModelHub, begin: Begin, now: number, mayWait = true): void {
    const { epoch } = hub.feed;
    const interest = { bookmarks: this.#bookmarks, key: this.#only };
    const reader = epoch === undefined ? 'over' : attach(epoch, begin, interest);
    const atLeast = begin.kind === 'from' ? begin.resourceVersion : begin.atLeast;
    if (typeof reader === 'string') {
      const again = (): void => this.#attach(hub, begin, now, false);
      this.#missed(hub, reader, mayWait ? { atLeast, now, again } : undefined, () => this.#watchUpstream());
      return;
    }
    this.#stats.memory++;
    this.#from = reader;
    if (begin.kind === 'initial') this.#stats.initial++;
    this.#receive(
      begin.kind === 'from'
        ? { kind: 'watch-from', resourceVersion: BigInt(begin.resourceVersion), only: this.#only }
        : {
            ...{ kind: 'watch-initial', only: this.#only, isEndMarked: begin.isEndMarked },
            atLeast: this.#demand,
          },
    );
  }

  /** It waits for the hub to come so far, or goes upstream. */
  #missed(
    hub: ModelHub,
    miss: Miss,
    wait: { atLeast: string | undefined; now: number; again: () => void } | undefined,
    upstream: () => void,
  ): void {
    if (miss !== 'behind' || wait?.atLeast === undefined) {
      upstream();
      return;
    }
    this.#isWaiting = true;
    hub.feed.waiting.until(wait.atLeast, wait.now + WAIT_MS, (isReached) => {
      this.#isWaiting = false;
      if (!isReached) {
        upstream();
        return;
      }
      this.#stats.waited++;
      wait.again();
    });
  }

  #watchUpstream(): void {
    this.#stats.upstream++;
    const { subject } = this.#server.options;
    const { at } = this;
    const all = subject.scopes[0];
    if (all === undefined) return;
    const scope =
      this.#only === undefined ? all : { ...all, matches: (one: ModelObject) => this.#isWanted(one) };
    const isEndMarked = at === undefined && this.#config.kind === 'watch-list';
    this.#taken = 0;
    this.#from = new ServerWatch(this.#server, {
      ...{ scope, encoding: 'json', bookmarks: this.#bookmarks, sendInitialEvents: isEndMarked },
      resourceVersion: at ?? '0',
    });
    this.#receive(
      at === undefined
        ? { kind: 'watch-initial', only: this.#only, isEndMarked, atLeast: this.#atLeast() }
        : { kind: 'watch-from', resourceVersion: BigInt(at), only: this.#only },
    );
  }

  #readUpstream(watch: ServerWatch, bytes: number): void {
    watch.sync();
    for (let left = bytes; left > 0; this.#taken++) {
      const frame = watch.frames[this.#taken];
      if (frame === undefined) break;
      left -= frame.bytes.length;
      if (frame.type === 'ERROR') {
        // Gone: it has to begin afresh.
        this.#end();
        this.#holdsNothing();
        return;
      }
      this.#frames([frame.bytes]);
    }
  }

  #readMemory(reader: Reader, bytes: number): void {
    const out: Buffer[] = [];
    const taken = reader.take(out, bytes);
    this.#frames(out);
    if (taken === 'fallen') this.#stats.fallen++;
    if (taken === 'idle' && reader.epoch.over !== undefined) throw new Error('I14: a reader of what is over');
    if (taken === 'fallen' || taken === 'over') this.#end();
    else if (taken === 'idle' && !reader.isInitial && this.at !== undefined && this.at !== reader.sentAt)
      throw new Error(`I4: the hub takes the client to be at ${reader.sentAt}, and it is at ${this.at}`);
  }

  #frames(frames: readonly Buffer[]): void {
    for (const frame of frames) this.#receive(this.#book.read(frame));
  }

  #end(): void {
    this.#from = undefined;
    this.#receive({ kind: 'ended' });
  }

  #holdsNothing(): void {
    this.#receive({ kind: 'watch-initial', only: this.#only, isEndMarked: true, atLeast: undefined });
    this.#receive({ kind: 'ended' });
  }

  #receive(received: Received): void {
    const wrong = this.checker.receive(received);
    if (wrong !== undefined) throw new Error(wrong);
    const { at } = this.checker;
    if (at !== undefined && at > this.#known) this.#known = at;
  }
}
