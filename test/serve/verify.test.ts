/** The consistency check end to end (R22): real streams, real LISTs, a simulator that can be made to lose a change. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { SimulatorOptions, SimulatorRequest } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually, startApiServer, type ApiResponse } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame } from '../support/encode.ts';
import { FakeTime } from '../support/fake-time.ts';
import { node } from '../support/sieving.ts';
import { runReady, type Running, type Scrape } from './harness.ts';
import { inTurn } from '../support/property-runs.ts';

const INTERVAL = ['--verify-interval', '1s'];
/** Longer than an interval with its jitter, and shorter than two of them. */
const ONE_ROUND_MS = 1150;
const NODES = 5;
const [FIRST, SECOND] = ['node-0000', 'node-0001'];

async function scene(t: TestContext, options: Partial<SimulatorOptions> = {}, argv: readonly string[] = []) {
  const time = new FakeTime();
  const requests: SimulatorRequest[] = [];
  const simulator = await simulate(t, {
    nodes: NODES,
    onRequest: (request) => void requests.push(request),
    ...options,
  });
  const proxy = await runReady(
    t,
    { url: simulator.url, caPem: CA_PEM, token: 'of-the-kubeconfig' },
    { argv: [...INTERVAL, ...argv], startTimer: time.startTimer },
  );
  const lists = () => requests.filter(({ target }) => target.startsWith('/api/v1/nodes?limit='));
  /** Lets one interval pass, and waits for what came of it. */
  const verify = async (streams = 1): Promise<Scrape> => {
    const before = verifications(await proxy.scrape());
    time.pass(ONE_ROUND_MS);
    return until(proxy, (scrape) => verifications(scrape) === before + streams);
  };
  return { time, simulator, cluster: simulator.cluster, proxy, requests, lists, verify };
}

function verifications(scrape: Scrape, result?: string): number {
  return scrape.sum('watchsieve_verifications_total', result === undefined ? {} : { result });
}

async function until(proxy: Running, holds: (scrape: Scrape) => boolean): Promise<Scrape> {
  for (let tries = 0; tries < 500; tries++) {
    const scrape = await proxy.scrape();
    if (holds(scrape)) return scrape;
  }
  return assert.fail('not so after 500 scrapes');
}

/** Once these have arrived, everything before them has been read. */
async function receivedAll(proxy: Running, events: number): Promise<void> {
  await until(proxy, (scrape) => scrape.sum('watchsieve_events_received_total') >= events);
}

const WATCH_LIST = 'resourceVersion=0&allowWatchBookmarks=true';
/** The initial events and the bookmark behind them. */
const INITIAL = NODES + 1;

