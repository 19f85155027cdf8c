/** One hub of the model: a feed over its own watch of the server, which may lag, break, and begin anew at any time. */
import { CODECS } from '../../src/core/codec/codecs.ts';
import type { FrameSplitter } from '../../src/core/codec/frame-splitter.ts';
import { Epoch, type EpochEnd, type EpochLimits } from '../../src/core/hub/epoch.ts';
import { Feed } from '../../src/core/hub/feed.ts';
import { type Listing, ListingReader } from '../../src/core/hub/listing.ts';
import { Probes } from '../../src/core/hub/probes.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { Seen } from '../model/model-object.ts';
import { type ModelServer, ServerWatch } from '../model/model-server.ts';
import { listBody } from './list-body.ts';

export interface HubOptions {
  readonly server: ModelServer;
  readonly encoding: Encoding;
  readonly seen: Seen;
  readonly limits: EpochLimits;
  readonly now: () => number;
}

export class ModelHub {
  readonly feed = new Feed();
  readonly #options: HubOptions;
  /** What upstream will answer to a LIST that is under way; undefined: there is none. */
  #probe: string | undefined;
  readonly probes: Probes;
  #watch: ServerWatch | undefined;
  #splitter: FrameSplitter | undefined;
  readonly ends = new Map<EpochEnd, number>();

  constructor(options: HubOptions) {
    this.#options = options;
    this.probes = new Probes(() => {
      const { server } = this.#options;
      this.#probe = server.entry(server.last).resourceVersion;
    });
  }

  /** The feed lists and watches: as of now, or from an earlier time that its readers are still at. */
  begin(from: string | undefined): void {
    const { server, encoding, seen, limits } = this.#options;
    const { resource } = server.options.subject;
    const codec = CODECS[encoding];
    const wrapping = codec.wrapping(resource);
    if (wrapping === undefined) throw new Error('no wrapping');
    const reading = { codec, resource, plan: seen.projection.plan, wrapping, passAt: () => Infinity };
    const listing = this.#list(new ListingReader({ ...reading, maxBytes: Infinity }));
    const isEarlier = from !== undefined && server.indexOf(from) < server.indexOf(listing.resourceVersion);
    this.feed.begin(new Epoch({ ...reading, limits }, listing, isEarlier ? from : listing.resourceVersion));
    this.#connect();
  }

  /** The connection to upstream breaks, and is made again. */
  reconnect(): void {
    if (this.feed.epoch !== undefined) this.#connect();
  }

  /** The process is killed and comes again. */
  restart(): void {
    this.feed.end('closed');
    this.#watch = this.#splitter = undefined;
    this.answerProbe(false);
  }

  /** Bytes from upstream; Infinity: all there are. */
  pump(bytes: number): void {
    const [epoch, watch, splitter] = [this.feed.epoch, this.#watch, this.#splitter];
    if (epoch === undefined || watch === undefined || splitter === undefined) return;
    watch.sync();
    epoch.now = this.#options.now();
    epoch.read(splitter, watch.take(bytes));
    if (watch.isOver && watch.waiting === 0 && epoch.over === undefined) this.#connect();
    this.settle();
  }

  /** Upstream sends a bookmark. */
  bookmark(): void {
    this.#watch?.bookmark();
  }

  mark(): void {
    this.feed.epoch?.marks.mark(this.#options.now());
  }

  settle(): void {
    const over = this.feed.settle(this.#options.now());
    if (over !== undefined) this.ends.set(over, (this.ends.get(over) ?? 0) + 1);
  }

  /** The answer to the LIST that is under way comes, or does not. */
  answerProbe(isAnswered: boolean): void {
    const probe = this.#probe;
    if (probe === undefined) return;
    this.#probe = undefined;
    this.probes.answered(isAnswered ? probe : undefined);
  }

  #connect(): void {
    const { server, encoding } = this.#options;
    const { epoch } = this.feed;
    const scope = server.options.subject.scopes[0];
    if (epoch === undefined || scope === undefined) return;
    this.#watch = new ServerWatch(server, {
      ...{ scope, encoding, bookmarks: true, sendInitialEvents: false },
      resourceVersion: epoch.readAt,
    });
    this.#splitter = CODECS[encoding].splitter(1024 * 1024);
  }

  #list(reader: ListingReader): Listing {
    const { server, encoding, now } = this.#options;
    const { store, resourceVersion } = server.entry(server.last);
    reader.push(listBody(server.options.subject, encoding, resourceVersion, [...store.values()]));
    const listing = reader.finish(now());
    if (listing === undefined) throw new Error('the list was not understood');
    return listing;
  }
}
