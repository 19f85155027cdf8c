/**
 * Clients of metadata alone, and of whole Nodes by WebSocket, directly and through the proxy, under heartbeats and changes
 * of labels: the metadata informer of client-go, as controller-runtime uses it, and watches as bytes (R14, R16, R40).
 */

import assert from 'node:assert/strict';

import { textAt } from '../../support/json-value.ts';
import { ApiClient } from '../api-client.ts';
import { Informer } from '../informer.ts';
import { MessageWatch } from '../message-watch.ts';
import { nodeName } from '../node-object.ts';
import type { Change } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 8;

const AS = ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const WATCHES = [
  ['JSON', 'application/json', 'text'],
  ['protobuf', 'application/vnd.kubernetes.protobuf', 'binary'],
  ['JSON, metadata only', `application/json${AS}`, 'text'],
  ['protobuf, metadata only', `application/vnd.kubernetes.protobuf${AS}`, 'binary'],
] as const;

export const metadataScenario: Scenario = {
  title: 'metadata only, and WebSockets',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

interface Pair {
  readonly title: string;
  readonly kind: string;
  readonly direct: MessageWatch;
  readonly proxied: MessageWatch;
}

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const { cluster, nodes, report } = rig;
  const informer = (way: string, kubeconfig: string): Informer =>
    new Informer({
      ...{ program: rig.assets.informer, way, kubeconfig },
      ...{ mode: 'list-watch', encoding: 'protobuf', isMetadataOnly: true },
    });
  const direct = informer('direct', await cluster.writeKubeconfig('metadata.kubeconfig', 'admin'));
  const proxied = informer('through the proxy', proxy.kubeconfig);
  const pairs: Pair[] = [];
  try {
    await Promise.all([direct.synced(), proxied.synced()]);
    const from = textAt(await cluster.admin.getJson('/api/v1/nodes'), 'metadata', 'resourceVersion');
    const lister = new ApiClient(proxy.endpoint('admin'));
    for (const [title, accept, kind] of WATCHES) {
      // What the client holds: a snapshot is of one shape in one encoding.
      const list = `/api/v1/nodes?resourceVersion=${from}&resourceVersionMatch=Exact&limit=500`;
      await lister.get(list, { accept: accept.replace('Metadata;', 'MetadataList;') });
      const path = `/api/v1/nodes?watch=true&allowWatchBookmarks=true&resourceVersion=${from}`;
      const [straight, through] = await Promise.all([
        MessageWatch.open(cluster.endpoint('admin'), path, { accept }),
        MessageWatch.open(proxy.endpoint('admin'), path, { accept }),
      ]);
      pairs.push({ title, kind, direct: straight, proxied: through });
    }
    await lister.close();
    const load = await nodes.load({
      heartbeatsPerSecond: HEARTBEATS_PER_SECOND,
      seconds: SECONDS,
      change: (second) => nodes.setLabel(nodeName(second + 2), `metadata-${second}`),
    });
    const mark = await nodes.mark();
    const changes = [...load.changes, mark];
    report.note(`${load.heartbeats} heartbeats, ${changes.length} changes of labels`);
    await judgeInformers(rig, { direct, proxied, changes });
    for (const pair of pairs) await judgeMessages(rig, pair, { changes, text: mark.text });
  } finally {
    await Promise.all([
      direct.stop(),
      proxied.stop(),
      ...pairs.flatMap((pair) => [pair.direct.close(), pair.proxied.close()]),
    ]);
  }
}

interface Informers {
  readonly direct: Informer;
  readonly proxied: Informer;
  readonly changes: readonly Change[];
}

async function judgeInformers({ report }: Rig, { direct, proxied, changes }: Informers): Promise<void> {
  const last = changes.at(-1)?.resourceVersion ?? '';
  await Promise.all([direct.reached(last), proxied.reached(last)]);
  const [truth, state] = [await direct.state(), await proxied.state()];
  report.note(`metadata informer: ${truth.updates} updates direct, ${state.updates} through the proxy`);
  await report.check('metadata informer: same final state (I5), in the same order (I3)', () => {
    assert.deepEqual(state.nodes, truth.nodes);
    assert.deepEqual(proxied.history().states, direct.history().states);
  });
  await report.check('metadata informer: an update for each change and for nothing else (R16)', () => {
    assert.equal(state.updates, changes.length);
    assert.ok(truth.updates > 10 * changes.length, `${truth.updates} direct`);
  });
  await report.check('metadata informer: one list, one watch, no error', () => {
    assert.deepEqual([state.lists, state.watchLists, state.watches], [1, 0, 1]);
    assert.deepEqual(proxied.watchErrors(), []);
  });
}

async function judgeMessages(
  { report }: Rig,
  { title, kind, direct, proxied }: Pair,
  { changes, text }: { readonly changes: readonly Change[]; readonly text: string },
): Promise<void> {
  const events = (watch: MessageWatch): Buffer[] => watch.messages.filter((one) => !one.includes('BOOKMARK'));
  await Promise.all([direct.received(text), proxied.received(text)]);
  const [all, kept] = [events(direct), events(proxied)];
  report.note(`WebSocket, ${title}: ${all.length} events direct, ${kept.length} through the proxy`);
  await report.check(`WebSocket, ${title}: ${kind} messages, a subsequence byte for byte (I3)`, () => {
    assert.deepEqual([[...direct.kinds], [...proxied.kinds]], [[kind], [kind]]);
    let at = 0;
    for (const one of all) if (kept[at]?.equals(one) === true) at++;
    assert.equal(at, kept.length);
  });
  await report.check(`WebSocket, ${title}: every change arrives, and nothing else (R16)`, () => {
    for (const { what, resourceVersion } of changes)
      assert.ok(
        kept.some((one) => one.includes(resourceVersion)),
        `${what} did not arrive`,
      );
    assert.ok(all.length > 10 * changes.length, `only ${all.length} events direct`);
    assert.equal(kept.length, changes.length);
  });
}
