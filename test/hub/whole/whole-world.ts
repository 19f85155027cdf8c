/**
 * An API server, two whole hubs (all of `--share` but sockets), clients behind sidecars and without, and the faults that
 * befall them: killed, hung, cut off, behind, in different epochs, rights revoked, the API server restarted, its disk put
 * back. After each step every client is judged (I10 to I15).
 */
import type { Encoding } from '../../../src/lab/simulator/encoding.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { MODEL_NODES } from '../../model/model-node.ts';
import { LABEL_VARIANTS } from '../../model/model-object.ts';
import type { ProjectionName } from '../../model/model-projection.ts';
import { ModelServer } from '../../model/model-server.ts';
import { FrameBook } from '../frame-book.ts';
import { happen } from '../server-action.ts';
import { Truth } from '../truth.ts';
import { type Action, REPLICAS } from './actions.ts';
import { type LinkState, ModelApi } from './model-api.ts';
import { acceptOf } from './media.ts';
import { CROWD, HUB, Replica } from './replica.ts';
import { type ClientConfig, SidecarClient } from './sidecar-client.ts';
import { count, type WholeStats } from './whole-stats.ts';

export interface WholeConfig {
  readonly preset: ProjectionName;
  readonly encoding: Encoding;
  readonly start: string;
  readonly chance: number;
  readonly clients: readonly ClientConfig[];
  readonly journalBytes: number;
  readonly crowd: number;
  readonly isGoneInHead: boolean;
}

export interface WholeRun {
  readonly config: WholeConfig;
  readonly actions: readonly Action[];
}

/** Time passes in pieces, so that what it sets off may be answered meanwhile (milliseconds). */
const PIECE_MS = 5000;
const SHORT_PIECE_MS = 250;
/** By then a watch has been asked about (milliseconds). */
const ASKED_MS = 70_000;
/** No list is waited for so long that stops half way (milliseconds). */
const HUNG_MS = 8000;
/** A watch of a caller whose right is gone is over by then, where everybody answers (milliseconds). */
const REFUSED_MS = 90_000;
/** By then objects have been compared again, where the last comparison told nothing (milliseconds). */
const COMPARED_MS = 140_000;
export const LARGE_JOURNAL_BYTES = 1e6;
/** By then each hub is tried again that has failed (milliseconds). */
const RESTED_MS = 61_000;
/** How often a client comes back, once all is well. */
const FEW_ROUNDS = 4;
const MOST_ROUNDS = 15;

export class WholeWorld {
  readonly #server: ModelServer;
  readonly #api: ModelApi;
  readonly #time = new FakeTime();
  readonly #book: FrameBook;
  readonly #replicas: readonly Replica[];
  readonly #clients: readonly SidecarClient[];
  readonly #stats: WholeStats;
  #truth: Truth;
  #told = 0;
  /** Found where nobody may throw. */
  #wrong: string | undefined;
  /** A feed that begins goes back to the first who asks: there is no crowd to begin it, and the journal is large. */
  readonly #reachesBack: boolean;

