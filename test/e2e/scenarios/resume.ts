/**
 * Many short watches in a row, each from where the last one ended, under heartbeats and changes (R16 to
 * R18): a client that asks for bookmarks gets no event twice and none that changes nothing for it; one
 * that does not ask gets at most the held frame of each stream. No resourceVersion it was given is Gone.
 */

import assert from 'node:assert/strict';

import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { ApiClient } from '../api-client.ts';
import { projectionOf } from '../informer.ts';
import type { Endpoint } from '../api-client.ts';
import type { Change } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { RawWatch } from '../raw-watch.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const STREAMS = 10;
const STREAM_SECONDS = 2;
/** Of the load: longer than all streams together, with what opening them takes. */
const SECONDS = STREAMS * STREAM_SECONDS + 10;
const BOOKMARK_INTERVAL = '1s';
/** Of the label that the load changes. */
const LABEL_PATH = 'metadata.labels["e2e.watchsieve.dev/label"]';
/** Streams that are cut instead. */
const CUTS = 5;

export const resumeScenario: Scenario = {
  title: 'short watches in a row',
  run: (rig) =>
    withProxy(rig, (proxy) => run(rig, proxy), { args: [`--bookmark-interval=${BOOKMARK_INTERVAL}`] }),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const endpoint = proxy.endpoint('watcher');
  const bookmarked = await Client.list(endpoint, true);
  const plain = await Client.list(endpoint, false);
  const load = rig.nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
  await Promise.all([
    times(STREAMS, () => bookmarked.watchToTheEnd(STREAM_SECONDS)),
    times(STREAMS, () => plain.watchToTheEnd(STREAM_SECONDS)),
  ]);
  const { changes, heartbeats } = await load;
  const last = await rig.nodes.mark();
  const all = [...changes, last];
  rig.report.note(`${heartbeats} heartbeats, ${all.length} real changes`);
  for (const client of [bookmarked, plain]) {
    // Whatever came after its last stream.
    await client.watchUntil(last);
    await judge(rig, client, all);
  }
  await explainsChange(rig, proxy, last);
  await rig.report.check('with bookmarks no stream has a MODIFIED that changes nothing (R16, R17)', () => {
    assert.deepEqual(
      bookmarked.noise,
      bookmarked.noise.map(() => 0),
    );
  });
  await rig.report.check('without bookmarks each stream has at most one, the held frame (R18)', () => {
    assert.ok(Math.max(...plain.noise) <= 1, plain.noise.join(' '));
  });
  await rig.report.check('without having asked, no client gets a bookmark (R17)', () => {
    assert.equal(plain.bookmarks, 0);
  });
  await cutAfterBookmarks(rig, endpoint);
  await judgeMetrics(rig, proxy);
}

async function judge({ report, nodes }: Rig, client: Client, changes: readonly Change[]): Promise<void> {
  const { what } = client;
  report.note(
    `${what}: MODIFIED that change nothing, by stream: ${client.noise.join(' ')}; ${client.bookmarks} bookmarks`,
  );
  await report.check(`${what}: every change arrives, and no stream is refused as Gone (I2)`, () => {
    assert.deepEqual(client.errors, []);
    assert.deepEqual(
      changes.filter(({ resourceVersion }) => !client.seen.has(resourceVersion)),
      [],
    );
  });
  await report.check(`${what}: ends with the state the API server has (I5)`, async () => {
    assert.deepEqual(client.held, await nodes.projections());
  });
}

/**
 * Without real changes: one that is forwarded while the connection is being cut is lost on the way, and
 * whoever comes back without it rightly finds no snapshot.
 */
async function cutAfterBookmarks(rig: Rig, endpoint: Endpoint): Promise<void> {
  const client = await Client.list(endpoint, true);
  const seconds = CUTS * 2;
  const load = rig.nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds, change: 'none' });
  await times(CUTS, () => client.watchToTheFirstBookmark());
  await load;
  await client.watchToTheEnd(1);
  await rig.report.check(
    'cut after a synthesised bookmark and resumed from it: no 410, no MODIFIED at all (R17)',
    () => {
      assert.deepEqual(client.errors, []);
      assert.ok(client.bookmarks >= CUTS, `${client.bookmarks} bookmarks`);
      assert.equal(client.events, 0);
    },
  );
}

