/** The whole program with `--share`: what it answers from memory, to whom, and what it leaves to the API server. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import { MAX_ASKED_BY_STRANGERS } from '../../../src/serve/grants/grants.ts';
import { ShareStory } from '../../../src/serve/share/share-story.ts';
import { eventually } from '../../support/api-server.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { listAt, textAt, valueAt } from '../../support/json-value.ts';
import { temporaryDirectory } from '../harness.ts';
import { AS_SIDECAR, DIGEST, HUB, listed, type Setting, startHub } from './hub-harness.ts';

const LIST = '/api/v1/nodes?limit=500&resourceVersion=0';
const BACK = 'allowWatchBookmarks=true&resourceVersion=';

test('sidecars get LISTs and watches from memory: one LIST and one watch upstream, heartbeats judged once, changes as they came', async (t) => {
  const { cluster, allowed, get, watch, ofCallers, askedBy, hub } = await startHub(t);
  allowed.add('a').add('b');
  const list = await get('a', LIST, AS_SIDECAR);
  assert.equal(list.headers[PROJECTION_HEADER], DIGEST);
  const { resourceVersion, names } = listed(list);
  assert.deepEqual(names, cluster.nodeNames().sort());
  const watching = await watch('a', BACK + resourceVersion);
  assert.equal(watching.headers[PROJECTION_HEADER], DIGEST);
  const other = await watch('b', 'resourceVersion=0');
  assert.equal((await other.takeNames(3)).length, 3);
  for (let beat = 0; beat < 5; beat++) cluster.heartbeat('node-0001');
  const changed = cluster.setLabel('node-0000', 'zone', 'a').metadata.resourceVersion;
  for (const one of [watching, other])
    assert.deepEqual(await one.takeNames(1), [`MODIFIED node-0000 ${changed}`]);
  assert.deepEqual(ofCallers(), []);
  assert.deepEqual([askedBy(HUB, 'list'), askedBy(HUB, 'watch')], [1, 1]);
  const { feeds } = JSON.parse((await hub.admin('/debug/hub')).body.toString()) as {
    feeds: { readers: number; objects: number; epoch: number }[];
  };
  assert.deepEqual(
    feeds.map(({ readers, objects, epoch }) => [readers, objects, epoch]),
    [[2, 3, 1]],
  );
  const page = (await hub.admin('/')).body.toString();
  assert.match(page, /id="hub"[^]*nodes[^]*metallb, json[^]*watching/);
  const scrape = await hub.scrape();
  assert.equal(scrape.sum('watchsieve_hub_requests_total', { result: 'watch' }), 2);
  assert.equal(scrape.sum('watchsieve_hub_readers'), 2);
  watching.abort();
  other.abort();
});

test('in protobuf too, and compressed where a LIST is long', async (t) => {
  const { cluster, allowed, get, watch, ofCallers } = await startHub(t, { nodes: 60 });
  allowed.add('a');
  const plain = await get('a', LIST, AS_SIDECAR);
  const gzip = await get('a', LIST, { ...AS_SIDECAR, 'accept-encoding': 'gzip' });
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.deepEqual(gunzipSync(gzip.body), plain.body);
  const watching = await watch('a', 'resourceVersion=0', { encoding: 'protobuf' });
  assert.equal(watching.headers['content-type'], 'application/vnd.kubernetes.protobuf;stream=watch');
  await watching.take(60);
  cluster.heartbeat('node-0000');
  cluster.setLabel('node-0001', 'zone', 'a');
  const [frame] = await watching.take(1);
  assert.match(frame?.toString('latin1') ?? '', /node-0001/);
  assert.deepEqual(ofCallers(), []);
  watching.abort();
});

/** Every way to ask for Nodes that this hub might answer, and some that it must not. */
const WAYS = [
  LIST,
  '/api/v1/nodes',
  '/api/v1/nodes?watch=1&resourceVersion=0',
  '/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  '/api/v1/nodes?watch=1&resourceVersion=0&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dnode-0000',
  '/api/v1/nodes?watch=1&resourceVersion=1',
  '/api/v1/nodes?resourceVersion=0&labelSelector=a',
  '/api/v1/watch/nodes?resourceVersion=0',
  '/api/v1/nodes/node-0000',
];