for (const encoding of inTurn(['json', 'protobuf'] as const, 1))
  describe(`a stream under --verify-interval, ${encoding}`, () => {
    test('R22: matches round after round, under heartbeats, changes, arrivals and departures', async (t) => {
      const { cluster, proxy, verify, lists } = await scene(t);
      const watch = await proxy.watch(WATCH_LIST, encoding);
      await watch.take(INITIAL);
      let events = INITIAL;
      for (let round = 0; round < 4; round++) {
        for (const name of cluster.nodeNames()) cluster.heartbeat(name);
        events += cluster.nodeNames().length;
        await receivedAll(proxy, events);
        // The newest event was swallowed, and the client's own resourceVersion is behind it.
        await verify();
        cluster.setLabel(FIRST, 'round', String(round));
        cluster.addNode(`new-${round}`);
        cluster.cordon(SECOND, round % 2 === 0);
        if (round > 0) cluster.deleteNode(`new-${round - 1}`);
        events += round > 0 ? 4 : 3;
        await receivedAll(proxy, events);
        await verify();
      }
      const scrape = await proxy.scrape();
      assert.equal(verifications(scrape, 'match'), 8);
      assert.equal(verifications(scrape), 8);
      assert.equal(scrape.sum('watchsieve_verified_objects_total', { result: 'not_held' }), 0);
      assert.ok(scrape.sum('watchsieve_verified_objects_total', { result: 'match' }) >= 8 * NODES);
      assert.ok(scrape.sum('watchsieve_events_total', { verdict: 'swallowed' }) >= 4 * NODES);
      // The question whether upstream is there, the watch, and the lists: all are counted.
      assert.equal(lists().length, 8);
      assert.equal(scrape.sum('watchsieve_upstream_requests_total', { code: '200' }), 10);
      assert.equal(proxy.log.filter((line) => line.includes('"level":"warn"')).length, 0);
    });

    test('R22: a change that upstream lost is found; from then on the stream forwards everything', async (t) => {
      const { cluster, simulator, proxy, verify } = await scene(t);
      const watch = await proxy.watch(WATCH_LIST, encoding);
      await watch.take(INITIAL);
      simulator.watches()[0]?.loseNext();
      cluster.setLabel(FIRST, 'planted', 'secret-value');
      cluster.heartbeat(SECOND);
      await receivedAll(proxy, INITIAL + 1);
      const scrape = await verify();
      assert.equal(verifications(scrape, 'mismatch'), 1);
      assert.equal(scrape.sum('watchsieve_verified_objects_total', { result: 'mismatch' }), 1);
      assert.equal(scrape.sum('watchsieve_verified_objects_total', { result: 'match' }), NODES - 1);

      const message = 'baseline does not match upstream, forwarding everything on this stream';
      const [line, ...others] = proxy.logged(message);
      assert.deepEqual(others, []);
      assert.deepEqual([line?.level, line?.['objects']], ['warn', [FIRST]]);
      assert.equal(line?.['resourceVersion'], String(cluster.resourceVersion));
      assert.ok(!proxy.log.join('').includes('secret-value'), 'a label is in the log (R26)');

      // The heartbeat brings the client what it has missed.
      cluster.heartbeat(FIRST);
      cluster.heartbeat(FIRST);
      const frames = await watch.take(2);
      for (const frame of frames) assert.ok(frame.includes('secret-value'));
      const after = await proxy.scrape();
      assert.equal(after.sum('watchsieve_events_total', { verdict: 'forwarded', reason: 'mismatch' }), 2);
      assert.equal(
        after.sum('watchsieve_events_received_total'),
        after.sum('watchsieve_events_total', { verdict: 'forwarded' }) +
          after.sum('watchsieve_events_total', { verdict: 'swallowed' }),
      );
      const streams = JSON.parse((await proxy.admin('/debug/streams')).body.toString()) as unknown;
      assert.ok(Array.isArray(streams));
      assert.deepEqual(
        streams.map(({ mismatch, objects }: { mismatch: boolean; objects: number }) => [mismatch, objects]),
        [[true, 0]],
      );
    });

    test('R22: a departure that upstream lost is found, and no snapshot of such a stream is left', async (t) => {
      const { cluster, simulator, proxy, verify } = await scene(t);
      const watch = await proxy.watch(WATCH_LIST, encoding);
      await watch.take(INITIAL);
      const upstream = simulator.watches()[0] ?? assert.fail('no watch upstream');
      upstream.loseNext();
      cluster.deleteNode(FIRST);
      cluster.setLabel(SECOND, 'zone', 'a');
      await watch.take(1);
      assert.equal(verifications(await verify(), 'mismatch'), 1);
      upstream.end();
      await watch.takeAll();
      // At the resourceVersion that the client was left with: were there a snapshot, nothing would pass.
      const again = await proxy.watch(`resourceVersion=${cluster.resourceVersion}`, encoding);
      cluster.heartbeat(SECOND);
      await again.take(1);
      const scrape = await proxy.scrape();
      assert.equal(scrape.sum('watchsieve_events_total', { reason: 'first_seen' }), 1);
      assert.equal(scrape.sum('watchsieve_baselines_adopted_total', { source: 'cold' }), 1);
    });

    test('R22, R21: what would have been swallowed is checked too, where all is forwarded', async (t) => {
      const { cluster, simulator, proxy, verify } = await scene(t, {}, ['--mode', 'observe']);
      const watch = await proxy.watch(WATCH_LIST, encoding);
      await watch.take(INITIAL);
      cluster.heartbeat(FIRST);
      await watch.take(1);
      assert.equal(verifications(await verify(), 'match'), 1);
      simulator.watches()[0]?.loseNext();
      cluster.setLabel(FIRST, 'zone', 'a');
      cluster.heartbeat(SECOND);
      await watch.take(1);
      assert.equal(verifications(await verify(), 'mismatch'), 1);
      cluster.heartbeat(SECOND);
      await watch.take(1);
      const scrape = await proxy.scrape();
      assert.equal(scrape.sum('watchsieve_events_total', { verdict: 'would_swallow' }), 2);
      assert.equal(scrape.sum('watchsieve_events_total', { reason: 'mismatch' }), 1);
    });
  });

