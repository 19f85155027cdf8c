/** What the status page is told, before a simulated cluster, and that its figures are those of /metrics (R28, R29). */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { entriesAt, listAt, numberAt, parseJson, textAt, valueAt } from '../support/json-value.ts';
import { sampleStatus } from '../support/sample-status.ts';
import { runReady, type Running } from './harness.ts';
import { version } from '../../src/platform/version.ts';

const SECRET = 'planted-77ab01';
const WATCH = 'resourceVersion=0&allowWatchBookmarks=true';

async function scene(t: TestContext, argv: readonly string[] = []) {
  const simulator = await simulate(t);
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM }, { argv });
  const status = async (): Promise<unknown> => {
    const { status: code, body } = await proxy.admin('/debug/status');
    assert.equal(code, 200);
    assert.ok(!body.includes(SECRET), 'no value of a label is shown (R26)');
    return parseJson(body.toString());
  };
  /** Waits until so many events have come, of all watches. */
  const received = async (events: number): Promise<unknown> => {
    for (;;) {
      const now = await status();
      if (numberAt(now, 'events', 'received') >= events) return now;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { simulator, cluster: simulator.cluster, proxy, status, received };
}

async function watching(simulator: Simulator, proxy: Running, nodes: number) {
  const watches = [
    await proxy.watch(WATCH, 'json', { 'user-agent': '<b>speaker/v0.14.5</b>' }),
    await proxy.watch(WATCH, 'protobuf', { 'user-agent': 'frr-k8s/v0.0.14 (linux/amd64)' }),
  ];
  // The Nodes, and the bookmark behind them.
  for (const watch of watches) await watch.take(nodes + 1);
  assert.equal(simulator.watches().length, 2);
  return watches;
}

test('before any client: no stream, no figure, and the shape that the page is made for', async (t) => {
  const { status, proxy } = await scene(t);
  const now = await status();
  // Of what can be absent, JSON says nothing.
  assert.deepEqual(
    entriesAt(now)
      .map(([name]) => name)
      .sort(),
    Object.keys(sampleStatus()).sort(),
  );
  assert.deepEqual(
    [valueAt(now, 'streams'), valueAt(now, 'noisiest'), valueAt(now, 'changes'), valueAt(now, 'verdicts')],
    [[], null, [], []],
  );
  assert.deepEqual(
    [textAt(now, 'state'), textAt(now, 'mode'), textAt(now, 'version')],
    ['ready', 'filter', version],
  );
  assert.ok(listAt(now, 'settings').some((one) => textAt(one, 'flag') === 'admin-listen'));
  assert.match(
    (await proxy.admin('/')).body.toString(),
    /No client has a watch that is sieved through this sidecar now/,
  );
});

test('streams, noisiest Nodes and real changes are told as they are (R26, R29)', async (t) => {
  const { simulator, cluster, proxy, received } = await scene(t);
  await watching(simulator, proxy, 3);
  for (let i = 0; i < 5; i++) cluster.heartbeat('node-0001');
  cluster.heartbeat('node-0002');
  cluster.setLabel('node-0002', 'zone', SECRET);
  cluster.addNode('node-new');
  cluster.deleteNode('node-0000');
  const now = await received(2 * (4 + 9));

  assert.deepEqual(
    listAt(now, 'streams').map((stream) => [
      textAt(stream, 'client'),
      textAt(stream, 'encoding'),
      numberAt(stream, 'received'),
      numberAt(stream, 'forwarded'),
      numberAt(stream, 'swallowed'),
      numberAt(stream, 'objects'),
    ]),
    [
      ['<b>speaker/v0.14.5</b>', 'json', 13, 7, 6, 3],
      ['frr-k8s/v0.0.14 (linux/amd64)', 'protobuf', 13, 7, 6, 3],
    ],
  );
  assert.deepEqual(
    listAt(now, 'noisiest', 'objects').map((one) => [
      textAt(one, 'object'),
      numberAt(one, 'unchangedPerMinute'),
      numberAt(one, 'forwardedPerMinute'),
    ]),
    [
      ['node-0001', 5, 0],
      ['node-0000', 0, 1],
      // Its heartbeat was before its change: what is told is since the last delivery.
      ['node-0002', 0, 1],
      ['node-new', 0, 1],
    ],
  );
  assert.equal(numberAt(now, 'noisiest', 'of'), 3);
  assert.deepEqual(
    listAt(now, 'changes')
      .map((one) => [
        textAt(one, 'type'),
        textAt(one, 'object'),
        valueAt(one, 'paths'),
        valueAt(one, 'streams'),
      ])
      .sort(),
    [
      ['ADDED', 'node-new', null, [1, 2]],
      ['DELETED', 'node-0000', null, [1, 2]],
      ['MODIFIED', 'node-0002', [{ path: 'metadata.labels["zone"]', change: 'added' }], [1, 2]],
    ],
  );
  const page = (await proxy.admin('/')).body.toString();
  assert.match(page, /&lt;b&gt;speaker\/v0\.14\.5&lt;\/b&gt;/);
  assert.ok(!page.includes('<b>speaker') && !page.includes(SECRET));
});

for (const mode of ['filter', 'observe'])
  test(`its figures are those of /metrics, also on the page, mode ${mode} (R28)`, async (t) => {
    const { simulator, cluster, proxy, received } = await scene(t, ['--mode', mode]);
    await watching(simulator, proxy, 3);
    for (let i = 0; i < 40; i++) cluster.heartbeat(`node-000${i % 3}`);
    cluster.setLabel('node-0001', 'zone', SECRET);
    const now = await received(2 * (4 + 41));
    const scrape = await proxy.scrape();
    const events = (verdict: string): number => scrape.sum('watchsieve_events_total', { verdict });
    const sizes = (verdict: string): number => scrape.sum('watchsieve_event_bytes_total', { verdict });
    assert.deepEqual(valueAt(now, 'events'), {
      received: scrape.sum('watchsieve_events_received_total'),
      forwarded: events('forwarded'),
      swallowed: events('swallowed'),
      wouldSwallow: events('would_swallow'),
    });
    assert.deepEqual(valueAt(now, 'bytes'), {
      received: scrape.sum('watchsieve_event_bytes_received_total'),
      forwarded: sizes('forwarded'),
      swallowed: sizes('swallowed'),
      wouldSwallow: sizes('would_swallow'),
    });
    assert.equal(numberAt(now, 'events', mode === 'filter' ? 'swallowed' : 'wouldSwallow'), 80);
    assert.equal(numberAt(now, 'wakeUpsSpared'), mode === 'filter' ? 80 : 0);
    for (const one of listAt(now, 'verdicts')) {
      const labels = Object.fromEntries(
        ['type', 'verdict', 'reason'].map((name) => [name, textAt(one, name)]),
      );
      assert.equal(numberAt(one, 'events'), scrape.sum('watchsieve_events_total', labels));
    }
    const page = (await proxy.admin('/')).body.toString();
    assert.match(page, /of <b>90<\/b> events from upstream/);
    // 80 of 90.
    assert.match(page, /<strong>88\.8\u00a0%<\/strong>/);
  });

test('held frames that had to be sent after all are no wake-ups spared (R18)', async (t) => {
  const { simulator, cluster, proxy, received, status } = await scene(t);
  const watch = await proxy.watch('resourceVersion=0');
  await watch.take(3);
  assert.equal(simulator.watches().length, 1);
  // The first one ends the initial events, and passes.
  for (let i = 0; i < 4; i++) cluster.heartbeat('node-0001');
  await received(7);
  // A clean end makes the client current.
  simulator.watches().at(-1)?.end();
  assert.equal((await watch.takeAll()).length, 2);
  assert.deepEqual(
    [numberAt(await status(), 'events', 'swallowed'), numberAt(await status(), 'wakeUpsSpared')],
    [3, 2],
  );
});

test('a stream that has ended is gone, what it was told of is not; of the changes the newest are told', async (t) => {
  const { simulator, cluster, proxy, received, status } = await scene(t);
  const watch = await proxy.watch(WATCH);
  await watch.take(4);
  for (let i = 0; i < 20; i++) cluster.setLabel('node-0001', 'zone', `${SECRET}-${i}`);
  await received(24);
  simulator.watches().at(-1)?.end();
  await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
  const now = await status();
  assert.deepEqual([valueAt(now, 'streams'), valueAt(now, 'noisiest')], [[], null]);
  assert.equal(listAt(now, 'changes').length, 10);
});
