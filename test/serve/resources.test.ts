/** Resources that settings name, in front of the whole program: each by its own projection, in its own scopes (R14, R16, I2). */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ApiResponse, eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame } from '../support/encode.ts';
import { FakeTime } from '../support/fake-time.ts';
import { listAt, numberAt, parseJson, textAt } from '../support/json-value.ts';
import { runReady, temporaryDirectory, type Running } from './harness.ts';

const LEASES = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1' } as const;
const CILIUM = { kind: 'CiliumNode', apiVersion: 'cilium.io/v2' } as const;
const MAPS = { kind: 'ConfigMap', apiVersion: 'v1' } as const;
type Typed = typeof LEASES | typeof CILIUM | typeof MAPS;

const SIEVED = `resources:
  leases.coordination.k8s.io: holder
  ciliumnodes.cilium.io/v2/CiliumNode:
    exclude: [status.seen, metadata.managedFields]
  configmaps/v1/ConfigMap: {}
projections:
  holder: { include: [spec.holderIdentity] }
`;

interface Change {
  readonly resourceVersion: string;
  readonly spec?: object;
  readonly status?: object;
  readonly metadata?: object;
}

const objectOf = (typed: Typed, { resourceVersion, spec = {}, status = {}, metadata }: Change) => ({
  ...typed,
  metadata: { name: 'a', namespace: 'red', uid: 'u', resourceVersion, ...metadata },
  spec,
  status,
});

interface Scene {
  readonly proxy: Running;
  /** Open upstream, by target. */
  readonly watches: Map<string, ApiResponse>;
  /** A list and a watch of what was listed. @param at the path of the collection */
  readonly begin: (typed: Typed, at: string, first: Change) => ReturnType<Running['watch']>;
  readonly swallowed: (resource: string) => Promise<number>;
}

