/**
 * R5: an API server that carries out a write and dies before its answer, under a client-go client, directly and through
 * the proxy: as many objects, and the same errors. client-go repeats any method that is answered with Retry-After.
 */

import assert from 'node:assert/strict';

import { HTTP_VERSIONS } from '../../faults/table.ts';
import type { HttpVersion } from '../../faults/table.ts';
import { listAt, parseJson, valueAt } from '../../support/json-value.ts';
import { clusterBehind } from '../cluster-behind.ts';
import { DyingServer } from '../dying-server.ts';
import { Proxy } from '../proxy.ts';
import { write } from '../writer.ts';
import type { Written } from '../writer.ts';
import type { Rig, Scenario } from './scenario.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
/** What the writer changes. */
const THERE = ['existing', 'patched', 'deleted'];
const VERBS = ['POST', 'PUT', 'PATCH', 'DELETE', 'POST exec'];
const WRITER_TIMEOUT_MS = 100_000;

interface Outcome {
  readonly written: readonly Omit<Written, 'error'>[];
  /** What reached the API server. */
  readonly reached: readonly string[];
  /** ConfigMaps that were made. */
  readonly made: number;
  /** Those of {@link THERE} that are still there, with what they hold. */
  readonly left: readonly string[];
}

export const writesScenario: Scenario = {
  title: 'writes that the API server carries out and does not answer',
  run: async (rig) => {
    for (const http of HTTP_VERSIONS) await runOver(rig, http);
  },
};

async function runOver(rig: Rig, http: HttpVersion): Promise<void> {
  const { cluster, program, report } = rig;
  const direct = await DyingServer.start(cluster.endpoint('admin'), http);
  const proxied = await DyingServer.start(cluster.endpoint('admin'), http);
  const proxy = await Proxy.start({
    program,
    cluster: clusterBehind(cluster, proxied, `writes${http}`),
    args: [`--upstream-http=${http === '2' ? 'auto' : '1.1'}`],
  });
  try {
    await report.check(`HTTP/${http}: as many objects and the same errors as directly (R5)`, async () => {
      const kubeconfig = await cluster.writeKubeconfig(`writes${http}.kubeconfig`, 'admin', direct.at);
      const expected = await outcomeOf(rig, direct, kubeconfig);
      const outcome = await outcomeOf(rig, proxied, proxy.kubeconfig);
      report.note(JSON.stringify(outcome));
      // Every one was carried out once, and nobody heard of it.
      assert.deepEqual(expected.reached, VERBS);
      assert.equal(expected.made, 1);
      assert.deepEqual(expected.left, ['existing 0', 'patched 1']);
      for (const { outcome: said } of expected.written) assert.equal(said, 'broken');
      assert.deepEqual(outcome, expected);
    });
  } finally {
    await proxy.stop();
    await direct.stop();
    await proxied.stop();
  }
}

async function outcomeOf(rig: Rig, server: DyingServer, kubeconfig: string): Promise<Outcome> {
  const { admin } = rig.cluster;
  for (const name of THERE) await admin.send('POST', MAPS, { metadata: { name }, data: { n: '0' } });
  const label = `once-${server.at.server.split(':').at(-1)}`;
  const written = await write({
    ...{ program: rig.assets.writer, kubeconfig, label },
    ...{ writes: 'each', timeoutMs: WRITER_TIMEOUT_MS },
  });
  const list = parseJson(String((await admin.get(MAPS)).body));
  const items = listAt(list, 'items');
  const left = items.flatMap((item) => {
    const name = String(valueAt(item, 'metadata', 'name'));
    return THERE.includes(name) ? [`${name} ${String(valueAt(item, 'data', 'n'))}`] : [];
  });
  const made = items.filter(
    (item) =>
      valueAt(item, 'metadata', 'labels', 'written-by') === label &&
      String(valueAt(item, 'metadata', 'name')).startsWith('written-'),
  ).length;
  for (const name of THERE) await admin.request('DELETE', `${MAPS}/${name}`);
  return {
    written: written.map(({ verb, sent, outcome }) => ({ verb, sent, outcome })),
    reached: server.writes,
    made,
    left,
  };
}
