/** What lies in namespaces, as the simulator serves it: the bytes of a real server, and the paths that lead to them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodersOf, type EventType } from '../../../src/lab/simulator/encoding.ts';
import { bookmarkOf, LEASE } from '../../../src/lab/simulator/kind.ts';
import { createLease, type LeaseObject, withRenewal } from '../../../src/lab/simulator/lease-object.ts';
import { withLabels } from '../../../src/lab/simulator/node-changes.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { ACCEPT, connect, fetchAll, simulate, watch } from './harness.ts';

const GROUP = '/apis/coordination.k8s.io/v1';
const ENCODERS = encodersOf(LEASE);
const TIME = '2026-01-02T03:04:05.000000Z';
const leader = (namespace: string): LeaseObject =>
  createLease({ namespace, name: 'leader', holder: `${namespace}-a`, time: TIME });

describe('Leases against what a real kube-apiserver sent', () => {
  for (const name of ['watch', 'watch-red'])
    test(`every frame of ${name}, byte for byte`, () => {
      const recorded = new Set(
        protobufFrames(fixture(`leases/${name}.pb`)).map((one) => one.toString('hex')),
      );
      const lines = jsonFrames(fixture(`leases/${name}.json`));
      assert.ok(lines.length > 3);
      for (const line of lines) {
        const { type, object } = JSON.parse(line.toString()) as { type: EventType; object: LeaseObject };
        const { metadata, spec } = object;
        assert.equal(ENCODERS.json.frame(type, { metadata, spec }).toString(), line.toString());
        const frame = ENCODERS.protobuf.frame(type, { metadata, spec });
        if (type !== 'BOOKMARK') assert.ok(recorded.has(frame.toString('hex')), line.toString());
      }
    });

  test('their list, byte for byte', () => {
    const list = JSON.parse(fixture('leases/list.json').toString()) as {
      metadata: { resourceVersion: string };
      items: LeaseObject[];
    };
    const { resourceVersion } = list.metadata;
    assert.ok(ENCODERS.json.list(resourceVersion, list.items).equals(fixture('leases/list.json')));
    assert.ok(ENCODERS.protobuf.list(resourceVersion, list.items).equals(fixture('leases/list.pb')));
  });
});

for (const encoding of ['json', 'protobuf'] as const)
  test(`Leases of one name are listed and watched in all namespaces and in each, ${encoding}`, async (t) => {
    const simulator = await simulate(t);
    const { cluster } = simulator;
    const client = connect(t, simulator);
    const red = cluster.add(LEASE, leader('red'));
    const blue = cluster.add(LEASE, leader('blue'));
    const encoder = ENCODERS[encoding];
    const get = async (path: string): Promise<Buffer> =>
      (await fetchAll(client, GROUP + path, { headers: { accept: ACCEPT[encoding] } })).body;
    const version = String(cluster.resourceVersion);
    assert.ok((await get('/leases')).equals(encoder.list(version, [blue, red])));
    assert.ok((await get('/namespaces/red/leases')).equals(encoder.list(version, [red])));
    const inBlue = await get('/leases?fieldSelector=metadata.namespace%3Dblue');
    assert.ok(inBlue.equals(encoder.list(version, [blue])));
    assert.ok((await get('/namespaces/blue/leases/leader')).equals(encoder.object(blue)));

    const from = `resourceVersion=${version}`;
    const all = await watch(client, from, encoding, `${GROUP}/leases`);
    const inRed = await watch(client, from, encoding, `${GROUP}/namespaces/red/leases`);
    const watchList = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const initial = await watch(client, watchList, encoding, `${GROUP}/namespaces/red/leases`);
    assert.deepEqual(await initial.take(2), [
      encoder.frame('ADDED', red),
      encoder.frame('BOOKMARK', bookmarkOf(LEASE, Number(version), true)),
    ]);
    const renewed = ['blue/leader', 'red/leader'].map((key) => {
      cluster.heartbeat('node-0000');
      return encoder.frame(
        'MODIFIED',
        cluster.change(LEASE, key, (lease) => withRenewal(lease, TIME)),
      );
    });
    assert.deepEqual(await all.take(2), renewed);
    assert.deepEqual(await inRed.take(1), renewed.slice(1));
    assert.deepEqual(await initial.take(1), renewed.slice(1));
  });

test('a page of all Leases goes on behind the last, though its name comes again', async (t) => {
  const simulator = await simulate(t);
  const { cluster } = simulator;
  for (const namespace of ['a', 'a-b', 'b']) cluster.add(LEASE, leader(namespace));
  const client = connect(t, simulator);
  const seen: string[] = [];
  let next = `limit=1&resourceVersionMatch=Exact&resourceVersion=${cluster.resourceVersion}`;
  while (next !== '') {
    const { body } = await fetchAll(client, `${GROUP}/leases?${next}`);
    const page = JSON.parse(body.toString()) as { metadata: { continue?: string }; items: LeaseObject[] };
    seen.push(...page.items.map(({ metadata }) => metadata.namespace ?? ''));
    next = page.metadata.continue === undefined ? '' : `limit=1&continue=${page.metadata.continue}`;
  }
  assert.deepEqual(seen, ['a-b', 'a', 'b'], 'as etcd sorts its keys');
});

test('what is not there, and where nothing is looked for, is a Status 404', async (t) => {
  const client = connect(t, await simulate(t));
  const { status, body } = await fetchAll(client, `${GROUP}/namespaces/red/leases/nobody`);
  assert.equal(status, 404);
  const { message, details } = JSON.parse(body.toString()) as { message: string; details: object };
  assert.equal(message, 'leases.coordination.k8s.io "nobody" not found');
  assert.deepEqual(details, { name: 'nobody', group: 'coordination.k8s.io', kind: 'leases' });
  for (const path of [
    `${GROUP}/leases/leader`,
    `${GROUP}/namespaces/red/leases/leader/status`,
    '/api/v1/namespaces/red/nodes',
    '/api/v1/leases',
    '/apis/apps/v1/leases',
  ])
    assert.equal((await fetchAll(client, path)).status, 404, path);
  assert.equal((await fetchAll(client, GROUP)).status, 200);
});

test('a selector that Leases do not know is refused, labels choose as with Nodes', async (t) => {
  const simulator = await simulate(t);
  simulator.cluster.add(LEASE, leader('red'));
  simulator.cluster.add(LEASE, withLabels(leader('blue'), { color: 'blue' }));
  const client = connect(t, simulator);
  const { status } = await fetchAll(client, `${GROUP}/leases?fieldSelector=spec.unschedulable%3Dtrue`);
  assert.equal(status, 400);
  const { body } = await fetchAll(client, `${GROUP}/leases?labelSelector=color`);
  assert.equal((JSON.parse(body.toString()) as { items: object[] }).items.length, 1);
});