for (const [who, status] of [
  ['stranger', 403],
  ['unknown', 401],
  ['', 401],
] as const)
  test(`I10: "${who}", who may not, gets the API server's ${status}, a sidecar of such a client 421, and no byte from memory`, async (t) => {
    const { allowed, get, askedBy } = await startHub(t);
    for (const way of WAYS) {
      const refused = await get(who, way);
      assert.equal(refused.status, status, way);
      assert.match(refused.body.toString(), /by the API server/);
      const declined = await get(who, way, AS_SIDECAR);
      assert.equal(declined.status, 421, way);
      assert.doesNotMatch(declined.body.toString(), /node-0/);
    }
    // Nor does anybody begin a feed who may not have what it holds.
    assert.equal(askedBy(HUB, 'list'), 0);
    allowed.add('a');
    assert.equal((await get('a', LIST, AS_SIDECAR)).status, 200);
    assert.equal((await get(who, LIST)).status, status);
    assert.equal((await get(who, LIST, AS_SIDECAR)).status, 421);
  });

test('I10: who impersonates, or shows two credentials, is answered by the API server; what only a front proxy may say is not passed on', async (t) => {
  const { allowed, get, asked, askedBy } = await startHub(t);
  allowed.add('a');
  await get('a', LIST, AS_SIDECAR);
  for (const headers of [{ 'impersonate-user': 'x' }, { cookie: 'b' }]) {
    assert.equal((await get('a', LIST, { ...AS_SIDECAR, ...headers })).status, 421);
    assert.equal((await get('a', LIST, headers)).status, 200);
  }
  assert.equal(askedBy('a', 'list'), 2);
  await get('a', '/api/v1/nodes/node-0000', { 'x-remote-user': 'admin', 'X-Remote-Group': 'system:masters' });
  const last = asked.at(-1);
  assert.equal(last?.who, 'a');
  assert.deepEqual(
    Object.keys(last.headers).filter((name) => name.startsWith('x-remote')),
    [],
  );
});

test('I10: a right that is revoked ends the watch that was let in by it, and no other; /debug/hub says so', async (t) => {
  const { cluster, allowed, watch, time, hub, watches } = await startHub(t);
  allowed.add('a').add('b');
  const [revoked, kept] = [await watch('a', 'resourceVersion=0'), await watch('b', 'resourceVersion=0')];
  await Promise.all([revoked.take(3), kept.take(3)]);
  // A feed that is not answered for so long as passes here would end both.
  await eventually(() => watches.size === 1, 'the feed watches');
  allowed.delete('a');
  time.pass(60_000);
  assert.deepEqual(await revoked.takeAll(), []);
  const changed = cluster.setLabel('node-0000', 'zone', 'a').metadata.resourceVersion;
  assert.deepEqual(await kept.takeNames(1), [`MODIFIED node-0000 ${changed}`]);
  const said: unknown = JSON.parse((await hub.admin('/debug/hub')).body.toString());
  assert.deepEqual(valueAt(said, 'requests'), { watch: 2 });
  assert.deepEqual(valueAt(said, 'readersEnded'), { refused: 1 });
  const ended = listAt(said, 'lastEnded').map((one) => [textAt(one, 'resource'), textAt(one, 'cause')]);
  assert.deepEqual(ended, [['nodes', 'refused']]);
  assert.ok(Number(valueAt(said, 'grants')) > 0);
  kept.abort();
});

