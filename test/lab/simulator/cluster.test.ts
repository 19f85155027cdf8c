import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cluster } from '../../../src/lab/simulator/cluster.ts';
import { ENCODERS } from '../../../src/lab/simulator/encoding.ts';
import { CHANGE_LABEL } from '../../../src/lab/simulator/heartbeats.ts';
import type { RealChange } from '../../../src/lab/simulator/heartbeats.ts';
import type { NodeObject } from '../../../src/lab/simulator/node-object.ts';
import { ManualTimers } from './manual-timers.ts';

function createCluster(options: { nodes?: number; seed?: string; timers?: ManualTimers } = {}): Cluster {
  return new Cluster({
    nodes: 4,
    imagesPerNode: 50,
    seed: 'test',
    historyEvents: 100,
    timers: new ManualTimers(),
    ...options,
  });
}

function existing(cluster: Cluster, name: string): NodeObject {
  const node = cluster.node(name);
  assert.ok(node);
  return node;
}

describe('Nodes', () => {
  test('are about as large as real ones: 19 KB of JSON, 16 KB of protobuf', () => {
    const node = existing(createCluster(), 'node-0003');
    const json = ENCODERS.json.object(node).length;
    const protobuf = ENCODERS.protobuf.object(node).length;
    assert.ok(json > 17_000 && json < 21_000, `${json} bytes of JSON`);
    assert.ok(protobuf > 13_000 && protobuf < 18_000, `${protobuf} bytes of protobuf`);
  });

  test('are the same for the same seed, and others for another', () => {
    assert.deepEqual(createCluster().nodes(), createCluster().nodes());
    assert.notDeepEqual(createCluster({ seed: 'other' }).nodes(), createCluster().nodes());
  });

  test('have another uid when they come back', () => {
    const cluster = createCluster();
    const { uid } = existing(cluster, 'node-0001').metadata;
    cluster.deleteNode('node-0001');
    assert.equal(cluster.node('node-0001'), undefined);
    assert.notEqual(cluster.addNode('node-0001').metadata.uid, uid);
  });

  test('that do not exist cannot be changed, those that do cannot be added', () => {
    const cluster = createCluster();
    assert.throws(() => cluster.heartbeat('nobody'), /no Node named "nobody"/);
    assert.throws(() => cluster.addNode('node-0001'), /already a Node named "node-0001"/);
  });
});