async function scene(t: TestContext, config = SIEVED, time?: FakeTime): Promise<Scene & { file: string }> {
  const watches = new Map<string, ApiResponse>();
  const listed = new Map<string, string>();
  const server = await startApiServer({
    handler: (req, res) => {
      const [path = ''] = req.url.split('?', 1);
      const list = listed.get(path);
      if (list === undefined) res.writeHead(200).end();
      else if (req.url.includes('watch=')) {
        res.writeHead(200, { 'content-type': 'application/json' }).write('');
        watches.set(path, res);
      } else res.writeHead(200, { 'content-type': 'application/json' }).end(list);
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const file = join(await temporaryDirectory(t), 'config.yaml');
  await writeFile(file, config);
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  const polling = time === undefined ? {} : { startPolling: time.startTimer };
  const proxy = await runReady(t, backend, { configFile: file, ...polling });
  return {
    file,
    proxy,
    watches,
    begin: async (typed, at, first) => {
      const { kind, apiVersion } = typed;
      const items = [objectOf(typed, first)];
      const list = { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: '7' }, items };
      listed.set(at, `${JSON.stringify(list)}\n`);
      assert.equal((await proxy.fetch(at, { headers: { accept: 'application/json' } })).status, 200);
      const client = await proxy.watch(`${at}?watch=1&resourceVersion=7&allowWatchBookmarks=true`);
      await eventually(() => watches.has(at), 'the watch is upstream');
      return client;
    },
    swallowed: async (resource) =>
      (await proxy.scrape()).sum('watchsieve_events_total', { verdict: 'swallowed', resource }),
  };
}

const changed = (typed: Typed, change: Change): Buffer => jsonFrame('MODIFIED', objectOf(typed, change));

for (const { typed, name, path, noise, news } of [
  {
    ...{ typed: LEASES, name: 'leases.coordination.k8s.io', path: '/apis/coordination.k8s.io/v1' },
    noise: { spec: { holderIdentity: 'a', renewTime: '2026-01-01T00:00:01.000000Z' } },
    news: { spec: { holderIdentity: 'b' } },
  },
  {
    ...{ typed: CILIUM, name: 'ciliumnodes.cilium.io', path: '/apis/cilium.io/v2' },
    noise: { spec: { holderIdentity: 'a' }, status: { seen: 2 } },
    news: { spec: { holderIdentity: 'a' }, status: { seen: 2, other: 1 } },
  },
  {
    ...{ typed: MAPS, name: 'configmaps', path: '/api/v1' },
    noise: { spec: { holderIdentity: 'a' }, metadata: { managedFields: [{ manager: 'm' }] } },
    news: { spec: { holderIdentity: 'a' }, metadata: { labels: { a: '1' } } },
  },
])
  for (const within of ['', '/namespaces/red'])
    test(`${name}${within === '' ? '' : ' of one namespace'}: noise is swallowed, from the LIST on, and a change is not (I2, R16)`, async (t) => {
      const { begin, watches, swallowed, proxy } = await scene(t);
      const [plural = ''] = name.split('.', 1);
      const at = `${path}${within}/${plural}`;
      const client = await begin(typed, at, { resourceVersion: '5', spec: { holderIdentity: 'a' } });
      const upstream = watches.get(at);
      const news2 = changed(typed, { resourceVersion: '9', ...news });
      upstream?.write(changed(typed, { resourceVersion: '8', ...noise }));
      upstream?.write(news2);
      assert.deepEqual(await client.take(1), [news2]);
      assert.equal(await swallowed(name), 1);
      assert.equal(await swallowed('nodes'), 0);
      upstream?.end(changed(typed, { resourceVersion: '10', ...news }));
      const [bookmark] = await client.take(1);
      assert.deepEqual(JSON.parse(String(bookmark)), {
        type: 'BOOKMARK',
        object: {
          ...typed,
          metadata: { resourceVersion: '10', ...ZEROES[typed.kind].metadata },
          ...ZEROES[typed.kind].rest,
        },
      });
      assert.equal(proxy.logged('stream opened')[0]?.['resource'], name);
      assert.equal(proxy.logged('stream opened')[0]?.['baseline'], 'list');
    });

/** What Go writes of an object of its own types that has nothing in it; of other resources there is nothing to write. */
const ZEROES: Readonly<Record<Typed['kind'], { metadata: object; rest: object }>> = {
  Lease: { metadata: {}, rest: { spec: {} } },
  CiliumNode: { metadata: {}, rest: {} },
  ConfigMap: { metadata: {}, rest: {} },
};

test('operators are told which resource each watch is of, and in which namespace (R29)', async (t) => {
  const { begin, watches, proxy, swallowed } = await scene(t);
  const [leases, ciliums] = [
    '/apis/coordination.k8s.io/v1/namespaces/red/leases',
    '/apis/cilium.io/v2/ciliumnodes',
  ];
  await begin(LEASES, leases, { resourceVersion: '5', spec: { holderIdentity: 'a' } });
  await begin(CILIUM, ciliums, { resourceVersion: '5' });
  watches.get(leases)?.write(changed(LEASES, { resourceVersion: '8', spec: { holderIdentity: 'b' } }));
  watches.get(leases)?.write(changed(LEASES, { resourceVersion: '9', spec: { holderIdentity: 'b' } }));
  while ((await swallowed('leases.coordination.k8s.io')) < 1) await new Promise(setImmediate);
  const ask = async (path: string): Promise<unknown> => parseJson((await proxy.admin(path)).body.toString());
  const watched = (streams: readonly unknown[]) =>
    streams.map((stream) => `${textAt(stream, 'resource')} ${textAt(stream, 'namespace')}`);
  const all = ['leases.coordination.k8s.io red', 'ciliumnodes.cilium.io '];
  assert.deepEqual(watched(listAt(await ask('/debug/streams'))), all);
  const status = await ask('/debug/status');
  assert.deepEqual(listAt(status, 'sieved').toSorted(), [
    'ciliumnodes.cilium.io',
    'configmaps',
    'leases.coordination.k8s.io',
    'nodes',
  ]);
  assert.deepEqual(watched(listAt(status, 'streams')), all);
  assert.equal(textAt(status, 'changes', 0, 'resource'), 'leases.coordination.k8s.io');
  const explain = '/debug/explain?object=red/a';
  assert.deepEqual(watched(listAt(await ask(explain), 'streams')), all.toReversed());
  const told = listAt(await ask(`${explain}&resource=leases.coordination.k8s.io`), 'streams');
  assert.deepEqual(watched(told), all.slice(0, 1));
  assert.equal(numberAt(told[0], 'unchangedSince', 'events'), 1);
  const page = (await proxy.admin('/')).body.toString();
  assert.match(page, /leases\.coordination\.k8s\.io in red/);
  assert.match(page, /object=red%2Fa&amp;resource=leases\.coordination\.k8s\.io/);
});

test('what is listed in one namespace is not what a watch of all begins with (I2)', async (t) => {
  const { begin, proxy, watches } = await scene(t);
  await begin(LEASES, '/apis/coordination.k8s.io/v1/namespaces/red/leases', { resourceVersion: '5' });
  const all = '/apis/coordination.k8s.io/v1/leases';
  await proxy.fetch(all, { headers: { accept: 'text/none' } });
  assert.equal(watches.has(all), false);
  const [opened] = proxy.logged('stream opened');
  assert.equal(opened?.['baseline'], 'list');
});

test('a resource that nobody names, and another version of one, pass unread (I1)', async (t) => {
  const { begin, proxy } = await scene(t);
  for (const at of [
    '/api/v1/pods',
    '/apis/coordination.k8s.io/v1beta1/leases',
    '/apis/cilium.io/v3/ciliumnodes',
  ])
    await begin(LEASES, at, { resourceVersion: '5' });
  assert.deepEqual(proxy.logged('stream opened'), []);
  const scrape = await proxy.scrape();
  assert.deepEqual(
    [...new Set(scrape.of('watchsieve_streams').map(({ labels }) => labels['resource']))].sort(),
    ['ciliumnodes.cilium.io', 'configmaps', 'leases.coordination.k8s.io', 'nodes'],
  );
});

test('a projection that changes in the file changes what counts of its resource, and of no other (I2)', async (t) => {
  const time = new FakeTime();
  const { begin, watches, swallowed, file, proxy } = await scene(t, SIEVED, time);
  const leases = '/apis/coordination.k8s.io/v1/leases';
  const ciliums = '/apis/cilium.io/v2/ciliumnodes';
  const ours = await begin(LEASES, leases, { resourceVersion: '5', spec: { holderIdentity: 'a' } });
  await begin(CILIUM, ciliums, { resourceVersion: '5' });
  const look = async (text: string, msg: string): Promise<void> => {
    await writeFile(file, text);
    const before = proxy.logged(msg).length;
    time.pass(5000);
    await eventually(() => proxy.logged(msg).length > before, msg);
  };
  await look(
    SIEVED.replace('[spec.holderIdentity]', '[spec.holderIdentity, spec.renewTime]'),
    'the config file has changed: applied',
  );
  watches.get(ciliums)?.write(changed(CILIUM, { resourceVersion: '8', status: { seen: 3 } }));
  const beat = { resourceVersion: '8', spec: { holderIdentity: 'a', renewTime: 'x' } };
  watches.get(leases)?.write(changed(LEASES, beat));
  assert.deepEqual(await ours.take(1), [changed(LEASES, beat)]);
  let others = 0;
  for (let tries = 0; others === 0 && tries < 500; tries++) others = await swallowed('ciliumnodes.cilium.io');
  assert.equal(others, 1, 'the other goes on');
  await look(`${SIEVED}  # more\n`.replace('holder\n', 'holder\n  jobs.batch:\n'), LATER);
  const config = JSON.parse((await proxy.admin('/debug/config')).body.toString()) as Record<string, unknown>;
  assert.deepEqual(config['atNextStart'], ['resources']);
});

const LATER = 'the config file has changed: these take effect at the next start';
