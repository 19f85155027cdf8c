import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { NODES as RESOURCE } from '../../src/core/resource/node.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { JsonScanner } from '../../src/core/codec/json/scanner.ts';
import { planOf } from '../../src/core/projection/presets.ts';
import { PLANNED } from '../support/projections.ts';
import { ProtobufScanner } from '../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../src/core/codec/watch-event.ts';
import { ACCEPT, CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { runReady, type Running } from './harness.ts';
import { inTurn } from '../support/property-runs.ts';

const NODES = 5;
const LIST = '/api/v1/nodes?limit=500&resourceVersion=0';

interface Seen {
  readonly type: string;
  readonly name: string;
  readonly resourceVersion: string;
}

/** An ordinary client: it knows the resourceVersion of the last thing it was sent, and resumes from there. */
class ResumingClient {
  readonly #proxy: Running;
  readonly #simulator: Simulator;
  readonly #encoding: Encoding;
  readonly #bookmarks: boolean;
  resourceVersion = '';

  constructor(proxy: Running, simulator: Simulator, encoding: Encoding, bookmarks: boolean) {
    this.#proxy = proxy;
    this.#simulator = simulator;
    this.#encoding = encoding;
    this.#bookmarks = bookmarks;
  }

  async list(): Promise<void> {
    const { status } = await this.#proxy.fetch(LIST, { headers: { accept: ACCEPT[this.#encoding] } });
    assert.equal(status, 200);
    // What the list says; the simulator answers with its newest.
    this.resourceVersion = String(this.#simulator.cluster.resourceVersion);
  }

  /** One watch from where this client is, while `act` happens, to its end by the server. */
  async watchWhile(act: () => void): Promise<Seen[]> {
    const query = `resourceVersion=${this.resourceVersion}${this.#bookmarks ? '&allowWatchBookmarks=true' : ''}`;
    const watch = await this.#proxy.watch(query, this.#encoding);
    const upstream = this.#simulator.watches().at(-1) ?? assert.fail('no watch upstream');
    const before = this.#simulator.cluster.resourceVersion;
    act();
    const events = this.#simulator.cluster.resourceVersion - before;
    await eventually(() => upstream.framesWritten >= events, 'all events were written upstream');
    upstream.end();
    const seen = (await watch.takeAll()).map((frame) => this.#read(frame));
    this.resourceVersion = seen.at(-1)?.resourceVersion ?? this.resourceVersion;
    return seen;
  }

  #read(frame: Buffer): Seen {
    const scanner =
      this.#encoding === 'json'
        ? new JsonScanner(RESOURCE, planOf('metallb'))
        : new ProtobufScanner(RESOURCE, planOf('metallb'));
    const event = new WatchEvent();
    scanner.scan(frame, 0, frame.length, event);
    return { type: event.type, name: event.key, resourceVersion: event.resourceVersion };
  }
}

async function scene(t: TestContext, argv: readonly string[] = []) {
  const simulator = await simulate(t, { nodes: NODES });
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM }, { argv });
  const names = simulator.cluster.nodes().map(({ metadata }) => metadata.name ?? '');
  const beatAll = (): void => {
    for (const name of names) simulator.cluster.heartbeat(name);
  };
  return { simulator, proxy, names, beatAll };
}

const modified = (seen: readonly Seen[]): Seen[] => seen.filter(({ type }) => type === 'MODIFIED');

