/** The limits of --max-connections and --max-streams in the running program, and how they are counted (R27, I6). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
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