test('/debug/hub keeps the last twenty that were ended against their will, and a bounded name of each (I6)', () => {
  const story = new ShareStory();
  for (let at = 0; at < 30; at++)
    story.onEnd({ client: `${at}${'x'.repeat(1000)}`, resource: 'nodes', cause: 'fallen', at: at * 1000 });
  for (const cause of ['client_gone', 'deadline', 'drain'] as const)
    story.onEnd({ client: 'leaves', resource: 'nodes', cause, at: 30_000 });
  const said = story.description(31_000);
  assert.deepEqual(valueAt(said, 'readersEnded'), { fallen: 30, client_gone: 1, deadline: 1, drain: 1 });
  const last = listAt(said, 'lastEnded');
  assert.equal(last.length, 20);
  assert.equal(textAt(last[0], 'client'), `29${'x'.repeat(126)}`);
  assert.equal(valueAt(last[0], 'secondsAgo'), 2);
});

/** A hub whose feed hears nothing more of upstream, as if that were slow. */
async function behind(setting: Setting): Promise<string> {
  await setting.get('a', LIST, AS_SIDECAR);
  await eventually(() => setting.watches.size === 1, 'the feed watches');
  for (const watch of setting.watches) watch.stall();
  return setting.cluster.setLabel('node-0000', 'zone', 'a').metadata.resourceVersion ?? '';
}

for (const [what, path] of [
  ['I11: a LIST that names a newer state than the hub has', '/api/v1/nodes?resourceVersion='],
  ['I11: a watch that goes on from a newer state', `/api/v1/nodes?watch=1&${BACK}`],
  ['I12: a LIST of the newest state', '/api/v1/nodes?limit=0'],
] as const)
  test(`${what} waits for it, and not for long`, async (t) => {
    const setting = await startHub(t);
    const { time } = setting;
    setting.allowed.add('a');
    const newer = await behind(setting);
    const target = path.endsWith('limit=0') ? path : path + newer;
    const ask = async (): Promise<ReturnType<Setting['get']>[]> => {
      const before = setting.deciding();
      const asking = setting.get('a', target, AS_SIDECAR);
      await eventually(() => setting.deciding() > before, 'it is being decided upon');
      return [asking];
    };
    const [late] = await ask();
    const answered = late?.then(() => true);
    time.pass(499);
    const isOpen = await Promise.race([answered, setting.get('a', '/version').then(() => 'open')]);
    assert.equal(isOpen, 'open');
    time.pass(1);
    assert.equal((await late)?.status, 421);
    if (path.includes('watch')) return;
    const [again] = await ask();
    for (const watch of setting.watches) watch.resume();
    assert.ok(again);
    const { resourceVersion, labels } = listed(await again);
    assert.ok(Number(resourceVersion) >= Number(newer));
    assert.equal(labels('node-0000')['zone'], 'a');
  });

test('I15: sidecars that come at once, more than may be asked about at once, are all answered from memory', async (t) => {
  const setting = await startHub(t);
  const { allowed, get, ofCallers, deciding } = setting;
  allowed.add('a');
  await get('a', LIST, AS_SIDECAR);
  const before = { deciding: deciding(), asked: ofCallers().length };
  const held = Promise.withResolvers<undefined>();
  setting.holds = ({ what }) => (what === 'review' ? held.promise : undefined);
  const sidecars = Array.from({ length: MAX_ASKED_BY_STRANGERS + 50 }, (_, i) => `sidecar-${i}`);
  for (const sidecar of sidecars) allowed.add(sidecar);
  const answers = sidecars.map((sidecar) => get(sidecar, LIST, AS_SIDECAR));
  await eventually(() => deciding() === before.deciding + sidecars.length, 'all have come');
  held.resolve(undefined);
  for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  assert.equal(ofCallers().length, before.asked, 'the API server is asked for no LIST');
});