  constructor(config: WholeConfig, stats: WholeStats) {
    const { preset, encoding, start, chance: seed, clients, journalBytes, crowd, isGoneInHead } = config;
    this.#stats = stats;
    this.#reachesBack = crowd === 0 && journalBytes >= LARGE_JOURNAL_BYTES;
    const wrong = (what: string) => void (this.#wrong ??= what);
    const subject = MODEL_NODES;
    const seen = subject.seen(preset);
    const options = { subject, start: BigInt(start), watchListGate: false, endsInitialLate: false };
    const server = (this.#server = new ModelServer(options, subject.keys.slice(0, 2)));
    this.#book = new FrameBook(server, seen);
    this.#truth = this.#truthNow();
    const { now, startTimer } = this.#time;
    const api = (this.#api = new ModelApi({
      ...{ server, now, isGoneInHead },
      onAnswered: (by, { what }, status) => {
        const replica = this.#replicas.find(({ own }) => own === by);
        if (replica !== undefined && status === 200 && (what === 'list' || what === 'identities'))
          replica.history = api.history;
        if (what === 'review') stats.reviews++;
      },
    }));
    let chances = seed;
    const chance = (): number => (chances = (chances * 48_271) % 2_147_483_647) / 2_147_483_647;
    this.#replicas = Array.from(
      { length: REPLICAS },
      () =>
        new Replica({
          ...{ api, subject, seen, now, chance, startTimer, journalBytes, crowd, wrong },
          accept: acceptOf(encoding),
          onResult: (result) => count(stats.results, result),
        }),
    );
    const judges = {
      ...{ server, api, seen, now, wrong },
      truth: () => this.#truth,
      book: () => this.#book,
      count: (what: string) => count(stats.clients, what),
    };
    const network = { encoding, replicas: this.#replicas, chance, startTimer };
    this.#clients = clients.map((config, at) => new SidecarClient(`client-${at}`, judges, config, network));
    for (const who of [HUB, CROWD]) api.allow(who, 'all');
    for (const { name, right } of this.#clients) api.allow(name, right);
  }

  async play(actions: readonly Action[]): Promise<void> {
    try {
      for (const action of actions) {
        await this.#step(action);
        await this.#settle();
      }
      await this.#converge();
    } finally {
      for (const client of this.#clients) client.disconnect();
      for (const replica of this.#replicas) replica.kill();
      await flush();
    }
  }

  async #step(action: Action): Promise<void> {
    switch (action.do) {
      case 'beat':
      case 'change':
      case 'appear':
      case 'skip':
      case 'compact':
        happen(this.#server, action);
        return;
      case 'time':
        await this.#pass(action.ms, action.busy);
        return;
      case 'kill':
        this.#replica(action.hub).kill();
        return;
      case 'start':
        this.#replica(action.hub).start();
        return;
      case 'hang':
        this.#replica(action.hub).hang();
        return;
      case 'hang-at-head':
        this.#replica(action.hub).hangAtHead();
        return;
      case 'ill':
        this.#replica(action.hub).ill = action.status;
        return;
      case 'go-on':
        this.#replica(action.hub).goOn();
        return;
      case 'link':
        this.#link(this.#replica(action.hub), action.state, action.of);
        return;
      case 'api':
        this.#apiBecomes(action.state);
        return;
      case 'restore':
        this.#restore(action.back);
        for (const next of action.then) happen(this.#server, next);
        return;
      case 'rights':
        if (action.waits) await this.#pass(ASKED_MS, true);
        this.#api.allow(this.#who(action.of), action.right);
        if (action.waits) await this.#pass(REFUSED_MS, true);
        return;
      case 'pump':
        for (const link of this.#replica(action.hub).links) link.pump(action.bytes);
        return;
      case 'bookmark':
        this.#replica(action.hub).own.bookmark();
        return;
      case 'connect':
        this.#client(action.client).connect(this.#replicas[action.hub % (REPLICAS + 1)]);
        if (action.served) await this.#pass(SHORT_PIECE_MS, true);
        return;
      case 'relist':
        this.#client(action.client).forget(true);
        if (action.hangs) for (const replica of this.#replicas) replica.hangAtHead();
        this.#client(action.client).connect(this.#replicas[action.hub % (REPLICAS + 1)]);
        if (action.served) await this.#pass(action.hangs ? HUNG_MS : SHORT_PIECE_MS, true);
        if (action.hangs) for (const replica of this.#replicas) replica.goOn();
        return;
      case 'read':
        this.#client(action.client).isAsleep = false;
        this.#client(action.client).direct.pump(action.bytes);
        this.#client(action.client).read(action.bytes);
        return;
      case 'sleep':
        this.#client(action.client).isAsleep = true;
        return;
      case 'leave':
        this.#client(action.client).disconnect();
        return;
      case 'forget':
        this.#client(action.client).forget(action.known);
        return;
    }
  }

  /** @param isBusy everybody answers, and reads, meanwhile */
  async #pass(ms: number, isBusy: boolean): Promise<void> {
    const piece = ms > 4 * PIECE_MS ? PIECE_MS : SHORT_PIECE_MS;
    const revoked = isBusy && ms >= REFUSED_MS ? this.#clients.filter((one) => this.#isRefusable(one)) : [];
    for (let left = ms; left > 0; left -= piece) {
      this.#time.pass(Math.min(piece, left));
      this.#tick();
      await flush();
      // One answer leads to the next question.
      for (let round = 0; isBusy && round < 3; round++) {
        this.#pumpAll();
        await flush();
      }
      for (const replica of this.#replicas) replica.tick();
    }
    this.#look();
    for (const client of this.#clients) client.tick();
    for (const client of revoked)
      if (client.isWatchingHub && this.#isRefusable(client))
        throw new Error(`I10: ${client.name} still watches, ${ms} ms after its right was revoked`);
  }

  #isRefusable({ isDenied }: SidecarClient): boolean {
    const isQuiet = this.#replicas.every(
      ({ isHung, links }) => !isHung && links.every(({ state }) => state === 'up'),
    );
    return isQuiet && this.#api.state === 'up' && isDenied;
  }

  #tick(): void {
    for (const link of this.#links) link.tick();
  }

  #pumpAll(): void {
    for (const link of this.#links) link.pump(Infinity);
    for (const client of this.#clients) if (!client.isAsleep) client.read(Infinity);
  }

  get #links() {
    return [...this.#replicas.flatMap(({ links }) => links), ...this.#clients.map(({ direct }) => direct)];
  }

  #link(
    { own, callers }: Replica,
    state: LinkState | 'reset',
    of: 'own' | 'callers' | 'both' = 'both',
  ): void {
    for (const link of { own: [own], callers: [callers], both: [own, callers] }[of]) {
      if (state === 'cut' || state === 'reset') link.reset();
      link.state = state === 'reset' ? 'up' : state;
    }
  }

  #apiBecomes(state: 'up' | 'down' | 'hung' | 'ill' | 'restart'): void {
    if (state === 'down' || state === 'restart') for (const link of this.#links) link.reset();
    this.#api.state = state === 'restart' ? 'up' : state;
  }

  /** Its disk is put back, and it starts: whoever holds what is no more is not judged until it begins anew. */
  #restore(back: number): void {
    this.#apiBecomes('restart');
    if (back === 0) return;
    const last = Math.max(this.#server.oldest, this.#server.last - back);
    this.#tell();
    this.#book.restored(last);
    this.#server.restore(last);
    this.#api.history += 1;
    this.#told = last;
    this.#truth = this.#truthNow();
    for (const client of this.#clients) client.lose();
    this.#stats.restores++;
  }

  #who(of: number): string {
    return of < this.#clients.length ? `client-${of}` : HUB;
  }

  #replica(hub: number): Replica {
    const found = this.#replicas[hub % REPLICAS];
    if (found === undefined) throw new Error('no replica');
    return found;
  }

  #client(client: number): SidecarClient {
    const found = this.#clients[client % this.#clients.length];
    if (found === undefined) throw new Error('no client');
    return found;
  }

  async #settle(): Promise<void> {
    this.#tell();
    await flush();
    for (const client of this.#clients) client.tick();
    this.#look();
  }

  #look(): void {
    if (this.#wrong !== undefined) throw new Error(this.#wrong);
  }

  #truthNow(): Truth {
    const first = this.#server.entry(0);
    const truth = new Truth(
      BigInt(first.resourceVersion),
      [...first.store.values()].map((object) => this.#book.was(object)),
    );
    for (let index = 1; index <= this.#told; index++) this.#happened(truth, index);
    return truth;
  }

  #tell(): void {
    while (this.#told < this.#server.last) this.#happened(this.#truth, ++this.#told);
  }

  #happened(truth: Truth, index: number): void {
    const { key, resourceVersion, store } = this.#server.entry(index);
    const object = key === undefined ? undefined : store.get(key);
    truth.happened({
      resourceVersion: BigInt(resourceVersion),
      key,
      is: object && this.#book.was(object),
    });
  }

  /** All is well again: each client has to come to where the server is, and no hub may be in what never was. */
  async #converge(): Promise<void> {
    this.#api.state = 'up';
    for (const replica of this.#replicas) {
      replica.start();
      replica.goOn();
      replica.ill = undefined;
      this.#link(replica, 'up');
    }
    for (const who of [HUB, ...this.#clients.map(({ name }) => name)]) this.#api.allow(who, 'all');
    for (const client of this.#clients) client.isAsleep = false;
    await this.#pass(1000, true);
    if (this.#api.history > 0) await this.#pass(COMPARED_MS, true);
    for (const client of this.#clients) if (client.isLost) client.forget();
    for (const [at, client] of this.#clients.entries()) {
      // A hub that has an old state still may send it back to where it was, some times.
      for (let round = 0; round < FEW_ROUNDS || (round < MOST_ROUNDS && !isThere(client)); round++) {
        client.connect(this.#replica(at));
        for (const { own } of this.#replicas) own.bookmark();
        await this.#pass(1000, true);
        await this.#settle();
        // The last bookmark comes with the next mark, ten seconds at most.
        if (round >= FEW_ROUNDS - 1) await this.#pass(15_000, true);
      }
      const wrong = client.converged();
      if (wrong !== undefined) throw new Error(`${client.name} at the end: ${wrong}`);
    }
    for (const [at, { feed }] of this.#replicas.entries())
      if (feed !== undefined && feed.state !== 'watching')
        throw new Error(`I14: the feed of hub ${at} is ${feed.state}, while nothing is in its way`);
    for (const client of this.#clients) await this.#returnTo(client);
  }

  /** I15: hubs that come back reach back to a client that was there before. */
  async #returnTo(client: SidecarClient): Promise<void> {
    client.disconnect();
    for (const replica of this.#replicas) replica.kill();
    await this.#pass(RESTED_MS, true);
    const at = this.#server.before(BigInt(client.at ?? 0));
    for (const part of ['labels', 'cordoned'] as const)
      happen(this.#server, { do: 'change', node: 0, part, value: at % LABEL_VARIANTS, odd: false });
    await this.#settle();
    for (const replica of this.#replicas) replica.start();
    if (!client.isForMemory || !this.#isReadable(at)) return;
    client.connect(this.#replica(0));
    await this.#pass(1000, true);
    await this.#settle();
    if (!client.isWatchingHub) throw new Error(`I15: a hub that was started again sends ${client.name} away`);
  }

  /** A feed can begin there. */
  #isReadable(from: number): boolean {
    if (from < this.#server.oldest || !this.#reachesBack) return false;
    for (let at = from + 1; at <= this.#server.last; at++) if (this.#server.entry(at).isOdd) return false;
    return true;
  }
}

const isThere = (client: SidecarClient): boolean => client.converged() === undefined;

/** Whatever was set off is done. */
async function flush(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
