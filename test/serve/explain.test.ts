/** "Why did the speaker not see X?", asked at the admin port, about a simulated cluster (R29). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test, type TestContext } from 'node:test';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { ACCEPT, CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { entriesAt, listAt, numberAt, parseJson, textAt, valueAt } from '../support/json-value.ts';
import { runReady } from './harness.ts';
import { inTurn } from '../support/property-runs.ts';

const NODE = 'node-0001';
const SECRET = 'planted-5e1f0a77c3';

async function scene(t: TestContext, argv: readonly string[] = []) {
  const simulator = await simulate(t, { nodes: 3 });
  const { cluster } = simulator;
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM }, { argv });
  const explain = async (object = NODE): Promise<unknown> => {
    const { status, body } = await proxy.admin(`/debug/explain?object=${object}`);
    assert.equal(status, 200);
    const text = body.toString();
    assert.ok(!text.includes(SECRET), 'no value of a label is shown (R26)');
    return parseJson(text);
  };
  /** Does it, and waits until the one event of it was decided. */
  const decided = async (act: () => void): Promise<string> => {
    const received = async (): Promise<number> =>
      (await proxy.scrape()).sum('watchsieve_events_received_total');
    const before = await received();
    act();
    while ((await received()) <= before) await new Promise((resolve) => setImmediate(resolve));
    return String(cluster.resourceVersion);
  };
  const list = async (encoding: Encoding): Promise<string> => {
    const { status } = await proxy.fetch('/api/v1/nodes', { headers: { accept: ACCEPT[encoding] } });
    assert.equal(status, 200);
    return String(cluster.resourceVersion);
  };
  return { simulator, cluster, proxy, explain, decided, list };
}

/** Decisions of the newest stream as `TYPE reason resourceVersion paths`, the newest first. */
function decisions(explained: unknown): string[] {
  return listAt(explained, 'streams', 0, 'decisions').map((one) => {
    const paths = listAt(one, 'paths').map((path) => `${textAt(path, 'path')} ${textAt(path, 'change')}`);
    const said = `${textAt(one, 'type')} ${textAt(one, 'reason')} ${textAt(one, 'resourceVersion')}`;
    assert.ok(Math.abs(Date.parse(textAt(one, 'at')) - Date.now()) < 60_000, 'wall time');
    return [said, ...paths].join(' ');
  });
}