test('I12: how new the newest state is, is asked after the request has come: one question for all that wait, never one that was under way', async (t) => {
  const setting = await startHub(t);
  const { cluster, allowed, get, askedBy, deciding } = setting;
  allowed.add('a');
  await get('a', LIST, AS_SIDECAR);
  await eventually(() => askedBy(HUB, 'newest') === 1, 'as for each new connection');
  const first = Promise.withResolvers<undefined>();
  setting.holds = ({ what }) => (what === 'newest' ? first.promise : undefined);
  const early = get('a', '/api/v1/nodes', AS_SIDECAR);
  await eventually(() => askedBy(HUB, 'newest') === 2, 'the first question is under way');
  const { resourceVersion: version } = cluster.setLabel('node-0000', 'zone', 'a').metadata;
  const before = deciding();
  const late = [
    get('a', '/api/v1/nodes', AS_SIDECAR),
    get('a', '/api/v1/nodes?resourceVersion=', AS_SIDECAR),
  ];
  await eventually(() => deciding() === before + 2, 'both wait');
  first.resolve(undefined);
  setting.holds = () => undefined;
  await early;
  for (const answer of await Promise.all(late)) {
    const { resourceVersion, labels } = listed(answer);
    assert.ok(Number(resourceVersion) >= Number(version));
    assert.equal(labels('node-0000')['zone'], 'a');
  }
  assert.equal(askedBy(HUB, 'newest'), 3);
});

test('I14: where upstream no longer has what comes next, the feed begins anew, and its readers are ended cleanly', async (t) => {
  const setting = await startHub(t);
  const { cluster, allowed, watch, watches, get, askedBy, ofCallers, hub, time } = setting;
  allowed.add('a');
  const rested = (holds: () => boolean, what: string): Promise<void> =>
    eventually(() => {
      time.pass(20);
      return holds();
    }, what);
  const watching = await watch('a', 'resourceVersion=0');
  await watching.take(3);
  await eventually(() => watches.size === 1, 'the feed watches');
  setting.holds = ({ who, what }) => (who === HUB && what === 'watch' ? gate.promise : undefined);
  const gate = Promise.withResolvers<undefined>();
  for (const one of watches) one.end();
  await rested(() => askedBy(HUB, 'watch') === 2, 'the feed comes back');
  cluster.setLabel('node-0000', 'zone', 'a');
  cluster.deleteNode('node-0001');
  cluster.forgetHistory();
  gate.resolve(undefined);
  assert.deepEqual(await watching.takeAll(), []);
  await rested(() => askedBy(HUB, 'list') === 2, 'it is listed anew');
  const { names, labels } = listed(await get('a', LIST, AS_SIDECAR));
  assert.deepEqual(names, ['node-0000', 'node-0002']);
  assert.equal(labels('node-0000')['zone'], 'a');
  assert.deepEqual(ofCallers(), []);
  assert.equal((await hub.scrape()).sum('watchsieve_hub_epochs_ended_total', { cause: 'expired' }), 1);
});

test('of what happened more than 15 minutes ago a hub has nothing, and a sidecar that comes from there is sent away (I6)', async (t) => {
  const { cluster, allowed, get, watch, hub, time } = await startHub(t);
  allowed.add('a');
  const { resourceVersion } = listed(await get('a', LIST, AS_SIDECAR));
  const versions: string[] = [];
  const minute = async (count: number): Promise<void> => {
    const reader = await watch('a', `resourceVersion=${versions.at(-1) ?? resourceVersion}`);
    versions.push(cluster.setLabel('node-0000', 'minute', String(count)).metadata.resourceVersion ?? '');
    // The feed is in use, and has heard of it.
    await reader.take(1);
    reader.abort();
    // Each is shorter than what a feed bears without an event.
    time.pass(60_000);
  };
  for (let count = 1; count <= 17; count++) await minute(count);
  const late = `/api/v1/nodes?watch=1&timeoutSeconds=1&resourceVersion=${resourceVersion}`;
  assert.equal((await get('a', late, AS_SIDECAR)).status, 421);
  assert.equal((await hub.scrape()).sum('watchsieve_hub_requests_total', { result: 'out_of_reach' }), 1);
  const open = await watch('a', `resourceVersion=${versions[8] ?? ''}`);
  await open.take(8);
});

