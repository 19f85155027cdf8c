/** A server, some hubs, some clients, and what happens to them: after each step every client is judged (I11 to I14). */
import fc from 'fast-check';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { MODEL_NODES } from '../model/model-node.ts';
import { type ProjectionName, PROJECTIONS } from '../model/model-projection.ts';
import { ModelServer } from '../model/model-server.ts';
import type { Explorable } from './explore.ts';
import { FrameBook } from './frame-book.ts';
import { type ClientConfig, ModelClient, type ClientStats } from './model-client.ts';
import { ModelHub } from './model-hub.ts';
import {
  appear,
  BEAT,
  changeAmong,
  COMPACT,
  doing,
  happen,
  type ServerAction,
  SKIP,
} from './server-action.ts';
import { Truth } from './truth.ts';

export interface WorldConfig {
  readonly preset: ProjectionName;
  readonly encoding: Encoding;
  readonly start: string;
  readonly journalBytes: number;
  readonly journalAgeMs: number;
  readonly clients: readonly ClientConfig[];
}

export type Action =
  | ServerAction
  | { readonly do: 'time'; readonly ms: number }
  | { readonly do: 'begin' | 'restart' | 'break' | 'bookmark' | 'mark'; readonly hub: number }
  | { readonly do: 'pump'; readonly hub: number; readonly bytes: number }
  | { readonly do: 'probe'; readonly hub: number; readonly ok: boolean }
  /** `hub` one too many: the server itself. */
  | { readonly do: 'connect'; readonly client: number; readonly hub: number }
  | { readonly do: 'read'; readonly client: number; readonly bytes: number }
  | { readonly do: 'end'; readonly client: number; readonly finish: boolean }
  | { readonly do: 'forget'; readonly client: number }
  | { readonly do: 'settle'; readonly client: number; readonly hub: number };

export interface Run {
  readonly config: WorldConfig;
  readonly actions: readonly Action[];
}

export interface Stats extends ClientStats {
  epochs: number;
  expired: number;
  unclear: number;
}

export const newStats = (): Stats => ({
  ...{
    memory: 0,
    upstream: 0,
    waited: 0,
    lists: 0,
    fallen: 0,
    initial: 0,
    epochs: 0,
    expired: 0,
    unclear: 0,
  },
});

const HUBS = 2;

class World {
  readonly #server: ModelServer;
  readonly #truth: Truth;
  readonly #hubs: readonly ModelHub[];
  readonly #clients: readonly ModelClient[];
  readonly #stats: Stats;
  #now = 0;
  #known = 0;

  constructor({ preset, encoding, start, journalBytes, journalAgeMs, clients }: WorldConfig, stats: Stats) {
    const seen = MODEL_NODES.seen(preset);
    const options = {
      subject: MODEL_NODES,
      start: BigInt(start),
      watchListGate: false,
      endsInitialLate: false,
    };
    const server = (this.#server = new ModelServer(options, MODEL_NODES.keys.slice(0, 2)));
    const book = new FrameBook(server, seen);
    const first = server.entry(0);
    const objects = [...first.store.values()].map((object) => book.was(object));
    this.#truth = new Truth(BigInt(first.resourceVersion), objects);
    this.#book = book;
    const limits = { maxBytes: journalBytes, maxAgeMs: journalAgeMs, maxStoreBytes: Infinity };
    this.#hubs = Array.from(
      { length: HUBS },
      () => new ModelHub({ server, encoding, seen, limits, now: () => this.#now }),
    );
    this.#stats = stats;
    this.#clients = clients.map(
      (config) => new ModelClient(server, { truth: this.#truth, book, stats }, config),
    );
  }

  readonly #book: FrameBook;

  play(actions: readonly Action[]): void {
    for (const hub of this.#hubs) hub.begin(undefined);
    for (const action of actions) {
      this.#step(action);
      this.#tell();
    }
    this.#converge();
    for (const hub of this.#hubs) {
      this.#stats.expired += hub.ends.get('expired') ?? 0;
      this.#stats.unclear += hub.ends.get('unclear') ?? 0;
      this.#stats.epochs += hub.feed.number;
    }
  }

  #step(action: Action): void {
    switch (action.do) {
      case 'beat':
      case 'change':
      case 'appear':
      case 'skip':
      case 'compact':
        happen(this.#server, action);
        break;
      case 'time':
        this.#now += action.ms;
        for (const hub of this.#hubs) hub.settle();
        break;
      case 'connect': {
        const hub = action.hub % (HUBS + 1);
        this.#client(action.client).connect(this.#hubs[hub], this.#now);
        break;
      }
      case 'read':
        this.#client(action.client).read(action.bytes);
        break;
      case 'end':
        this.#client(action.client).disconnect(action.finish);
        break;
      case 'forget':
        this.#client(action.client).forget();
        break;
      case 'settle':
        this.#settle(this.#client(action.client), this.#hub(action.hub));
        break;
      case 'begin':
        this.#hub(action.hub).begin(this.#oldestReader());
        break;
      case 'restart':
        this.#hub(action.hub).restart();
        break;
      case 'break':
        this.#hub(action.hub).reconnect();
        break;
      case 'bookmark':
        this.#hub(action.hub).bookmark();
        break;
      case 'mark':
        this.#hub(action.hub).mark();
        break;
      case 'pump':
        this.#hub(action.hub).pump(action.bytes);
        break;
      case 'probe':
        this.#hub(action.hub).answerProbe(action.ok);
        break;
    }
  }

  /** Where the client is that has the oldest state of all. */
  #oldestReader(): string | undefined {
    const known = this.#clients.flatMap(({ at }) => at ?? []);
    return known.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))[0];
  }

  #hub(hub: number): ModelHub {
    const found = this.#hubs[hub % HUBS];
    if (found === undefined) throw new Error('no hub');
    return found;
  }

  #client(client: number): ModelClient {
    const found = this.#clients[client % this.#clients.length];
    if (found === undefined) throw new Error('no client');
    return found;
  }

