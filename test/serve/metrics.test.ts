/** Every metric by name and labels, the sum rule while events flow, and each end of a stream (R9, R28, R31). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { END_CAUSES } from '../../src/serve/telemetry/end-cause.ts';
import { OBJECT_RESULTS, VERIFICATION_RESULTS } from '../../src/serve/verify/verification-metrics.ts';
import { REASONS, VERDICTS } from '../../src/core/sieve/verdict.ts';
import { EVENT_TYPES } from '../../src/core/codec/watch-event.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { CLOSED_SETS, METRICS } from '../support/metric-table.ts';
import { runReady, type Running, type Scrape } from './harness.ts';
import { inTurn } from '../support/property-runs.ts';

const backendOf = (simulator: Simulator) => ({ url: simulator.url, caPem: CA_PEM });
const WATCH_LIST = 'resourceVersion=0&allowWatchBookmarks=true';

test('the closed sets of labels are those that dashboards know (R28)', () => {
  assert.deepEqual([...EVENT_TYPES].sort(), ['ADDED', 'BOOKMARK', 'DELETED', 'ERROR', 'MODIFIED', 'other']);
  assert.deepEqual([...VERDICTS].sort(), ['forwarded', 'swallowed', 'would_swallow']);
  assert.deepEqual(
    [...REASONS].sort().join(' '),
    'added bookmark changed deleted error first_seen foreign_kind initial max_age mismatch oversize unchanged undecodable unknown_type verbatim',
  );
  assert.deepEqual(
    [...END_CAUSES].sort().join(' '),
    'client_gone deadline drain limit slow_client upstream_dead upstream_end upstream_error',
  );
  assert.deepEqual(
    [...VERIFICATION_RESULTS].sort().join(' '),
    'match mismatch skipped_doubt skipped_ended skipped_forbidden skipped_gone skipped_no_baseline ' +
      'skipped_not_understood skipped_other_version skipped_timeout skipped_upstream',
  );
  assert.deepEqual([...OBJECT_RESULTS].sort(), ['match', 'mismatch', 'not_held']);
});

test('every metric has exactly its labels, with values of closed sets alone (R28)', async (t) => {
  const simulator = await simulate(t);
  // A hub has all of them. This API server says of nobody what it may, so that nothing comes from memory.
  const backend = { ...backendOf(simulator), token: 'own' };
  const proxy = await runReady(t, backend, { argv: ['--share', 'nodes'] });
  const watch = await proxy.watch(WATCH_LIST);
  await watch.take(4);
  simulator.cluster.heartbeat('node-0000');
  simulator.cluster.setLabel('node-0000', 'zone', 'a');
  await watch.take(1);
  const scrape = await proxy.scrape();

  const ours = [...scrape.types].filter(([name]) => name.startsWith('watchsieve_'));
  assert.deepEqual(ours.map(([name]) => name).sort(), Object.keys(METRICS).sort());
  for (const [name, [type, ...labels]] of Object.entries(METRICS)) {
    assert.equal(scrape.types.get(name), type);
    const samples = type === 'histogram' ? scrape.of(`${name}_count`) : scrape.of(name);
    assert.ok(samples.length > 0, `${name} has samples`);
    for (const sample of samples)
      assert.deepEqual(Object.keys(sample.labels).sort(), [...labels].sort(), name);
  }
  for (const { labels } of scrape.samples.filter(({ name }) => name.startsWith('watchsieve_')))
    for (const [label, value] of Object.entries(labels))
      assert.ok(CLOSED_SETS[label]?.includes(value) ?? true, `${label}="${value}"`);
  const buckets = scrape.of('watchsieve_added_latency_seconds_bucket').map(({ labels }) => labels['le']);
  assert.equal(buckets[0], '0.00005');
  assert.deepEqual(buckets.slice(-2), ['1', '+Inf']);
  assert.ok(scrape.sum('process_resident_memory_bytes') > 0);

  assert.equal(scrape.sum('watchsieve_streams'), 1);
  assert.equal(scrape.sum('watchsieve_upstream_connections'), 1);
  // One write for the initial events at the least, and one for the label.
  assert.ok(scrape.sum('watchsieve_added_latency_seconds_count') >= 2);
  assert.equal(
    scrape.sum('watchsieve_added_latency_seconds_bucket', { le: '+Inf' }),
    scrape.sum('watchsieve_added_latency_seconds_count'),
  );
  // The first question whether upstream is there, and the watch.
  assert.equal(scrape.sum('watchsieve_upstream_requests_total', { code: '200' }), 2);
});

test('the counts of a known history are exact (R28)', async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, backendOf(simulator));
  const { cluster } = simulator;
  const watch = await proxy.watch(WATCH_LIST);
  await watch.take(4);
  cluster.heartbeat('node-0000');
  cluster.heartbeat('node-0000');
  cluster.setLabel('node-0001', 'zone', 'a');
  cluster.addNode('node-new');
  cluster.deleteNode('node-new');
  await watch.take(3);
  const late = await proxy.watch('resourceVersion=1');
  await late.take(1);

  const scrape = await proxy.scrape();
  const counted = scrape
    .of('watchsieve_events_total')
    .map(({ labels: { type, verdict, reason }, value }) => `${type} ${verdict} ${reason} ${value}`);
  assert.deepEqual(counted.sort(), [
    'ADDED forwarded added 1',
    'ADDED forwarded initial 3',
    'BOOKMARK forwarded bookmark 1',
    'DELETED forwarded deleted 1',
    'ERROR forwarded error 1',
    'MODIFIED forwarded changed 1',
    'MODIFIED swallowed unchanged 2',
  ]);
});

function assertSums(scrape: Scrape): void {
  const of = (verdict: string): number => scrape.sum('watchsieve_events_total', { verdict });
  const bytesOf = (verdict: string): number => scrape.sum('watchsieve_event_bytes_total', { verdict });
  const verdicts = ['forwarded', 'swallowed', 'would_swallow'];
  assert.equal(
    scrape.sum('watchsieve_events_received_total'),
    verdicts.reduce((sum, verdict) => sum + of(verdict), 0),
  );
  assert.equal(
    scrape.sum('watchsieve_event_bytes_received_total'),
    verdicts.reduce((sum, verdict) => sum + bytesOf(verdict), 0),
  );
}

for (const mode of inTurn(['filter', 'observe'], 0))
  test(`received = forwarded + swallowed + would_swallow in each scrape while events flow, mode ${mode} (R28)`, async (t) => {
    const simulator = await simulate(t, { nodes: 10 });
    const proxy = await runReady(t, backendOf(simulator), { argv: ['--mode', mode] });
    const watches = await Promise.all([proxy.watch(WATCH_LIST), proxy.watch(WATCH_LIST, 'protobuf')]);
    const reading = Promise.all(watches.map((watch) => watch.takeAll()));
    const heartbeats = simulator.cluster.startHeartbeats({ perSecond: 200, changesEverySeconds: 0.03 });
    t.after(() => heartbeats.stop());
    let last = 0;
    for (let scrapes = 0; scrapes < 10;) {
      const scrape = await proxy.scrape();
      assertSums(scrape);
      const received = scrape.sum('watchsieve_events_received_total');
      if (received > last) scrapes++;
      last = received;
    }
    assert.ok(last > 0);
    // A machine that is too busy for them would never come to the end of what it reads.
    heartbeats.stop();
    for (const watch of simulator.watches()) watch.end();
    await reading;
  });

test('ready says what /readyz says, streams_verbatim which watches are passed on unread (R28, R29)', async (t) => {
  const server = await startApiServer({
    handler: (req, res) => {
      const type = req.url.includes('cbor') ? 'application/cbor-seq' : 'application/json';
      // Probes speak HTTP/1.1.
      if (req.httpVersion === '1.1') {
        res.end();
        return;
      }
      // A watch stays open.
      res.stream.respond({ 'content-type': type }, { endStream: !req.url.includes('watch=1') });
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const proxy = await runReady(t, { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca });
  const valueOf = async (name: string): Promise<number> => (await proxy.scrape()).sum(name);
  assert.equal(await valueOf('watchsieve_ready'), 1);
  const read = await proxy.watch();
  assert.equal(await valueOf('watchsieve_streams_verbatim'), 0);
  const unread = await proxy.watch('cbor');
  assert.equal(await valueOf('watchsieve_streams'), 2);
  assert.equal(await valueOf('watchsieve_streams_verbatim'), 1);
  for (const watch of [read, unread]) watch.abort();
  await proxy.app.drain();
  assert.equal(await valueOf('watchsieve_ready'), 0);
});

describe('streams_ended_total (R28)', () => {
  const ended = async (proxy: Running, cause: string): Promise<number> =>
    (await proxy.scrape()).sum('watchsieve_streams_ended_total', { cause });

  test('upstream_end when upstream ends at a frame boundary; the gauge goes back (R9)', async (t) => {
    const simulator = await simulate(t);
    const proxy = await runReady(t, backendOf(simulator));
    const watch = await proxy.watch(WATCH_LIST);
    await watch.take(4);
    simulator.watches()[0]?.end();
    assert.deepEqual(await watch.takeAll(), []);
    const scrape = await proxy.scrape();
    assert.equal(scrape.sum('watchsieve_streams'), 0);
    assert.equal(scrape.sum('watchsieve_streams_ended_total', { cause: 'upstream_end' }), 1);
    assert.equal(scrape.sum('watchsieve_streams_ended_total'), 1);
  });

  const cuts: readonly (readonly [Encoding, string])[] = [
    ['json', 'auto'],
    ['protobuf', 'auto'],
    ['json', '1.1'],
    ['protobuf', '1.1'],
  ];
  for (const [encoding, http] of cuts)
    test(`upstream_error when upstream breaks inside a frame: the client gets whole frames and a clean end; ${encoding}, upstream HTTP ${http} (R9)`, async (t) => {
      const simulator = await simulate(t);
      const proxy = await runReady(t, backendOf(simulator), { argv: ['--upstream-http', http] });
      const watch = await proxy.watch(WATCH_LIST, encoding);
      assert.equal((await watch.take(4)).length, 4);
      simulator.watches()[0]?.cut(20);
      // takeAll() fails on half a frame, and on a body that was broken off.
      assert.deepEqual(await watch.takeAll(), []);
      assert.equal(await ended(proxy, 'upstream_error'), 1);
      assert.equal(proxy.logged('stream ended')[0]?.cause, 'upstream_error');
    });

  test('client_gone when the client leaves, and drain when we do (R10, R31)', async (t) => {
    const simulator = await simulate(t);
    const proxy = await runReady(t, backendOf(simulator));
    const [leaving, staying] = await Promise.all([proxy.watch(WATCH_LIST), proxy.watch(WATCH_LIST)]);
    await leaving.take(4);
    await staying.take(4);
    leaving.abort();
    await eventually(() => proxy.logged('stream ended').length === 1, 'the stream of the client has ended');
    assert.equal(await ended(proxy, 'client_gone'), 1);

    await proxy.app.drain();
    assert.deepEqual(await staying.takeAll(), []);
    assert.equal(await ended(proxy, 'drain'), 1);
    assert.equal((await proxy.scrape()).sum('watchsieve_streams_ended_total'), 2);
  });
});
