/** What a client receives of a simulated cluster, against a direct watch of the same cluster (I2, I3, R14, R20, R21). */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { CODECS } from '../../src/core/codec/codecs.ts';
import { NODES as RESOURCE } from '../../src/core/resource/node.ts';
import { withAnnotations } from '../../src/lab/simulator/node-changes.ts';
import type { Cluster } from '../../src/lab/simulator/cluster.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { NodeObject } from '../../src/lab/simulator/node-object.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { ManualTimers } from '../lab/simulator/manual-timers.ts';
import { runReady, watchAt, type Running } from './harness.ts';

const NODES = ['node-0000', 'node-0001', 'node-0002'] as const;
const [FIRST, SECOND, THIRD] = NODES;

/** One thing that happens, which is one event. */
interface Step {
  readonly what: string;
  readonly act: (cluster: Cluster, timers: ManualTimers) => void;
}

const heartbeat = (node: string): Step => ({
  what: 'heartbeat',
  act: (cluster, timers) => {
    // Or the heartbeat would carry the same times as the last one.
    timers.advance(1000);
    cluster.heartbeat(node);
  },
});
const label = (node: string, value: string): Step => ({
  what: 'label',
  act: (cluster) => cluster.setLabel(node, 'zone', value),
});
const network = (node: string, status: string): Step => ({
  what: `network ${status}`,
  act: (cluster) => cluster.setCondition(node, 'NetworkUnavailable', status),
});
const cordon = (node: string): Step => ({ what: 'cordon', act: (cluster) => cluster.cordon(node, true) });
const address = (node: string, type: string, value: string): Step => ({
  what: type,
  act: (cluster) => cluster.update(node, (object) => withAddress(object, type, value)),
});
const annotation = (node: string): Step => ({
  what: 'annotation',
  act: (cluster) => cluster.update(node, (object) => withAnnotations(object, { note: '{"labels":{}}' })),
});
const bookmark: Step = { what: 'bookmark', act: (_cluster, timers) => timers.advance(60_000) };
const added: Step = { what: 'added', act: (cluster) => cluster.addNode('node-new') };
const deleted: Step = { what: 'deleted', act: (cluster) => cluster.deleteNode('node-new') };

function withAddress(node: NodeObject, type: string, value: string): NodeObject {
  const others = (node.status.addresses ?? []).filter((known) => known.type !== type);
  return { ...node, status: { ...node.status, addresses: [...others, { type, address: value }] } };
}

interface Scene {
  readonly simulator: Simulator;
  readonly timers: ManualTimers;
  readonly proxy: Running;
}

async function scene(t: TestContext, argv: readonly string[] = []): Promise<Scene> {
  const timers = new ManualTimers();
  const simulator = await simulate(t, { timers });
  return { simulator, timers, proxy: await runReady(t, { url: simulator.url, caPem: CA_PEM }, { argv }) };
}

/** Watches directly and through the proxy while the steps happen; returns all frames of both up to the end. */
async function watchBoth(
  t: TestContext,
  { simulator, timers, proxy }: Scene,
  { query, encoding, steps }: { query: string; encoding: Encoding; steps: readonly Step[] },
): Promise<{ direct: Buffer[]; proxied: Buffer[]; last: string }> {
  const watches = await Promise.all([
    watchAt(t, { url: simulator.url, caPem: CA_PEM }, query, encoding),
    proxy.watch(query, encoding),
  ]);
  const upstream = simulator.watches();
  const initial = upstream.at(0)?.framesWritten ?? 0;
  for (const [at, { act, what }] of steps.entries()) {
    act(simulator.cluster, timers);
    // The simulator skips bookmarks, and ends without the rest, where a connection has not taken everything yet.
    const isWritten = (): boolean => upstream.every((watch) => watch.framesWritten === initial + at + 1);
    await eventually(isWritten, `${what} was written to both watches`);
  }
  for (const watch of upstream) watch.end();
  const [direct, proxied] = await Promise.all(watches.map((watch) => watch.takeAll()));
  assert.ok(direct !== undefined && proxied !== undefined);
  return { direct, proxied, last: String(simulator.cluster.resourceVersion) };
}

/** The frames left when those of some steps are taken out; the steps' frames are the last ones. */
function without(
  direct: readonly Buffer[],
  steps: readonly Step[],
  isSwallowed: (at: number) => boolean,
): Buffer[] {
  const before = direct.length - steps.length;
  return direct.filter((_frame, at) => at < before || !isSwallowed(at - before));
}

const LIFE: readonly Step[] = [
  ...NODES.map(heartbeat),
  label(FIRST, 'a'),
  heartbeat(FIRST),
  network(SECOND, 'True'),
  heartbeat(SECOND),
  bookmark,
  cordon(THIRD),
  heartbeat(THIRD),
  added,
  address(FIRST, 'InternalIP', '10.9.9.9'),
  heartbeat(FIRST),
  deleted,
  network(SECOND, 'False'),
  label(FIRST, 'b'),
  label(FIRST, 'a'),
  ...NODES.map(heartbeat),
  bookmark,
];

/** How clients ask; `passing` counts the heartbeats at the start that this client must be sent all the same. */
const CLIENTS = [
  {
    name: 'list and watch (the first MODIFIED of each object passes)',
    query: (rv: number) => `resourceVersion=${rv}&allowWatchBookmarks=1`,
    passing: NODES.length,
    initial: 0,
  },
  {
    name: 'watch-list',
    query: () => 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    passing: 0,
    initial: NODES.length + 1,
  },
  {
    name: 'resourceVersion=0, made a watch-list by the server',
    query: () => 'resourceVersion=0&allowWatchBookmarks=true',
    passing: 0,
    initial: NODES.length + 1,
  },
  {
    name: 'resourceVersion=0 without bookmarks (the initial events end with the first MODIFIED, which passes)',
    query: () => 'resourceVersion=0',
    passing: 1,
    initial: NODES.length,
  },
];

