import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ENCODERS } from '../../../src/lab/simulator/encoding.ts';
import { bookmarkOf, NODE } from '../../../src/lab/simulator/kind.ts';
import { connect, fetchAll, parseJsonFrame, simulate, watch } from './harness.ts';
import { ManualTimers } from './manual-timers.ts';

const INITIAL = ['ADDED node-0000 1001', 'ADDED node-0001 1002', 'ADDED node-0002 1003'];

describe('a watch from a resourceVersion', () => {
  for (const http of ['1.1', '2'] as const) {
    test(`sends what came after it, then what comes, over HTTP/${http}`, async (t) => {
      const simulator = await simulate(t);
      const { cluster } = simulator;
      const client = connect(t, simulator, http);
      const from = cluster.resourceVersion;
      cluster.heartbeat('node-0001');
      const nodes = await watch(client, `resourceVersion=${from}`);
      cluster.setLabel('node-0002', 'a', '1');
      cluster.deleteNode('node-0000');
      cluster.addNode('node-0000');
      assert.deepEqual(await nodes.takeNames(4), [
        'MODIFIED node-0001 1004',
        'MODIFIED node-0002 1005',
        'DELETED node-0000 1006',
        'ADDED node-0000 1007',
      ]);
    });

    test(`announces itself before the first event, over HTTP/${http} (R6)`, async (t) => {
      const simulator = await simulate(t);
      const from = simulator.cluster.resourceVersion;
      const nodes = await watch(connect(t, simulator, http), `resourceVersion=${from}`);
      assert.equal(nodes.status, 200);
      assert.equal(nodes.headers['content-type'], 'application/json');
      assert.equal(nodes.headers['cache-control'], 'no-cache, private');
      assert.equal(nodes.headers['content-length'], undefined);
    });
  }

  test('sends the same events in protobuf, length-prefixed', async (t) => {
    const simulator = await simulate(t);
    const { cluster } = simulator;
    const from = cluster.resourceVersion;
    const nodes = await watch(connect(t, simulator), `resourceVersion=${from}`, 'protobuf');
    const added = cluster.addNode('other');
    const beaten = cluster.heartbeat('node-0001');
    const frames = await nodes.take(2);
    assert.equal(nodes.headers['content-type'], 'application/vnd.kubernetes.protobuf;stream=watch');
    assert.deepEqual(frames, [
      ENCODERS.protobuf.frame('ADDED', added),
      ENCODERS.protobuf.frame('MODIFIED', beaten),
    ]);
  });

  test('waits where the resourceVersion lies in the future', async (t) => {
    const simulator = await simulate(t);
    const { cluster } = simulator;
    const nodes = await watch(connect(t, simulator), `resourceVersion=${cluster.resourceVersion + 1}`);
    cluster.heartbeat('node-0000');
    cluster.heartbeat('node-0001');
    assert.deepEqual(await nodes.takeNames(1), ['MODIFIED node-0001 1005']);
  });

  for (const encoding of ['json', 'protobuf'] as const) {
    test(`answers one that is too old by 200 and an ERROR 410, in ${encoding}`, async (t) => {
      const simulator = await simulate(t, { historyEvents: 2 });
      for (let i = 0; i < 3; i++) simulator.cluster.heartbeat('node-0000');
      const client = connect(t, simulator);
      const expired = await watch(client, 'resourceVersion=1003', encoding);
      assert.equal(expired.status, 200);
      const status = { message: 'too old resource version: 1003 (1004)', reason: 'Expired', code: 410 };
      assert.deepEqual(await expired.takeAll(), [ENCODERS[encoding].statusFrame(status)]);
      const oldest = await watch(client, 'resourceVersion=1004', encoding);
      assert.equal((await oldest.take(2)).length, 2);
    });
  }

  test('answers what is no resourceVersion by 500, as the real server does', async (t) => {
    const simulator = await simulate(t);
    const { status, body } = await fetchAll(
      connect(t, simulator),
      '/api/v1/nodes?watch=1&resourceVersion=abc',
    );
    assert.equal(status, 500);
    assert.match(body.toString(), /"message":"resourceVersion: Invalid value: \\"abc\\"/);
  });
});

describe('a watch from nothing', () => {
  for (const resourceVersion of ['', '0']) {
    test(`begins with all Nodes and marks their end where bookmarks are asked, rv="${resourceVersion}" (R20)`, async (t) => {
      const simulator = await simulate(t);
      const query = `resourceVersion=${resourceVersion}&allowWatchBookmarks=true`;
      const nodes = await watch(connect(t, simulator), query);
      assert.deepEqual(await nodes.takeNames(3), INITIAL);
      const [mark] = await nodes.take(1);
      assert.deepEqual(mark, ENCODERS.json.frame('BOOKMARK', bookmarkOf(NODE, 1003, true)));
      simulator.cluster.heartbeat('node-0002');
      assert.deepEqual(await nodes.takeNames(1), ['MODIFIED node-0002 1004']);
    });
  }

  test('sends no mark where bookmarks are not asked', async (t) => {
    const simulator = await simulate(t);
    const nodes = await watch(connect(t, simulator), 'resourceVersion=0');
    assert.deepEqual(await nodes.takeNames(3), INITIAL);
    simulator.cluster.heartbeat('node-0002');
    assert.deepEqual(await nodes.takeNames(1), ['MODIFIED node-0002 1004']);
  });

  test('is the same when asked for by name, in protobuf', async (t) => {
    const simulator = await simulate(t);
    const query = 'allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true';
    const nodes = await watch(connect(t, simulator), query, 'protobuf');
    assert.deepEqual(await nodes.take(4), [
      ...simulator.cluster.nodes().map((node) => ENCODERS.protobuf.frame('ADDED', node)),
      ENCODERS.protobuf.frame('BOOKMARK', bookmarkOf(NODE, 1003, true)),
    ]);
  });

  test('begins with what comes next when initial events are refused', async (t) => {
    const simulator = await simulate(t);
    const query = 'resourceVersion=0&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
    const nodes = await watch(connect(t, simulator), query);
    simulator.cluster.heartbeat('node-0001');
    assert.deepEqual(await nodes.takeNames(1), ['MODIFIED node-0001 1004']);
  });

  test('ends by ERROR 504 where the state asked for does not exist yet', async (t) => {
    const simulator = await simulate(t);
    const query = 'resourceVersion=2000&resourceVersionMatch=NotOlderThan&sendInitialEvents=true';
    const nodes = await watch(connect(t, simulator), query);
    const [error, ...rest] = await nodes.takeAll();
    assert.match(String(error), /"reason":"ResourceVersionTooLarge".*"code":504/);
    assert.deepEqual(rest, []);
  });

  for (const query of ['sendInitialEvents=true', 'resourceVersionMatch=NotOlderThan']) {
    test(`is refused by 422 with half of its options: ${query}`, async (t) => {
      const simulator = await simulate(t);
      const { status } = await fetchAll(connect(t, simulator), `/api/v1/nodes?watch=1&${query}`);
      assert.equal(status, 422);
    });
  }

  test('on the deprecated path has no mark and no sendInitialEvents', async (t) => {
    const simulator = await simulate(t);
    const client = connect(t, simulator);
    const path = '/api/v1/watch/nodes';
    const nodes = await watch(client, 'allowWatchBookmarks=true', 'json', path);
    assert.deepEqual(await nodes.takeNames(3), INITIAL);
    simulator.cluster.heartbeat('node-0000');
    assert.deepEqual(await nodes.takeNames(1), ['MODIFIED node-0000 1004']);
    const refused = await fetchAll(
      client,
      `${path}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
    );
    assert.equal(refused.status, 422);
    const one = await watch(client, '', 'json', `${path}/node-0001`);
    assert.deepEqual(await one.takeNames(1), ['ADDED node-0001 1002']);
  });
});

describe('bookmarks and the end', () => {
  test('bookmarks come at their interval, to those who asked, once something has happened', async (t) => {
    const timers = new ManualTimers();
    const simulator = await simulate(t, { timers, bookmarkIntervalMs: 1000 });
    const { cluster } = simulator;
    const client = connect(t, simulator);
    const asked = await watch(client, `resourceVersion=1003&allowWatchBookmarks=true`);
    const notAsked = await watch(client, `resourceVersion=1003`);
    timers.advance(1000);
    cluster.heartbeat('node-0000');
    timers.advance(1000);
    cluster.heartbeat('node-0001');
    const [first, bookmark, second] = await asked.take(3);
    assert.deepEqual(
      [first, second].map((frame) => frame && parseJsonFrame(frame).object.metadata.resourceVersion),
      ['1004', '1005'],
    );
    assert.deepEqual(bookmark, ENCODERS.json.frame('BOOKMARK', bookmarkOf(NODE, 1004, false)));
    assert.deepEqual(await notAsked.takeNames(2), ['MODIFIED node-0000 1004', 'MODIFIED node-0001 1005']);
  });

  test('timeoutSeconds ends the stream at a frame boundary, two seconds after a last bookmark', async (t) => {
    const timers = new ManualTimers();
    const simulator = await simulate(t, { timers });
    const query = 'resourceVersion=1003&allowWatchBookmarks=true&timeoutSeconds=7';
    const nodes = await watch(connect(t, simulator), query, 'protobuf');
    const beaten = simulator.cluster.heartbeat('node-0000');
    timers.advance(5000);
    assert.equal(simulator.watches().length, 1);
    timers.advance(2000);
    assert.deepEqual(await nodes.takeAll(), [
      ENCODERS.protobuf.frame('MODIFIED', beaten),
      ENCODERS.protobuf.frame('BOOKMARK', bookmarkOf(NODE, 1004, false)),
    ]);
    assert.equal(timers.pending, 0);
  });

  test('a client that goes away leaves no watch and no timer behind', async (t) => {
    const timers = new ManualTimers();
    const simulator = await simulate(t, { timers });
    const client = connect(t, simulator);
    const nodes = await watch(client, 'resourceVersion=1003&allowWatchBookmarks=true');
    assert.ok(timers.pending > 0);
    nodes.abort();
    // A later request on the same connection is answered after the reset was processed.
    await fetchAll(client, '/readyz');
    assert.deepEqual(simulator.watches(), []);
    assert.equal(timers.pending, 0);
  });
});

describe('selectors', () => {
  test('fieldSelector metadata.name narrows a watch to one Node', async (t) => {
    const simulator = await simulate(t);
    const query = `resourceVersion=1003&fieldSelector=${encodeURIComponent('metadata.name=node-0001')}`;
    const nodes = await watch(connect(t, simulator), query);
    for (const name of ['node-0000', 'node-0001', 'node-0002', 'node-0001'])
      simulator.cluster.heartbeat(name);
    assert.deepEqual(await nodes.takeNames(2), ['MODIFIED node-0001 1005', 'MODIFIED node-0001 1007']);
  });

  test('Nodes that enter a selection are ADDED, those that leave DELETED in their last matching state', async (t) => {
    const simulator = await simulate(t);
    const { cluster } = simulator;
    const nodes = await watch(connect(t, simulator), 'resourceVersion=1003&labelSelector=team%3Dred');
    cluster.setLabel('node-0001', 'team', 'blue');
    const entered = cluster.setLabel('node-0001', 'team', 'red');
    cluster.heartbeat('node-0001');
    cluster.setLabel('node-0001', 'team', null);
    const frames = await nodes.take(3);
    assert.deepEqual(
      frames.map((frame) => parseJsonFrame(frame).type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    );
    assert.equal(entered.metadata.resourceVersion, '1005');
    const deleted = String(frames[2]);
    assert.match(deleted, /"resourceVersion":"1007"/);
    assert.match(deleted, /"team":"red"/);
  });

  test('existence, absence and inequality of labels select; what is not understood is 400', async (t) => {
    const simulator = await simulate(t);
    const { cluster } = simulator;
    cluster.setLabel('node-0001', 'team', 'red');
    cluster.cordon('node-0002', true);
    const client = connect(t, simulator);
    const names = async (query: string): Promise<string[]> => {
      const { body } = await fetchAll(client, `/api/v1/nodes?${query}`);
      const list = JSON.parse(body.toString()) as { items: { metadata: { name: string } }[] };
      return list.items.map((item) => item.metadata.name);
    };
    assert.deepEqual(await names('labelSelector=team'), ['node-0001']);
    assert.deepEqual(await names('labelSelector=!team'), ['node-0000', 'node-0002']);
    assert.deepEqual(await names('labelSelector=team!%3Dred'), ['node-0000', 'node-0002']);
    assert.deepEqual(await names('fieldSelector=spec.unschedulable%3Dtrue'), ['node-0002']);
    for (const query of ['labelSelector=a+in+(b)', 'fieldSelector=status.phase%3Dx', 'fieldSelector=x']) {
      assert.equal((await fetchAll(client, `/api/v1/nodes?watch=1&${query}`)).status, 400, query);
    }
  });
});