test('I14: an event larger than --max-frame-bytes ends the epoch, and what it said is listed (I6)', async (t) => {
  const setting = await startHub(t, { argv: ['--max-frame-bytes', '64KiB'] });
  const { cluster, allowed, watch, get, askedBy, hub, time } = setting;
  allowed.add('a');
  const watching = await watch('a', 'resourceVersion=0');
  await watching.take(3);
  const zone = 'x'.repeat(64 * 1024);
  cluster.setLabel('node-0000', 'zone', zone);
  assert.deepEqual(await watching.takeAll(), []);
  await eventually(() => {
    time.pass(20);
    return askedBy(HUB, 'list') === 2;
  }, 'it is listed anew');
  assert.equal(listed(await get('a', LIST, AS_SIDECAR)).labels('node-0000')['zone'], zone);
  assert.equal((await hub.scrape()).sum('watchsieve_hub_epochs_ended_total', { cause: 'unclear' }), 1);
});

test('I15: a sidecar is told at once what memory has no answer for, nothing of it goes upstream, and what others ask does', async (t) => {
  const { allowed, get, watch, ofCallers, cluster } = await startHub(t);
  allowed.add('a');
  const { resourceVersion } = listed(await get('a', LIST, AS_SIDECAR));
  for (const way of [
    '/api/v1/pods',
    '/api/v1/nodes/node-0000',
    '/api/v1/nodes?resourceVersion=0&labelSelector=a',
    '/api/v1/nodes?limit=1',
    '/api/v1/nodes?resourceVersion=1&resourceVersionMatch=Exact',
    '/api/v1/nodes?resourceVersion=0&pretty=1',
    '/api/v1/nodes?watch=1&resourceVersion=1',
    `/api/v1/watch/nodes?resourceVersion=${resourceVersion}`,
  ])
    assert.equal((await get('a', way, AS_SIDECAR)).status, 421, way);
  assert.equal((await get('a', LIST, { [PROJECTION_HEADER]: 'another' })).status, 421);
  assert.equal((await get('a', LIST, { ...AS_SIDECAR, accept: 'application/json;as=Table' })).status, 421);
  assert.deepEqual(ofCallers(), []);
  // Nobody says by what this client was filtered before: it goes on where nothing is taken to be known to it.
  const back = await watch('a', BACK + resourceVersion, { digest: '' });
  assert.deepEqual(ofCallers(), ['a watch']);
  const beat = cluster.heartbeat('node-0000').metadata.resourceVersion;
  assert.deepEqual(await back.takeNames(1), [`MODIFIED node-0000 ${beat}`]);
  back.abort();
});

test('a client that has no sidecar is listed and begun from memory, and hears of each change of what counts', async (t) => {
  const configFile = join(await temporaryDirectory(t), 'config.yaml');
  await writeFile(configFile, 'preset: metallb\n');
  const time = new FakeTime();
  const { allowed, get, watch, ofCallers } = await startHub(t, {
    configFile,
    startPolling: time.startTimer,
  });
  allowed.add('a');
  const list = await get('a', LIST);
  assert.equal(list.headers[PROJECTION_HEADER], undefined);
  const watching = await watch('a', 'resourceVersion=0', { digest: '' });
  await watching.take(3);
  assert.deepEqual(ofCallers(), []);
  await writeFile(configFile, 'preset: heartbeat\n');
  time.pass(5000);
  assert.deepEqual(await watching.takeAll(), []);
  // The digest of the former preset is known no more.
  assert.equal((await get('a', LIST, AS_SIDECAR)).status, 421);
});

test('R31: a drain ends watches from memory cleanly, their clients knowing how far they are', async (t) => {
  const { cluster, allowed, watch, hub, askedBy } = await startHub(t, { argv: ['--drain-timeout', '0s'] });
  allowed.add('a');
  const watching = await watch('a', 'resourceVersion=0&allowWatchBookmarks=true');
  await watching.take(4);
  await eventually(() => askedBy(HUB, 'watch') === 1, 'the feed watches');
  const beat = cluster.heartbeat('node-0001').metadata.resourceVersion ?? '';
  await eventually(() => true, 'read');
  await untilRead(hub, beat);
  await hub.app.drain();
  const [last, ...more] = await watching.takeAll();
  assert.match(last?.toString() ?? '', new RegExp(`BOOKMARK.*"resourceVersion":"${beat}"`));
  assert.deepEqual(more, []);
});