async function judgeMetrics(rig: Rig, proxy: Proxy): Promise<void> {
  const scrape = await proxy.scrape();
  const of = (source: string) => scrape.sum('watchsieve_baselines_adopted_total', { source });
  const sources = ['list', 'snapshot', 'cold'].map((source) => `${of(source)} ${source}`).join(', ');
  const bookmarks = scrape.sum('watchsieve_bookmarks_synthesized_total');
  const held = scrape.sum('watchsieve_held_frames_released_total');
  rig.report.note(`baselines: ${sources}; ${bookmarks} bookmarks synthesised, ${held} held frames released`);
  await rig.report.check('bookmarks and held frames were really ours, and the sum rule holds (R28)', () => {
    assert.ok(bookmarks >= STREAMS && held > 0);
    scrape.assertSumRule();
  });
}

async function explainsChange({ report }: Rig, proxy: Proxy, change: Change): Promise<void> {
  await report.check(
    '/debug/explain names the label that was changed last, and not its value (R29, R26)',
    async () => {
      const explained = await proxy.explain(change.node);
      const paths = listAt(explained, 'streams')
        .flatMap((stream) => listAt(stream, 'decisions'))
        .filter((decision) => textAt(decision, 'resourceVersion') === change.resourceVersion)
        .map((decision) => listAt(decision, 'paths').map((path) => textAt(path, 'path')));
      // One stream of each client has seen it.
      assert.deepEqual(paths, [[LABEL_PATH], [LABEL_PATH]]);
      assert.ok(!JSON.stringify(explained).includes(change.what.replace('label=', '')));
    },
  );
}

/** A client that lists once and then only watches, always from the last resourceVersion it was given. */
class Client {
  readonly what: string;
  /** Node to projection, as this client holds it. */
  readonly held: Map<string, string>;
  readonly seen = new Set<string>();
  readonly errors: unknown[] = [];
  /** By stream: how many MODIFIED left the projection of their Node as it was. */
  readonly noise: number[] = [];
  bookmarks = 0;
  /** All but bookmarks and errors. */
  events = 0;
  readonly #endpoint: Endpoint;
  readonly #asksForBookmarks: boolean;
  #resourceVersion: string;

  private constructor(endpoint: Endpoint, asksForBookmarks: boolean, list: unknown) {
    this.#endpoint = endpoint;
    this.#asksForBookmarks = asksForBookmarks;
    this.what = asksForBookmarks ? 'with bookmarks' : 'without bookmarks';
    this.#resourceVersion = textAt(list, 'metadata', 'resourceVersion');
    this.held = new Map(
      listAt(list, 'items').map((node) => [textAt(node, 'metadata', 'name'), projectionOf(node)]),
    );
  }

  static async list(endpoint: Endpoint, asksForBookmarks: boolean): Promise<Client> {
    const api = new ApiClient(endpoint);
    try {
      return new Client(
        endpoint,
        asksForBookmarks,
        await api.getJson('/api/v1/nodes?limit=500&resourceVersion=0'),
      );
    } finally {
      await api.close();
    }
  }

  async watchToTheEnd(seconds: number): Promise<void> {
    await this.#watch(`&timeoutSeconds=${seconds}`, (watch) => watch.ended);
  }

  /** Breaks off right after it, as a client whose connection is lost. */
  async watchToTheFirstBookmark(): Promise<void> {
    await this.#watch('', (watch) => watch.reached('"type":"BOOKMARK"'));
  }

  async watchUntil({ resourceVersion }: Change): Promise<void> {
    if (this.seen.has(resourceVersion)) return;
    await this.#watch('', (watch) => watch.reached(`"resourceVersion":"${resourceVersion}"`));
  }

  async #watch(query: string, until: (watch: RawWatch) => Promise<void>): Promise<void> {
    const bookmarks = this.#asksForBookmarks ? '&allowWatchBookmarks=true' : '';
    const path = `/api/v1/nodes?watch=true&resourceVersion=${this.#resourceVersion}${bookmarks}${query}`;
    const watch = await RawWatch.open({ endpoint: this.#endpoint, encoding: 'json', path });
    try {
      await until(watch);
    } finally {
      await watch.close();
    }
    this.noise.push(watch.frames.filter((frame) => this.#take(parseJson(frame.toString()))).length);
  }

  /** @returns whether it was a MODIFIED that changes nothing. */
  #take(event: unknown): boolean {
    const type = textAt(event, 'type');
    const object = valueAt(event, 'object');
    if (type === 'ERROR') {
      this.errors.push(object);
      return false;
    }
    this.#resourceVersion = textAt(object, 'metadata', 'resourceVersion');
    this.seen.add(this.#resourceVersion);
    if (type === 'BOOKMARK') {
      this.bookmarks += 1;
      return false;
    }
    this.events += 1;
    const name = textAt(object, 'metadata', 'name');
    const projection = projectionOf(object);
    const isNoise = type === 'MODIFIED' && this.held.get(name) === projection;
    this.held.set(name, projection);
    return isNoise;
  }
}

async function times(count: number, action: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i++) await action();
}
