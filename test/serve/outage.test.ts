/** Readiness, outages of upstream, and what the listeners for operators show of them (R5, R26, R29). */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { run, runReady, type Fetched, type Running } from './harness.ts';

const backendOf = (simulator: Simulator) => ({ url: simulator.url, caPem: CA_PEM });
const WATCH = '/api/v1/nodes?watch=1';

/** The address of a server that was there a moment ago. */
async function vacated(t: TestContext): Promise<{ url: string; port: number }> {
  const simulator = await simulate(t);
  await simulator.close();
  return { url: simulator.url, port: simulator.address.port };
}

interface Status {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
  readonly code: number;
}

function assertOwnAnswer(answer: Fetched, code: number, reason: string, cause: RegExp): void {
  assert.equal(answer.status, code);
  assert.equal(answer.headers['retry-after'], '1');
  assert.equal(answer.headers['content-type'], 'application/json');
  const status = JSON.parse(answer.body.toString()) as Status;
  assert.deepEqual([status.kind, status.code, status.reason], ['Status', code, reason]);
  assert.match(status.message, cause);
}

const changes = (proxy: Running): string[] =>
  ['upstream does not answer, retrying', 'ready', 'upstream answers again'].flatMap((msg) =>
    proxy.logged(msg).map(({ level }) => `${level} ${msg}`),
  );

test('upstream unreachable at start: not ready and R5 answers, then ready without a restart; a later outage leaves readiness alone (R5, R29)', async (t) => {
  const { url, port } = await vacated(t);
  const proxy = await run(t, { url, caPem: CA_PEM });
  const lost = 'warn upstream does not answer, retrying';
  await eventually(() => changes(proxy).length > 0, 'the outage was logged');

  const notReady = await proxy.admin('/readyz');
  assert.equal(notReady.status, 503);
  assert.match(notReady.body.toString(), /\[-\]upstream failed: connection refused/);
  assert.equal((await proxy.admin('/livez')).status, 200);
  for (let again = 0; again < 3; again++) {
    const cause = /^watchsieve: no answer from https:\/\/127\.0\.0\.1:\d+ .*: connection refused/;
    assertOwnAnswer(await proxy.fetch(WATCH), 429, 'TooManyRequests', cause);
    assertOwnAnswer(await proxy.fetch('/api/v1/pods?watch=1'), 429, 'TooManyRequests', cause);
    assertOwnAnswer(await proxy.fetch('/api/v1/nodes'), 503, 'ServiceUnavailable', cause);
  }
  assert.deepEqual(changes(proxy), [lost]);
  const scrape = await proxy.scrape();
  assert.ok(scrape.sum('watchsieve_upstream_requests_total', { code: 'error' }) >= 10);
  assert.equal(scrape.sum('watchsieve_streams_ended_total'), 0);

  const simulator = await simulate(t, { port });
  await eventually(() => changes(proxy).length > 1, 'the proxy asked again by itself');
  assert.deepEqual(changes(proxy), [lost, 'info ready']);
  assert.equal((await proxy.admin('/readyz')).status, 200);
  const watch = await proxy.watch('resourceVersion=0');
  assert.equal((await watch.take(3)).length, 3);

  await simulator.close();
  assert.deepEqual(await watch.takeAll(), []);
  assertOwnAnswer(await proxy.fetch(WATCH), 429, 'TooManyRequests', /connection refused/);
  assert.deepEqual(changes(proxy), [lost, lost, 'info ready']);
  assert.equal((await proxy.scrape()).sum('watchsieve_upstream_connections'), 0);
  assert.equal((await proxy.admin('/readyz')).status, 200);
  const verbose = await proxy.admin('/readyz?verbose');
  assert.match(verbose.body.toString(), /upstream failed: connection refused .*does not affect readiness/);

  await simulate(t, { port });
  await eventually(() => changes(proxy).length > 3, 'the proxy asked again by itself');
  assert.deepEqual(changes(proxy), [lost, lost, 'info ready', 'info upstream answers again']);
});

test('an upstream with another CA is never spoken to, and the cause is named (R5, R25)', async (t) => {
  const simulator = await simulate(t);
  const other = await runReady(t, backendOf(simulator));
  const proxy = await run(t, { url: simulator.url, caPem: other.caPem });
  assertOwnAnswer(await proxy.fetch('/api/v1/nodes'), 503, 'ServiceUnavailable', /certificate/);
  assert.equal(simulator.counters.requests.get('LIST /api/v1/nodes'), undefined);
  assert.equal((await proxy.admin('/readyz')).status, 503);
});