async function untilRead(hub: Setting['hub'], resourceVersion: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { body } = await hub.admin('/debug/hub');
    if (body.toString().includes(`"resourceVersion": "${resourceVersion}"`)) return;
  }
  assert.fail(`the feed never came to ${resourceVersion}`);
}

test('I13: clients that read as they can are broken off by no burst, however small the budget of bytes', async (t) => {
  const { allowed, watch, hub, cluster } = await startHub(t, { argv: ['--memory-budget', '16MiB'] });
  const watches = [];
  for (let i = 0; i < 30; i++) {
    allowed.add(`c${i}`);
    const watching = await watch(`c${i}`, 'resourceVersion=0');
    await watching.takeNames(3);
    watches.push(watching);
  }
  for (let change = 0; change < 200; change++) cluster.setLabel('node-0000', 'zone', `z${change}`);
  for (const watching of watches) assert.equal((await watching.take(200)).length, 200);
  assert.equal((await hub.scrape()).sum('watchsieve_refused_total', { limit: 'memory' }), 0);
  for (const watching of watches) watching.abort();
});

test('I2: a client that comes back from another hub is sent each object once, whatever this hub believes of others', async (t) => {
  const { allowed, get, watch, cluster } = await startHub(t);
  allowed.add('a');
  // Another hub swallowed this by another preset: the client has the old state at the newest resourceVersion.
  cluster.setLabel('node-0000', 'zone', 'new');
  const { resourceVersion } = listed(await get('a', '/api/v1/nodes?limit=500'));
  const back = await watch('a', BACK + resourceVersion, { digest: '' });
  const beat = cluster.heartbeat('node-0000').metadata.resourceVersion;
  assert.deepEqual(await back.takeNames(1), [`MODIFIED node-0000 ${beat}`]);
  back.abort();
});

for (const after of ['preset: labels\n', 'preset: metallb\nmode: observe\n'])
  test(`a filter that changes while a caller's rights are asked for counts for its watch: ${after.trim()}`, async (t) => {
    const configFile = join(await temporaryDirectory(t), 'config.yaml');
    await writeFile(configFile, 'preset: metallb\n');
    const polling = new FakeTime();
    const setting = await startHub(t, { configFile, startPolling: polling.startTimer });
    const { allowed, watch, hub, ofCallers } = setting;
    allowed.add('a');
    const review = Promise.withResolvers<undefined>();
    setting.holds = ({ what }) => (what === 'review' ? review.promise : undefined);
    const watching = watch('a', 'resourceVersion=0', { digest: '' });
    await eventually(() => setting.askedBy('a', 'review') > 0, 'rights are asked for');
    await writeFile(configFile, after);
    const settingsNow = async () => (await hub.admin('/debug/config')).body.toString();
    const before = await settingsNow();
    for (let tries = 0; tries < 1000 && (await settingsNow()) === before; tries++) polling.pass(5000);
    assert.notEqual(await settingsNow(), before);
    review.resolve(undefined);
    const begun = await watching;
    await begun.takeNames(3);
    assert.deepEqual(ofCallers(), ['a watch']);
    begun.abort();
  });

test('I15: where the hub itself is not answered, nobody waits for it a second time', async (t) => {
  const setting = await startHub(t);
  const { allowed, get, time, asked } = setting;
  allowed.add('a');
  const refused = Promise.withResolvers<undefined>();
  setting.holds = ({ who, what }) => (who === HUB && what === 'list' ? refused.promise : undefined);
  const first = get('a', LIST);
  await eventually(() => asked.some(({ who, what }) => who === HUB && what === 'list'), 'the hub lists');
  // Longer than a LIST of its own may take.
  time.pass(60_000);
  assert.equal((await first).status, 200);
  assert.equal((await get('a', LIST)).status, 200);
  assert.equal((await get('a', LIST, AS_SIDECAR)).status, 421);
});