test('R22, I7: the LIST has the selectors, the encoding and the credentials of the watch, and no others', async (t) => {
  const { cluster, proxy, requests, verify } = await scene(t, { token: 'of-the-client' });
  const query = 'resourceVersion=0&allowWatchBookmarks=true&labelSelector=zone%3Da';
  const encodings: readonly Encoding[] = ['json', 'protobuf'];
  const accepted = { json: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf' };
  cluster.setLabel(FIRST, 'zone', 'a');
  const version = cluster.resourceVersion;
  for (const encoding of encodings) {
    await proxy.watch(query, encoding, { authorization: 'Bearer of-the-client' });
  }
  // One ADDED and one BOOKMARK each.
  await receivedAll(proxy, 4);
  const scrape = await verify(2);
  assert.equal(verifications(scrape, 'match'), 2);
  assert.equal(scrape.sum('watchsieve_verified_objects_total'), 2);
  const lists = requests.filter(({ target }) => target.includes('resourceVersionMatch'));
  assert.deepEqual(
    lists.map(({ target }) => target),
    encodings.map(
      () =>
        `/api/v1/nodes?labelSelector=zone%3Da&limit=500&resourceVersion=${version}&resourceVersionMatch=Exact`,
    ),
  );
  // Which of the two has its turn first is chance: that is what the jitter is for.
  const sent = lists.map(({ headers }) => [
    headers.authorization,
    headers.accept,
    headers['accept-encoding'],
  ]);
  assert.deepEqual(
    sent.sort(),
    encodings.map((encoding) => ['Bearer of-the-client', accepted[encoding], 'identity']),
  );
  assert.ok(!proxy.log.join('').includes('of-the-client'), 'a token is in the log (R26)');
});

describe('a check that says nothing leaves the stream as it is (R22)', () => {
  test('without the right to LIST, and again with it', async (t) => {
    let allowed = false;
    const { cluster, proxy, verify } = await scene(t, { mayList: () => allowed });
    const watch = await proxy.watch(WATCH_LIST);
    await watch.take(INITIAL);
    assert.equal(verifications(await verify(), 'skipped_forbidden'), 1);
    cluster.heartbeat(FIRST);
    await receivedAll(proxy, INITIAL + 1);
    assert.equal((await proxy.scrape()).sum('watchsieve_events_total', { verdict: 'swallowed' }), 1);
    allowed = true;
    assert.equal(verifications(await verify(), 'match'), 1);
  });

  test('where the state that was read is compacted', async (t) => {
    const { cluster, simulator, proxy, verify } = await scene(t, { historyEvents: 2 });
    const watch = await proxy.watch(WATCH_LIST);
    await watch.take(INITIAL);
    simulator.watches()[0]?.stall();
    for (let beats = 0; beats < 3; beats++) cluster.heartbeat(FIRST);
    assert.equal(verifications(await verify(), 'skipped_gone'), 1);
  });

  test('before the initial events are over', async (t) => {
    await using api = await startApiServer({
      handler: (req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        if (req.url === '/version') res.end('{}');
        else res.write(jsonFrame('ADDED', node()));
      },
    });
    const time = new FakeTime();
    const proxy = await proxyOf(t, api.port, time);
    const watch = await proxy.watch('sendInitialEvents=true&allowWatchBookmarks=true&resourceVersion=0');
    await watch.take(1);
    time.pass(ONE_ROUND_MS);
    assert.equal(verifications(await proxy.scrape(), 'skipped_no_baseline'), 1);
  });
});

interface Unanswered {
  readonly proxy: Running;
  readonly time: FakeTime;
  readonly watchUpstream: ApiResponse;
  /** Whether the LIST was aborted. */
  readonly listIsAborted: () => boolean;
}

/** A stream whose LIST is under way, and never answered. */
async function withListUnderWay(t: TestContext, body: (given: Unanswered) => Promise<void>): Promise<void> {
  const watches: ApiResponse[] = [];
  let lists = 0;
  let aborted = 0;
  await using api = await startApiServer({
    handler: (req, res) => {
      if (req.url.includes('resourceVersionMatch=Exact')) {
        lists++;
        res.once('close', () => aborted++);
        return;
      }
      res.writeHead(200, { 'content-type': 'application/json' });
      if (req.url === '/version') {
        res.end('{}');
        return;
      }
      watches.push(res);
      res.write(jsonFrame('ADDED', node()));
    },
  });
  const time = new FakeTime();
  const proxy = await proxyOf(t, api.port, time);
  const watch = await proxy.watch('resourceVersion=1');
  await watch.take(1);
  time.pass(ONE_ROUND_MS);
  await eventually(() => lists === 1, 'the list was asked for');
  const watchUpstream = watches[0] ?? assert.fail('no watch upstream');
  await body({ proxy, time, watchUpstream, listIsAborted: () => aborted === 1 });
  assert.equal(lists, 1);
  assert.equal(time.running, 0, 'a timer is left');
}

function proxyOf(t: TestContext, port: number, time: FakeTime): Promise<Running> {
  const backend = { url: `https://127.0.0.1:${port}`, caPem: LOOPBACK.ca };
  return runReady(t, backend, { argv: INTERVAL, startTimer: time.startTimer });
}

test('R22, R10: a stream that ends takes its LIST with it', (t) =>
  withListUnderWay(t, async ({ proxy, time, watchUpstream, listIsAborted }) => {
    watchUpstream.end();
    await eventually(listIsAborted, 'the list is aborted');
    assert.equal(verifications(await proxy.scrape(), 'skipped_ended'), 1);
    time.pass(10 * ONE_ROUND_MS);
  }));

test('R22, R31: so does a drain', (t) =>
  withListUnderWay(t, async ({ proxy, listIsAborted }) => {
    const drained = proxy.app.drain();
    await eventually(listIsAborted, 'the list is aborted');
    await drained;
    assert.equal(verifications(await proxy.scrape(), 'skipped_ended'), 1);
  }));

test('R22: turned off, as it is by default, nobody asks for anything and no timer runs for it', async (t) => {
  const time = new FakeTime();
  const simulator = await simulate(t);
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM }, { startTimer: time.startTimer });
  const watch = await proxy.watch('resourceVersion=0&allowWatchBookmarks=true');
  await watch.take(4);
  // Only the stream's own deadline.
  assert.equal(time.running, 1);
  time.pass(60_000);
  assert.equal(simulator.counters.requests.get('LIST /api/v1/nodes'), undefined);
});
