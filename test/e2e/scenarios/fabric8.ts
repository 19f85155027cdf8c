/**
 * The informer of fabric8, with its clients of Vert.x and of the JDK: it watches by WebSocket. Directly and through the proxy,
 * under heartbeats and real changes: same state, every change, hardly a no-op (R14, R16, R40).
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { JAVA_PROGRAMS } from '../assets.ts';
import { Informer } from '../informer.ts';
import type { Change } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 10;
const CLIENTS = ['vertx', 'jdk'] as const;
/** Java compiles the program and warms up first. */
const SYNC_TIMEOUT_MS = 120_000;
const REACH_TIMEOUT_MS = 60_000;

export const fabric8Scenario: Scenario = {
  title: 'the informer of fabric8, by WebSocket',
  run: async (rig) => {
    const jars = await rig.assets.fabric8();
    await withProxy(rig, (proxy) => run(rig, proxy, jars));
  },
};

interface Pair {
  readonly client: string;
  readonly direct: Informer;
  readonly proxied: Informer;
}

async function run(rig: Rig, proxy: Proxy, jars: string): Promise<void> {
  const { cluster, nodes, report } = rig;
  const adminConfig = await cluster.writeKubeconfig('fabric8.kubeconfig', 'admin');
  const start = (client: string, way: string, kubeconfig: string): Informer => {
    const source = join(JAVA_PROGRAMS, 'fabric8', 'Informer.java');
    const launch = ['-cp', jars, source, client, cluster.tokenFile('admin')];
    return new Informer({ program: 'java', launch, kubeconfig, mode: 'list-watch', encoding: 'json', way });
  };
  const pairs = CLIENTS.map((client): Pair => ({
    client,
    direct: start(client, 'direct', adminConfig),
    proxied: start(client, 'through the proxy', proxy.kubeconfig),
  }));
  const all = pairs.flatMap(({ direct, proxied }) => [direct, proxied]);
  try {
    await Promise.all(all.map((informer) => informer.synced(SYNC_TIMEOUT_MS)));
    const load = await nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
    const changes = [...load.changes, await nodes.mark()];
    report.note(`${load.heartbeats} heartbeats, ${changes.length} real changes`);
    for (const pair of pairs) await judge(rig, pair, changes);
    const scrape = await proxy.scrape();
    await report.check('received = forwarded + swallowed (R28)', () => scrape.assertSumRule());
    await report.check('each watch is a stream by WebSocket', () => {
      assert.equal(scrape.gauge('watchsieve_streams'), CLIENTS.length);
      const opened = proxy.output().match(/"transport":"websocket"/g) ?? [];
      assert.ok(opened.length >= CLIENTS.length, `${opened.length} WebSockets`);
    });
  } finally {
    await Promise.all(all.map((informer) => informer.stop()));
  }
}

async function judge(
  { report, nodes }: Rig,
  { client, direct, proxied }: Pair,
  changes: readonly Change[],
): Promise<void> {
  const last = changes.at(-1)?.resourceVersion ?? '';
  await Promise.all([direct.reached(last, REACH_TIMEOUT_MS), proxied.reached(last, REACH_TIMEOUT_MS)]);
  const [truth, state] = [await direct.state(), await proxied.state()];
  const noOps = truth.updates - truth.changes;
  const left = state.updates - state.changes;
  report.note(
    `fabric8, ${client}: ${truth.updates} updates direct, ${state.updates} through the proxy; ${left} of ${noOps} no-ops are left`,
  );
  await report.check(`fabric8, ${client}: same state as direct (I5), in the same order (I3)`, () => {
    assert.equal(state.nodes.size, nodes.count);
    assert.deepEqual(state.nodes, truth.nodes);
    assert.deepEqual(proxied.history().states, direct.history().states);
  });
  await report.check(`fabric8, ${client}: every change, and nine tenths of the no-ops gone`, () => {
    const { seen } = proxied.history();
    assert.deepEqual(
      changes.filter(({ resourceVersion }) => !seen.has(resourceVersion)),
      [],
    );
    assert.ok(noOps > 100, `${noOps} no-ops direct`);
    assert.ok(left <= noOps / 10, `${left} of ${noOps}`);
  });
}