describe('filter mode, preset metallb', () => {
  for (const { name, query, passing, initial } of CLIENTS)
    for (const encoding of ['json', 'protobuf'] as const)
      test(`${encoding}, ${name}: heartbeats are swallowed, all else arrives byte for byte (I2, I3, R14, R20)`, async (t) => {
        const stage = await scene(t);
        const asked = query(stage.simulator.cluster.resourceVersion);
        const steps = asked.includes('Bookmarks') ? LIFE : LIFE.filter((step) => step !== bookmark);
        const { direct, proxied } = await watchBoth(t, stage, { query: asked, encoding, steps });
        assert.equal(direct.length, initial + steps.length);
        const expected = without(direct, steps, (at) => at >= passing && steps[at]?.what === 'heartbeat');
        // Who asked for no bookmarks is sent the held frame before the end (R18); here it is the last one.
        const held = steps.at(-1)?.what === 'heartbeat' ? direct.slice(-1) : [];
        assert.deepEqual(proxied, [...expected, ...held]);

        const scrape = await stage.proxy.scrape();
        const heartbeats = steps.filter(({ what }) => what === 'heartbeat').length;
        const swallowed = { verdict: 'swallowed', reason: 'unchanged', type: 'MODIFIED' };
        assert.equal(scrape.sum('watchsieve_events_total', swallowed), heartbeats - passing);
        assert.equal(scrape.sum('watchsieve_events_received_total'), direct.length);
        assert.equal(scrape.sum('watchsieve_event_bytes_received_total'), Buffer.concat(direct).length);
        assert.equal(
          scrape.sum('watchsieve_event_bytes_total', { verdict: 'forwarded' }),
          Buffer.concat(expected).length,
        );
        assert.equal(scrape.sum('watchsieve_held_frames_released_total'), held.length);
        assert.equal(scrape.sum('watchsieve_bookmarks_synthesized_total'), 0);
        const [ended] = stage.proxy.logged('stream ended');
        assert.equal(ended?.cause, 'upstream_end');
        assert.equal(ended['swallowed'], heartbeats - passing);
        assert.equal(ended['events'], direct.length);
      });
});

test('observe mode swallows nothing and counts what it would have, in both encodings (R21)', async (t) => {
  for (const encoding of ['json', 'protobuf'] as const) {
    const stage = await scene(t, ['--mode', 'observe']);
    const query = 'resourceVersion=0&allowWatchBookmarks=1';
    const { direct, proxied } = await watchBoth(t, stage, { query, encoding, steps: LIFE });
    assert.deepEqual(proxied, direct);
    const scrape = await stage.proxy.scrape();
    const heartbeats = LIFE.filter(({ what }) => what === 'heartbeat').length;
    const wouldBe = { type: 'MODIFIED', reason: 'unchanged', verdict: 'would_swallow' };
    assert.equal(scrape.sum('watchsieve_events_total', wouldBe), heartbeats);
    assert.equal(scrape.sum('watchsieve_events_total', { verdict: 'swallowed' }), 0);
    assert.equal(scrape.sum('watchsieve_event_bytes_total', { verdict: 'swallowed' }), 0);
  }
});

/** Each kind of change, and a heartbeat after it. The order matters for the conditions: False → Unknown is no "True". */
const CHANGES: readonly Step[] = [
  heartbeat(FIRST),
  label(FIRST, 'x'),
  network(FIRST, 'Unknown'),
  network(FIRST, 'True'),
  cordon(FIRST),
  address(FIRST, 'InternalIP', '10.8.8.8'),
  address(FIRST, 'Hostname', 'renamed'),
  annotation(FIRST),
  heartbeat(FIRST),
];

const PRESETS = {
  metallb: ['label', 'network Unknown', 'network True', 'cordon', 'InternalIP'],
  'metallb-upstream': ['label', 'network True'],
  labels: ['label'],
  heartbeat: ['label', 'network Unknown', 'network True', 'cordon', 'InternalIP', 'Hostname', 'annotation'],
};

describe('presets (R14)', () => {
  for (const [preset, passing] of Object.entries(PRESETS))
    test(`${preset} forwards ${passing.join(', ')} and swallows the rest, in both encodings`, async (t) => {
      for (const encoding of ['json', 'protobuf'] as const) {
        const stage = await scene(t, ['--preset', preset]);
        const query = 'resourceVersion=0&allowWatchBookmarks=1';
        const { direct, proxied, last } = await watchBoth(t, stage, { query, encoding, steps: CHANGES });
        assert.equal(direct.length, NODES.length + 1 + CHANGES.length);
        const names = CHANGES.map(({ what }) => what).filter((_what, at) =>
          proxied.some((frame) => frame.equals(direct[NODES.length + 1 + at] ?? Buffer.alloc(0))),
        );
        assert.deepEqual(names, passing);
        const expected = without(direct, CHANGES, (at) => !passing.includes(CHANGES[at]?.what ?? ''));
        // The last step was swallowed: its resourceVersion comes as a bookmark before the end (R17).
        assert.deepEqual(proxied, [...expected, CODECS[encoding].bookmark(RESOURCE, last)]);
      }
    });
});