for (const encoding of inTurn(['json', 'protobuf'] as const, 0))
  describe(`a client that lists, watches and resumes, ${encoding} (R16)`, () => {
    test('LIST then watch: no MODIFIED of an unchanged Node at all', async (t) => {
      const { simulator, proxy, beatAll } = await scene(t);
      const client = new ResumingClient(proxy, simulator, encoding, true);
      await client.list();
      assert.deepEqual(modified(await client.watchWhile(beatAll)), []);
      const scrape = await proxy.scrape();
      assert.equal(scrape.sum('watchsieve_baselines_adopted_total', { source: 'list' }), 1);
    });

    test('twenty watches in a row under heartbeats: 0 MODIFIED with bookmarks (R17)', async (t) => {
      const { simulator, proxy, beatAll } = await scene(t);
      const client = new ResumingClient(proxy, simulator, encoding, true);
      await client.list();
      for (let i = 0; i < 20; i++) {
        const seen = await client.watchWhile(beatAll);
        assert.deepEqual(modified(seen), [], `watch ${i}`);
        assert.equal(
          client.resourceVersion,
          String(simulator.cluster.resourceVersion),
          'progress is honest (I4)',
        );
      }
      const scrape = await proxy.scrape();
      assert.equal(scrape.sum('watchsieve_baselines_adopted_total', { source: 'cold' }), 0);
      assert.equal(scrape.sum('watchsieve_bookmarks_synthesized_total'), 20);
    });

    test('twenty watches in a row without bookmarks: no bookmark, one MODIFIED each, the held frame (R18)', async (t) => {
      const { simulator, proxy, beatAll } = await scene(t);
      const client = new ResumingClient(proxy, simulator, encoding, false);
      await client.list();
      for (let i = 0; i < 20; i++) {
        const seen = await client.watchWhile(beatAll);
        assert.deepEqual(
          seen.map(({ type }) => type),
          ['MODIFIED'],
          `watch ${i}`,
        );
        assert.equal(
          client.resourceVersion,
          String(simulator.cluster.resourceVersion),
          'progress is honest (I4)',
        );
      }
    });

    test('a change while nobody watches arrives with the next watch, and only it', async (t) => {
      const { simulator, proxy, names, beatAll } = await scene(t);
      const client = new ResumingClient(proxy, simulator, encoding, true);
      await client.list();
      await client.watchWhile(beatAll);
      const [first = ''] = names;
      simulator.cluster.setLabel(first, 'zone', 'changed');
      const seen = modified(await client.watchWhile(beatAll));
      assert.deepEqual(
        seen.map(({ name }) => name),
        [first],
      );
    });

    test('two clients of one scope: the one that resumes from before a change is sent it, though the other has it', async (t) => {
      const { simulator, proxy, names, beatAll } = await scene(t);
      const early = new ResumingClient(proxy, simulator, encoding, true);
      const late = new ResumingClient(proxy, simulator, encoding, true);
      await early.list();
      await late.list();
      const [first = ''] = names;
      const change = () => simulator.cluster.setLabel(first, 'zone', 'changed');
      assert.equal(modified(await early.watchWhile(change)).length, 1);
      assert.equal(modified(await early.watchWhile(beatAll)).length, 0);
      assert.deepEqual(
        modified(await late.watchWhile(() => undefined)).map(({ name }) => name),
        [first],
      );
    });

    test('a stream that is cut in the middle of its initial events leaves no snapshot behind (R20)', async (t) => {
      const { simulator, proxy } = await scene(t);
      const watch = await proxy.watch('resourceVersion=0', encoding);
      const frames = await watch.take(2);
      watch.abort();
      const [, second] = frames;
      assert.ok(second !== undefined);
      await eventually(() => proxy.logged('stream ended').length === 1, 'the stream ended');
      const client = new ResumingClient(proxy, simulator, encoding, true);
      client.resourceVersion = String(simulator.cluster.resourceVersion);
      await client.watchWhile(() => undefined);
      const scrape = await proxy.scrape();
      assert.equal(scrape.sum('watchsieve_baselines_adopted_total', { source: 'snapshot' }), 0);
      assert.equal(scrape.sum('watchsieve_baselines_adopted_total', { source: 'cold' }), 1);
    });
  });

test('a JSON list is no baseline for a protobuf watch: fingerprints of encodings are never compared', async (t) => {
  const { simulator, proxy, beatAll } = await scene(t);
  const json = new ResumingClient(proxy, simulator, 'json', true);
  await json.list();
  const protobuf = new ResumingClient(proxy, simulator, 'protobuf', true);
  protobuf.resourceVersion = json.resourceVersion;
  assert.equal(modified(await protobuf.watchWhile(beatAll)).length, NODES);
});

test('history that is gone takes the snapshots with it: an ERROR event clears them all', async (t) => {
  const { simulator, proxy, beatAll } = await scene(t);
  const client = new ResumingClient(proxy, simulator, 'json', true);
  await client.list();
  const gone = await proxy.watch('resourceVersion=1', 'json');
  const frames = await gone.takeAll();
  assert.match(frames.at(-1)?.toString() ?? '', /"code":410/);
  await eventually(() => proxy.logged('stream ended').length === 1, 'the stream ended');
  assert.equal(modified(await client.watchWhile(beatAll)).length, NODES);
});

test('every preset lists, watches and swallows', async (t) => {
  for (const preset of PLANNED) {
    const { simulator, proxy, beatAll } = await scene(t, ['--preset', preset]);
    const client = new ResumingClient(proxy, simulator, 'protobuf', true);
    await client.list();
    assert.deepEqual(modified(await client.watchWhile(beatAll)), [], preset);
  }
});