for (const encoding of inTurn(['json', 'protobuf'] as const, 1))
  describe(`/debug/explain, ${encoding} (R29)`, () => {
    test('tells the life of a Node: listed, swallowed, changed in named parts, deleted, back again', async (t) => {
      const { cluster, proxy, explain, decided, list } = await scene(t);
      cluster.setLabel(NODE, 'zone', SECRET);
      const listedAt = await list(encoding);
      const own = cluster.node(NODE)?.metadata.resourceVersion;
      await proxy.watch(`resourceVersion=${listedAt}&allowWatchBookmarks=true`, encoding);
      await eventually(() => proxy.logged('stream opened').length === 1, 'the stream is open');

      const begun = await explain();
      assert.deepEqual(valueAt(begun, 'streams', 0, 'began'), {
        snapshotOf: 'list',
        resourceVersion: listedAt,
      });
      assert.equal(textAt(begun, 'streams', 0, 'lastDelivered', 'reason'), 'list');
      assert.equal(textAt(begun, 'streams', 0, 'lastDelivered', 'resourceVersion'), own);
      assert.equal(valueAt(begun, 'streams', 0, 'lastDelivered', 'onThisStream'), false);
      assert.match(
        textAt(begun, 'streams', 0, 'meaning'),
        /held the object when this stream began.*no event of it has been read since/,
      );
      assert.deepEqual(decisions(begun), []);

      await decided(() => cluster.heartbeat(NODE));
      const beat = await decided(() => cluster.heartbeat(NODE));
      const swallowed = await explain();
      assert.equal(valueAt(swallowed, 'streams', 0, 'held'), true);
      assert.equal(textAt(swallowed, 'streams', 0, 'unchangedSince', 'verdict'), 'swallowed');
      assert.equal(numberAt(swallowed, 'streams', 0, 'unchangedSince', 'events'), 2);
      assert.equal(textAt(swallowed, 'streams', 0, 'unchangedSince', 'last', 'resourceVersion'), beat);
      assert.equal(textAt(swallowed, 'streams', 0, 'deliveredResourceVersion'), listedAt);
      assert.ok(numberAt(swallowed, 'streams', 0, 'lagSeconds') >= 0);
      assert.ok(Date.parse(textAt(swallowed, 'streams', 0, 'passesUnchangedAfter')) > Date.now());

      const labelled = await decided(() => cluster.setLabel(NODE, 'zone', `${SECRET}-2`));
      const network = await decided(() => cluster.setCondition(NODE, 'NetworkUnavailable', 'True'));
      const cordoned = await decided(() => cluster.cordon(NODE, true));
      const removed = await decided(() => cluster.setLabel(NODE, 'zone', null));
      const told = [
        `MODIFIED changed ${removed} metadata.labels["zone"] removed`,
        `MODIFIED changed ${cordoned} spec.unschedulable ${encoding === 'json' ? 'added' : 'changed'}`,
        `MODIFIED changed ${network} status.conditions[NetworkUnavailable].status changed`,
        `MODIFIED changed ${labelled} metadata.labels["zone"] changed`,
      ];
      const changed = await explain();
      assert.deepEqual(decisions(changed), told);
      assert.equal(valueAt(changed, 'streams', 0, 'unchangedSince'), null);
      assert.equal(textAt(changed, 'streams', 0, 'lastDelivered', 'resourceVersion'), removed);
      assert.equal(valueAt(changed, 'streams', 0, 'lastDelivered', 'onThisStream'), true);

      const { status, body } = await proxy.admin(`/explain?object=${NODE}`);
      const page = body.toString();
      assert.equal(status, 200);
      assert.match(page, /metadata\.labels\[&quot;zone&quot;\]<\/bdi><\/code> <span class="muted">removed/);
      assert.ok(!page.includes(SECRET), 'nor does the page show one');

      const deleted = await decided(() => cluster.deleteNode(NODE));
      const gone = await explain();
      assert.equal(valueAt(gone, 'streams', 0, 'held'), false);
      assert.equal(valueAt(gone, 'streams', 0, 'lastDelivered'), null);
      assert.match(textAt(gone, 'streams', 0, 'meaning'), /^It was deleted/);
      const added = await decided(() => cluster.addNode(NODE));
      assert.deepEqual(decisions(await explain()), [
        `ADDED added ${added}`,
        `DELETED deleted ${deleted}`,
        ...told,
      ]);
    });

    test('a reconnect does not lose the story: the ended stream is told, and what the new one took over', async (t) => {
      const { simulator, cluster, proxy, explain, decided, list } = await scene(t);
      const listedAt = await list(encoding);
      await proxy.watch(`resourceVersion=${listedAt}&allowWatchBookmarks=true`, encoding);
      await eventually(() => proxy.logged('stream opened').length === 1, 'the stream is open');
      const labelled = await decided(() => cluster.setLabel(NODE, 'zone', SECRET));
      await decided(() => cluster.heartbeat(NODE));
      simulator.watches().at(-1)?.end();
      await eventually(() => proxy.logged('stream ended').length === 1, 'the stream has ended');
      const last = String(cluster.resourceVersion);
      await proxy.watch(`resourceVersion=${last}&allowWatchBookmarks=true`, encoding);
      await eventually(() => proxy.logged('stream opened').length === 2, 'the next one is open');
      await decided(() => cluster.heartbeat(NODE));

      const explained = await explain();
      const [now, before] = listAt(explained, 'streams');
      assert.deepEqual(
        [valueAt(now, 'state'), valueAt(before, 'state'), valueAt(before, 'ended', 'cause')],
        ['open', 'ended', 'upstream_end'],
      );
      assert.deepEqual(valueAt(now, 'began'), { snapshotOf: 'stream', resourceVersion: last });
      // Delivered by the stream before, and known to be so by this one.
      for (const stream of [now, before]) {
        assert.equal(textAt(stream, 'lastDelivered', 'resourceVersion'), labelled);
        assert.equal(textAt(stream, 'lastDelivered', 'reason'), 'changed');
        assert.equal(numberAt(stream, 'unchangedSince', 'events'), 1);
      }
      assert.equal(valueAt(now, 'lastDelivered', 'onThisStream'), false);
      assert.deepEqual(
        listAt(before, 'decisions').map((one) => textAt(one, 'resourceVersion')),
        [labelled],
      );
      assert.match(textAt(before, 'meaning'), /The stream has ended since/);
      const cordoned = await decided(() => cluster.cordon(NODE, true));
      assert.match(decisions(await explain())[0] ?? '', new RegExp(`^MODIFIED changed ${cordoned} spec`));
    });
  });

