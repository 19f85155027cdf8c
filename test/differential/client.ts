/** A client, as client-go's reflector goes about it: lists and watches, resumes where it was, or is sent all at first. */
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES } from '../../src/core/resource/node.ts';
import { ListTap } from '../../src/core/sieve/list-tap.ts';
import type { Memos } from '../../src/core/sieve/memo.ts';
import type { Snapshots } from '../../src/core/sieve/snapshots.ts';
import type { Random } from '../fuzz/random.ts';
import type { Held, TestEncoding } from './frame.ts';
import { Loss, storyOf } from './loss.ts';
import type { Server } from './server.ts';
import type { Stats } from './stats.ts';
import { type Lens, Stream } from './stream.ts';

export interface Surroundings {
  readonly server: Server;
  readonly snapshots: Snapshots;
  readonly memos: Memos;
  readonly stats: Stats;
  readonly random: Random;
  /** The projection that counts now. */
  readonly lens: () => Lens;
  /** Whether a resourceVersion still says what a client holds of this projection. */
  readonly mayAdopt: () => boolean;
}

export interface ClientConfig {
  readonly encoding: TestEncoding;
  readonly hasBookmarks: boolean;
}

const MAX_READ = 12;

export class Client {
  readonly #around: Surroundings;
  readonly #config: ClientConfig;
  #store = new Map<string, Held>();
  #resourceVersion = '';
  #stream: Stream | undefined;
  /** Number of the next event that its stream is sent. */
  #next = 0;

  constructor(config: ClientConfig, around: Surroundings) {
    this.#config = config;
    this.#around = around;
  }

  act(): void {
    const { random } = this.#around;
    if (this.#stream === undefined) this.#connect();
    else if (random.oneIn(12)) this.#disconnect();
    else if (random.oneIn(10)) this.#stream.makeCurrent();
    else this.#read(1 + random.below(MAX_READ));
  }

  refilter(): void {
    this.#stream?.refilter(this.#around.lens());
  }

  /** Reads all there is. What the client then holds is what the server has, as its projection sees it. */
  catchUp(): void {
    const { server, lens } = this.#around;
    if (this.#stream === undefined) this.#connect();
    this.#read(Infinity);
    this.#stream?.settle();
    const { meaning } = lens();
    for (const name of new Set([...server.state.keys(), ...this.#store.keys()])) {
      const held = this.#store.get(name);
      const newest = this.#newestOf(name);
      if ((held === undefined) !== (newest === undefined))
        throw new Loss(`I5: ${name} is ${held === undefined ? 'missing' : 'a ghost'}`);
      if (held === undefined || newest === undefined) continue;
      if (
        held.metadata.resourceVersion !== newest.metadata.resourceVersion &&
        held.text(meaning) !== newest.text(meaning)
      )
        throw new Loss(storyOf(this.#config.encoding, meaning, held, newest));
    }
  }

  /** As the last event told of it. */
  #newestOf(name: string): Held | undefined {
    const { server } = this.#around;
    if (!server.state.has(name)) return undefined;
    const position = server.events.findLastIndex(
      ({ node, type }) => type !== 'BOOKMARK' && nameOf(node) === name,
    );
    return server.frame(position, this.#config.encoding).held;
  }

  #connect(): void {
    const { random, server, stats } = this.#around;
    const position = server.positions.get(this.#resourceVersion);
    if (position !== undefined && !random.oneIn(8)) {
      stats.resumes++;
      this.#watchFrom(position + 1);
    } else if (random.oneIn(5)) this.#watchList();
    else this.#list();
  }

  #list(): void {
    const { random, server, snapshots, stats } = this.#around;
    const { encoding } = this.#config;
    const newest = server.events.length - 1;
    const next = random.oneIn(20) ? 'page-2' : '';
    const position = Math.max(0, newest - (random.oneIn(3) ? random.below(6) : 0));
    const { body, items, resourceVersion } = server.list(position, encoding, next);
    const { plan } = this.#around.lens();
    const tap = new ListTap({ codec: CODECS[encoding], resource: NODES, plan }, { passAt: () => Infinity });
    for (let at = 0; at < body.length;) {
      const size = random.oneIn(2) ? body.length : 1 + random.below(2000);
      const chunk = Buffer.from(body.subarray(at, at + size));
      tap.push(chunk, 0);
      chunk.fill(0xff);
      at += size;
    }
    const left = tap.finish();
    if (left !== undefined) snapshots.keep(this.#scope, left.resourceVersion, left.snapshot);
    this.#store = new Map(items);
    this.#resourceVersion = resourceVersion;
    stats.lists++;
    this.#watchFrom(position + 1);
  }

  #watchFrom(position: number): void {
    const { mayAdopt, snapshots } = this.#around;
    const resourceVersion = this.#resourceVersion;
    const snapshot = mayAdopt() ? snapshots.at(this.#scope, resourceVersion) : undefined;
    this.#open('past', resourceVersion, snapshot);
    this.#next = position;
  }

  #watchList(): void {
    const { server, stats } = this.#around;
    const { encoding, hasBookmarks } = this.#config;
    this.#store = new Map();
    const stream = this.#open(hasBookmarks ? 'until-bookmark' : 'until-not-added', '', undefined);
    this.#next = server.events.length;
    stream.send(server.initialFrames(encoding, hasBookmarks));
    stream.settle();
    this.#keep();
    stats.watchLists++;
  }

  #open(
    phase: 'past' | 'until-bookmark' | 'until-not-added',
    resourceVersion: string,
    snapshot: ReturnType<Snapshots['at']>,
  ): Stream {
    const { memos, random, stats, lens } = this.#around;
    this.#stream = new Stream({
      ...this.#config,
      lens: lens(),
      phase,
      resourceVersion,
      snapshot,
      memos,
      store: this.#store,
      random,
      stats,
    });
    return this.#stream;
  }

  #read(most: number): void {
    const { server } = this.#around;
    const { encoding, hasBookmarks } = this.#config;
    const frames = [];
    for (; this.#next < server.events.length && frames.length < most; this.#next++)
      if (hasBookmarks || server.events[this.#next]?.type !== 'BOOKMARK')
        frames.push(server.frame(this.#next, encoding));
    if (frames.length > 0) this.#stream?.send(frames);
  }

  /** The stream ends by upstream or the proxy, or because the client goes away with all that was written. */
  #disconnect(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (!this.#around.random.oneIn(3)) stream.end();
    this.#keep();
    this.#resourceVersion = stream.isPastInitialEvents ? stream.resourceVersion : '';
    this.#stream = undefined;
  }

  #keep(): void {
    const left = this.#stream?.snapshot();
    if (left !== undefined) this.#around.snapshots.keep(this.#scope, left.resourceVersion, left.snapshot);
  }

  get #scope(): string {
    return `${this.#config.encoding} ${this.#around.lens().key}`;
  }
}

const nameOf = (node: { readonly metadata?: unknown }): unknown =>
  typeof node.metadata === 'object' && node.metadata !== null
    ? Reflect.get(node.metadata, 'name')
    : undefined;
