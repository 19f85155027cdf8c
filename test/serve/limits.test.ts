/** The limits of --max-connections, --max-streams, --max-requests and --max-upgrades in the running program, and how they are counted (R27, I6). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import { ByteBudget } from '../../src/core/limits/byte-budget.ts';
import type { Held } from '../../src/core/sieve/baseline.ts';
import { fingerprintOf } from '../../src/core/sieve/fingerprint.ts';
import { MAX_FORM_BYTES, MAX_MEMO_BYTES } from '../../src/serve/parts.ts';
import { StreamRegistry } from '../../src/serve/watch/stream-registry.ts';
import { createSnapshots, MAX_SNAPSHOT_OBJECTS, SNAPSHOT_TTL_MS } from '../../src/serve/watch-hooks.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { FakeTime } from '../support/fake-time.ts';
import { runReady } from './harness.ts';

const WATCH = '/api/v1/nodes?watch=1&resourceVersion=1';

test('what is refused is counted by its limit, and no stream was ended for it (R27, R28)', async (t) => {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM };
  const proxy = await runReady(t, backend, { argv: ['--max-streams', '1', '--max-connections', '2'] });
  const watch = await proxy.watch('resourceVersion=0');
  await watch.take(3);
  const refused = async (limit: string) => (await proxy.scrape()).sum('watchsieve_refused_total', { limit });

  assert.equal((await proxy.fetch(WATCH)).status, 429);
  assert.deepEqual([await refused('streams'), await refused('connections')], [1, 0]);
  const { port } = proxy.app.proxyAddress;
  // The watch has one place; whoever says nothing has the other, until somebody else comes.
  const ended = async () =>
    (await proxy.scrape()).sum('watchsieve_connections_ended_total', { listener: 'proxy', bound: 'idle' });
  const before = await ended();
  const [silent, newcomer] = [1, 2].map(() => connect({ host: '127.0.0.1', port }).resume());
  await once(silent ?? assert.fail(), 'close');
  assert.ok((await ended()) > before);
  assert.deepEqual([await refused('streams'), await refused('connections')], [1, 0]);
  newcomer?.destroy();

  // The one that was there first has not noticed.
  simulator.cluster.setLabel('node-0000', 'zone', 'a');
  await watch.take(1);
  assert.equal((await proxy.scrape()).sum('watchsieve_streams_ended_total'), 0);
  watch.abort();
  await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
  // Its connection may still be closing, and counts until it has: ask again until there is room.
  const statuses: (number | undefined)[] = [];
  while (statuses.at(-1) !== 200 && statuses.length < 1000) {
    const answer = await proxy.fetch(`${WATCH}&timeoutSeconds=1`).catch(() => undefined);
    statuses.push(answer?.status);
  }
  assert.equal(statuses.at(-1), 200);
});

test('of requests and of upgrades as many are under way as the settings say, and the oldest gives way (R27)', async (t) => {
  let upgrades = 0;
  let hanging = 0;
  await using server = await startApiServer({
    handler: (req, res) => {
      if (req.url === '/hang') hanging += 1;
      else res.end('{}');
    },
    upgrade: () => (upgrades += 1),
  });
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  const proxy = await runReady(t, backend, { argv: ['--max-requests', '2', '--max-upgrades', '2'] });
  const refused = async (limit: string) => (await proxy.scrape()).sum('watchsieve_refused_total', { limit });
  const statuses: number[] = [];
  for (let count = 1; count <= 3; count++) {
    void proxy.fetch('/hang').then(
      ({ status }) => statuses.push(status),
      () => undefined,
    );
    await eventually(() => hanging === count, 'it is upstream');
  }
  await eventually(() => statuses.length === 1, 'one gives way');
  assert.deepEqual([statuses, await refused('requests')], [[503], 1]);
  const { port } = proxy.app.proxyAddress;
  const sockets = [1, 2, 3].map(() => connectTls({ host: '127.0.0.1', port, ca: proxy.caPem }).resume());
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  for (const [at, socket] of sockets.entries()) {
    socket.on('error', () => undefined);
    socket.write('GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
    await eventually(() => upgrades > at, 'it is upstream');
  }
  await eventually(() => sockets[0]?.closed === true, 'the oldest gives way');
  assert.deepEqual([await refused('upgrades'), await refused('requests')], [1, 1]);
});

test('a watch that upstream does not end is ended 30 s after its timeoutSeconds (R10)', async (t) => {
  const simulator = await simulate(t);
  const time = new FakeTime();
  const proxy = await runReady(
    t,
    { url: simulator.url, caPem: CA_PEM },
    { startTimer: time.startTimer, now: time.now },
  );
  const watch = await proxy.watch('resourceVersion=0&timeoutSeconds=3600');
  await watch.take(3);
  time.pass(3_629_999);
  assert.equal(proxy.logged('stream ended').length, 0);
  time.pass(1);
  await watch.takeAll();
  assert.equal(proxy.logged('stream ended')[0]?.cause, 'deadline');
});

test('what is kept without regard to --memory-budget has a limit of its own, which is told (I6)', async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM });
  const scrape = await proxy.scrape();
  assert.equal(scrape.sum('watchsieve_memo_bytes_limit'), MAX_MEMO_BYTES);
  assert.equal(scrape.sum('watchsieve_explain_bytes_limit'), MAX_FORM_BYTES);
});

const HELD: Held = {
  fingerprint: fingerprintOf(Buffer.alloc(0)),
  ...{ passAt: Infinity, deliveredAt: 0, resourceVersion: 1, reason: 'added' },
};

test('snapshots are of 100,000 objects in all, and are kept for 15 minutes', () => {
  // The cache takes 0 for no time at all.
  let now = 1000;
  const log = pino({ enabled: false });
  const snapshots = createSnapshots(
    { streams: new StreamRegistry(), log, budget: new ByteBudget(Infinity) },
    () => now,
  );
  const held = new Map(Array.from({ length: MAX_SNAPSHOT_OBJECTS / 4 }, (_, at) => [`n${at}`, HELD]));
  for (let version = 1; version <= 5; version++)
    snapshots.keep('all', `${version}`, { source: 'list', held });
  assert.ok(snapshots.size <= MAX_SNAPSHOT_OBJECTS, `${snapshots.size} objects`);
  assert.equal(snapshots.at('all', '1'), undefined);
  now += SNAPSHOT_TTL_MS;
  assert.notEqual(snapshots.at('all', '5'), undefined);
  now += 1;
  assert.equal(snapshots.at('all', '5'), undefined);
});