describe('changes', () => {
  test('a heartbeat changes resourceVersion and times of the kubelet, nothing else', () => {
    const timers = new ManualTimers();
    const cluster = createCluster({ timers });
    const before = existing(cluster, 'node-0001');
    timers.advance(10_000);
    const after = cluster.heartbeat('node-0001');
    const lines = (node: NodeObject): string[] => JSON.stringify(node, null, 1).split('\n');
    const old = lines(before);
    const changed = lines(after).filter((line, index) => line !== old[index]);
    assert.deepEqual(
      changed.map((line) => line.trim().split(':')[0]),
      ['"resourceVersion"', '"time"', ...Array.from({ length: 4 }, () => '"lastHeartbeatTime"')],
    );
    assert.equal(Number(after.metadata.resourceVersion), cluster.resourceVersion);
  });

  test('keep the order of keys that the server writes', () => {
    const cluster = createCluster({ nodes: 2 });
    const order = (node: NodeObject): string[] => [...Object.keys(node.metadata), ...Object.keys(node.spec)];
    const before = order(existing(cluster, 'node-0000'));
    cluster.setLabel('node-0000', 'zebra', 'z');
    cluster.setLabel('node-0000', 'ant', 'a');
    cluster.cordon('node-0000', true);
    const after = JSON.parse(ENCODERS.json.object(existing(cluster, 'node-0000')).toString()) as NodeObject;
    assert.deepEqual(order(after), [...before, 'unschedulable']);
    const labels = Object.keys(after.metadata.labels ?? {});
    assert.deepEqual(labels, labels.toSorted());
  });

  test('setCondition sets the status of a known condition and adds an unknown one', () => {
    const cluster = createCluster();
    const statuses = (node: NodeObject): string[] =>
      (node.status.conditions ?? []).map(({ type, status }) => `${type}=${status}`);
    assert.equal(
      statuses(cluster.setCondition('node-0000', 'NetworkUnavailable', 'True'))[0],
      'NetworkUnavailable=True',
    );
    assert.equal(statuses(cluster.setCondition('node-0000', 'Odd', 'Unknown')).at(-1), 'Odd=Unknown');
  });

  test('the last label leaves no empty map behind', () => {
    const cluster = createCluster();
    for (const key of Object.keys(existing(cluster, 'node-0000').metadata.labels ?? {})) {
      cluster.setLabel('node-0000', key, null);
    }
    assert.ok(!ENCODERS.json.object(existing(cluster, 'node-0000')).includes('"labels"'));
  });

  test('are encoded once per type and encoding, however many watch', () => {
    const cluster = createCluster();
    cluster.heartbeat('node-0000');
    const event = cluster.eventAfter(cluster.resourceVersion - 1);
    assert.ok(event);
    assert.equal(event.frame('MODIFIED', 'json'), event.frame('MODIFIED', 'json'));
    assert.equal(event.frame('MODIFIED', 'protobuf'), event.frame('MODIFIED', 'protobuf'));
  });

  test('are forgotten from the oldest on', () => {
    const cluster = createCluster();
    const start = cluster.resourceVersion;
    for (let i = 0; i < 150; i++) cluster.heartbeat('node-0000');
    assert.equal(cluster.oldestResourceVersion, start + 50);
    assert.equal(cluster.eventAfter(start + 49), undefined);
    assert.equal(cluster.eventAfter(start + 50)?.resourceVersion, start + 51);
  });
});

describe('heartbeats', () => {
  test('keep their pace over time, Node after Node, and stop', () => {
    const timers = new ManualTimers();
    const cluster = createCluster({ timers });
    const start = cluster.resourceVersion;
    const heartbeats = cluster.startHeartbeats({ perSecond: 33 });
    timers.advance(10_000);
    assert.equal(heartbeats.beats, 330);
    assert.equal(cluster.resourceVersion, start + 330);
    const versions = cluster.nodes().map((node) => Number(node.metadata.resourceVersion));
    assert.deepEqual(versions.toSorted(), [start + 327, start + 328, start + 329, start + 330]);
    heartbeats.stop();
    timers.advance(10_000);
    assert.equal(cluster.resourceVersion, start + 330);
    assert.equal(timers.pending, 0);
  });

  test('tell of each real change, labels and conditions in turn', () => {
    const timers = new ManualTimers();
    const cluster = createCluster({ timers });
    const seen: RealChange[] = [];
    const heartbeats = cluster.startHeartbeats({
      perSecond: 1,
      changesEverySeconds: 2,
      onChange: (change) => seen.push(change),
    });
    timers.advance(12_000);
    assert.equal(heartbeats.changes, 6);
    const condition = { kind: 'condition', type: 'NetworkUnavailable' };
    assert.deepEqual(seen, [
      { kind: 'label', node: 'node-0000', key: CHANGE_LABEL, value: '1' },
      { ...condition, node: 'node-0001', status: 'True' },
      { kind: 'label', node: 'node-0002', key: CHANGE_LABEL, value: '3' },
      { ...condition, node: 'node-0003', status: 'True' },
      { kind: 'label', node: 'node-0000', key: CHANGE_LABEL, value: '5' },
      { ...condition, node: 'node-0001', status: 'False' },
    ]);
    heartbeats.stop();
  });

  test('go on where all Nodes are gone', () => {
    const timers = new ManualTimers();
    const cluster = createCluster({ timers, nodes: 1 });
    const heartbeats = cluster.startHeartbeats({ perSecond: 10, changesEverySeconds: 1 });
    cluster.deleteNode('node-0000');
    timers.advance(1000);
    assert.equal(heartbeats.changes, 0);
    heartbeats.stop();
  });
});