test('of ended streams the last few are told, not all of them (I6)', async (t) => {
  const { simulator, proxy, explain } = await scene(t);
  for (let i = 1; i <= 7; i++) {
    const watch = await proxy.watch('resourceVersion=1');
    simulator.watches().at(-1)?.end();
    await watch.takeAll();
    await eventually(() => proxy.logged('stream ended').length === i, 'the stream has ended');
  }
  const streams = listAt(await explain(), 'streams').map((stream) => numberAt(stream, 'stream'));
  assert.deepEqual(streams, [7, 6, 5, 4]);
});

test('an object that no event was read of: no decisions, and what that means', async (t) => {
  const { proxy, explain } = await scene(t);
  await proxy.watch('resourceVersion=1');
  await proxy.watch('fieldSelector=metadata.name%3Dnode-0002&resourceVersion=1');
  await eventually(() => proxy.logged('stream opened').length === 2, 'the streams are open');
  for (const stream of listAt(await explain('node-unknown'), 'streams')) {
    assert.deepEqual(listAt(stream, 'decisions'), []);
    assert.match(textAt(stream, 'meaning'), /^No event of it has been read on this stream/);
  }
});

test('observing, what would have been swallowed is told as that (R21)', async (t) => {
  const { cluster, proxy, explain, decided, list } = await scene(t, ['--mode', 'observe']);
  await proxy.watch(`resourceVersion=${await list('json')}`);
  await eventually(() => proxy.logged('stream opened').length === 1, 'the stream is open');
  await decided(() => cluster.heartbeat(NODE));
  const explained = await explain();
  assert.equal(textAt(explained, 'streams', 0, 'unchangedSince', 'verdict'), 'would_swallow');
  assert.match(textAt(explained, 'streams', 0, 'meaning'), /forwarded nevertheless/);
});

test('without an object it is a 400 that says how to ask; the fields are those of docs/explain.md', async (t) => {
  const { proxy, explain, list } = await scene(t);
  for (const query of ['', '?', '?object', '?object=', '?name=x']) {
    const { status, body } = await proxy.admin(`/debug/explain${query}`);
    assert.equal(status, 400, query);
    assert.match(textAt(parseJson(body.toString()), 'error'), /object=NAME/);
  }
  await proxy.watch(`resourceVersion=${await list('json')}`);
  await eventually(() => proxy.logged('stream opened').length === 1, 'the stream is open');
  const doc = await readFile(new URL('../../docs/explain.md', import.meta.url), 'utf8');
  for (const [field] of entriesAt(await explain(), 'streams', 0))
    assert.ok(doc.includes(`\`${field}\``), `${field} is documented`);
});

test('what is kept for it is measured, and grows by what was listed (I6)', async (t) => {
  const { proxy, list } = await scene(t);
  const before = await proxy.scrape();
  assert.equal(before.sum('watchsieve_explain_bytes'), 0);
  assert.equal(before.sum('watchsieve_explain_bytes_limit'), 1024 * 1024);
  await list('protobuf');
  const used = (await proxy.scrape()).sum('watchsieve_explain_bytes');
  assert.ok(used > 0 && used < 100_000, String(used));
});