  /** What has happened is written down as soon as it has. */
  #tell(): void {
    while (this.#known < this.#server.last) {
      const { key, resourceVersion, store } = this.#server.entry(++this.#known);
      const object = key === undefined ? undefined : store.get(key);
      const is = object && this.#book.was(object);
      this.#truth.happened({ resourceVersion: BigInt(resourceVersion), key, is });
    }
  }

  #settle(client: ModelClient, hub: ModelHub): void {
    for (let round = 0; round < 4; round++) {
      if (hub.feed.epoch === undefined) hub.begin(undefined);
      client.connect(hub, this.#now);
      hub.answerProbe(true);
      hub.pump(Infinity);
      hub.bookmark();
      hub.pump(Infinity);
      hub.mark();
      client.read(Infinity);
    }
  }

  /** Nothing happens any more: each client has to come to where the server is. */
  #converge(): void {
    for (const [at, client] of this.#clients.entries()) {
      // Behind the question that is under way there may be another.
      for (const hub of [...this.#hubs, ...this.#hubs]) hub.answerProbe(true);
      this.#now += 10_000;
      for (const hub of this.#hubs) hub.settle();
      const hub = this.#hub(at);
      this.#settle(client, hub);
      client.disconnect(true);
      this.#settle(client, hub);
      const wrong = client.checker.converged();
      if (wrong !== undefined) throw new Error(wrong);
    }
  }
}

export const feedsModel = (stats: Stats): Explorable<Run> => ({
  runs: arbitraryRun,
  play: ({ config, actions }) => {
    new World(config, stats).play(actions);
  },
});

const hub = fc.nat(HUBS - 1);
const client = fc.nat(2);
const bytes = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 1, max: 3000 }) }, fc.constant(Infinity));

const ACTION: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: BEAT },
  { weight: 8, arbitrary: changeAmong(30) },
  { weight: 4, arbitrary: appear(fc.boolean()) },
  { weight: 3, arbitrary: SKIP },
  { weight: 1, arbitrary: COMPACT },
  { weight: 2, arbitrary: fc.record({ do: doing('time'), ms: fc.nat(600) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('begin', 'begin', 'restart'), hub }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('break', 'bookmark', 'mark', 'mark'), hub }),
  },
  { weight: 20, arbitrary: fc.record({ do: doing('pump'), hub, bytes }) },
  { weight: 6, arbitrary: fc.record({ do: doing('probe'), hub, ok: fc.boolean() }) },
  { weight: 14, arbitrary: fc.record({ do: doing('connect'), client, hub: fc.nat(HUBS) }) },
  { weight: 20, arbitrary: fc.record({ do: doing('read'), client, bytes }) },
  { weight: 6, arbitrary: fc.record({ do: doing('end'), client, finish: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: doing('forget'), client }) },
  { weight: 5, arbitrary: fc.record({ do: doing('settle'), client, hub }) },
);

const CLIENT: fc.Arbitrary<ClientConfig> = fc.record({
  kind: fc.constantFrom('list', 'watch-list', 'zero'),
  fresh: fc.constantFrom('any', 'newest', 'known'),
  bookmarks: fc.boolean(),
  only: fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, fc.nat(1)),
});

const arbitraryRun = (maxSteps: number): fc.Arbitrary<Run> =>
  fc.record({
    config: fc.record({
      preset: fc.constantFrom(...PROJECTIONS),
      encoding: fc.constantFrom<Encoding>('json', 'protobuf'),
      // Just below where a number needs one digit more, and where JavaScript's numbers end.
      start: fc.constantFrom('5', '97', '996', '9007199254740980'),
      journalBytes: fc.constantFrom(2500, 8000, 1e6),
      journalAgeMs: fc.constantFrom(500, 1e6),
      clients: fc.tuple(CLIENT, CLIENT, CLIENT),
    }),
    actions: fc.array(ACTION, { minLength: 1, maxLength: maxSteps, size: 'max' }),
  });