test('draining: not ready first, then no new request is sent upstream (R5, R29, R31)', async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, backendOf(simulator));
  assert.equal((await proxy.admin('/readyz')).status, 200);
  await proxy.app.drain();
  const readyz = await proxy.admin('/readyz');
  assert.equal(readyz.status, 503);
  assert.match(readyz.body.toString(), /draining/);
  assertOwnAnswer(await proxy.fetch(WATCH), 429, 'TooManyRequests', /shutting down/);
  assertOwnAnswer(await proxy.fetch('/api/v1/nodes'), 503, 'ServiceUnavailable', /shutting down/);
  assert.equal(simulator.counters.requests.get('LIST /api/v1/nodes'), undefined);
});

test('/debug/streams tells who watches what and what became of it; /debug/config tells who set what (R29)', async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, backendOf(simulator), { argv: ['--preset', 'labels'] });
  const selectors = 'labelSelector=kubernetes.io%2Fos%3Dlinux&fieldSelector=metadata.name%3Dnode-0000';
  const watch = await proxy.watch(`resourceVersion=0&allowWatchBookmarks=1&${selectors}`);
  await watch.take(2);
  simulator.cluster.heartbeat('node-0000');
  simulator.cluster.setLabel('node-0000', 'zone', 'a');
  await watch.take(1);

  const streams: unknown = JSON.parse((await proxy.admin('/debug/streams')).body.toString());
  assert.ok(Array.isArray(streams) && streams.length === 1);
  const { address, ageSeconds, bytesReceived, bytesForwarded, ...stream } = streams[0] as Record<
    string,
    unknown
  >;
  assert.deepEqual(stream, {
    stream: 1,
    client: 'speaker/test',
    resource: 'nodes',
    namespace: '',
    object: '',
    labelSelector: 'kubernetes.io/os=linux',
    fieldSelector: 'metadata.name=node-0000',
    resourceVersion: '0',
    encoding: 'json',
    events: 4,
    swallowed: 1,
    wouldSwallow: 0,
    objects: 1,
    pastInitialEvents: true,
    verbatim: false,
    mismatch: false,
  });
  assert.match(String(address), /^127\.0\.0\.1:\d+$/);
  assert.ok(Number(ageSeconds) >= 0 && Number(bytesReceived) > Number(bytesForwarded));
  // The same stands in the log, once at the beginning and once at the end (R30).
  assert.equal(proxy.logged('stream opened').length, 1);
  assert.equal(proxy.logged('stream opened')[0]?.['client'], 'speaker/test');
  assert.equal(proxy.logged('stream opened')[0]?.['stream'], 1);
  assert.equal(proxy.logged('stream opened')[0]?.['id'], undefined);

  const config: unknown = JSON.parse((await proxy.admin('/debug/config')).body.toString());
  assert.ok(typeof config === 'object' && config !== null);
  const { upstream, settings, sources } = config as Record<string, unknown>;
  assert.match(String(upstream), /^https:\/\/127\.0\.0\.1:\d+ \(context test of /);
  assert.equal(Reflect.get(Object(settings), 'preset'), 'labels');
  assert.equal(Reflect.get(Object(sources), 'preset'), '--preset');
  assert.equal(Reflect.get(Object(sources), 'mode'), 'default');
});

test('--metrics-listen serves /metrics, /livez and /readyz, and nothing else (R29)', async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, backendOf(simulator), { argv: ['--metrics-listen', '127.0.0.1:0'] });
  const address = String(proxy.logged('metrics listening')[0]?.['address']);
  const codes = async (paths: readonly string[]): Promise<number[]> =>
    Promise.all(paths.map(async (path) => (await fetch(`http://${address}${path}`)).status));
  assert.deepEqual(await codes(['/metrics', '/livez', '/readyz']), [200, 200, 200]);
  assert.deepEqual(
    await codes(['/debug/config', '/debug/streams', '/', '/api/v1/nodes']),
    [404, 404, 404, 404],
  );
  assert.equal((await proxy.admin('/debug/config')).status, 200);
});

test("the API server's own /metrics, /readyz and /livez stay reachable through the proxy (R3)", async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, backendOf(simulator));
  const readyz = await proxy.fetch('/readyz');
  assert.deepEqual([readyz.status, readyz.body.toString()], [200, 'ok']);
  assert.equal(simulator.counters.requests.get('GET /readyz'), 1);
  assert.equal((await proxy.fetch('/debug/config')).status, 404);
});
