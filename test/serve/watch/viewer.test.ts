/** Whose view a snapshot is: nobody begins with what another may have seen more of, or less (R16, I2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customResource } from '../../../src/core/resource/custom-resource.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { viewerOf, Viewers } from '../../../src/serve/watch/viewer.ts';
import { CA_PEM, simulate } from '../../lab/simulator/harness.ts';
import { runReady, type Scrape } from '../harness.ts';

const LIST = '/api/v1/nodes';
const JANE = { 'Impersonate-User': 'jane' };

test('at the API server of a cluster all see the same, but for those who act as another', () => {
  const viewer = viewerOf(true);
  assert.equal(viewer(['Authorization', 'Bearer a', 'Accept', 'x']), '');
  assert.equal(viewer([]), '');
  const jane = viewer(['Authorization', 'Bearer a', 'Impersonate-User', 'jane']);
  assert.notEqual(jane, '');
  assert.ok(!jane.includes('jane'));
  assert.equal(
    viewer(['IMPERSONATE-USER', 'jane', 'Accept', 'x', 'authorization', 'Bearer a']) === '',
    false,
  );
  for (const other of [
    ['Authorization', 'Bearer b', 'Impersonate-User', 'jane'],
    ['Authorization', 'Bearer a', 'Impersonate-User', 'joan'],
    ['Authorization', 'Bearer a', 'Impersonate-User', 'jane', 'Impersonate-Group', 'x'],
  ])
    assert.notEqual(viewer(other), jane);
  assert.equal(viewer(['Authorization', 'Bearer a', 'X', 'y', 'impersonate-user', 'jane']), jane);
});

test('where clients of several presets come, each begins with nothing but what its own credentials and program have seen', () => {
  const viewers = new Viewers(true);
  const view = (isShared: boolean, ...headers: string[]) => viewers.of({ isShared }, NODES, headers);
  assert.equal(view(false, 'Authorization', 'Bearer a', 'User-Agent', 'x'), '');
  const a = view(true, 'Authorization', 'Bearer a', 'User-Agent', 'x');
  assert.equal(view(true, 'user-agent', 'x', 'Accept', 'y', 'authorization', 'Bearer a'), a);
  for (const other of [
    view(true, 'Authorization', 'Bearer b', 'User-Agent', 'x'),
    view(true, 'Authorization', 'Bearer a', 'User-Agent', 'y'),
    view(true, 'Authorization', 'Bearer a', 'User-Agent', 'x', 'Impersonate-User', 'jane'),
    view(true),
    viewerOf(false)(['Authorization', 'Bearer a', 'User-Agent', 'x']),
  ])
    assert.notEqual(other, a);
});

test('of a resource that is known by its name alone each credential has a view of its own, at any server', () => {
  const open = customResource(
    { group: 'example.org', version: 'v1', plural: 'own', namespaced: true },
    'Own',
  );
  const viewers = new Viewers(true);
  const view = (token: string) => viewers.of({ isShared: false }, open, ['Authorization', token]);
  assert.notEqual(view('Bearer a'), view('Bearer b'));
  assert.equal(view('Bearer a'), view('Bearer a'));
});

test('at the server of a kubeconfig each credential has a view of its own', () => {
  const viewer = viewerOf(false);
  const a = viewer(['Authorization', 'Bearer a']);
  assert.equal(viewer(['authorization', 'Bearer a', 'Accept', 'x']), a);
  for (const other of [
    ['Authorization', 'Bearer b'],
    [],
    ['Cookie', 'a=b'],
    ['Authorization', 'Bearer a', 'Cookie', 'a=b'],
    ['Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.YQ, v4.channel.k8s.io'],
  ])
    assert.notEqual(viewer(other), a);
});

test('a watch begins with what its own client listed, and not with what another did', async (t) => {
  const simulator = await simulate(t, { nodes: 3 });
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM });
  const beginsCold = async (headers: Record<string, string>): Promise<number> => {
    const before = (await scraped()).sum('watchsieve_baselines_adopted_total', { source: 'cold' });
    const version = simulator.cluster.resourceVersion;
    const target = `/api/v1/nodes?watch=1&timeoutSeconds=1&resourceVersion=${version}`;
    const { status } = await proxy.fetch(target, { headers });
    assert.equal(status, 200);
    return (await scraped()).sum('watchsieve_baselines_adopted_total', { source: 'cold' }) - before;
  };
  const scraped = async (): Promise<Scrape> => proxy.scrape();
  await proxy.fetch(LIST, { headers: { authorization: 'Bearer a' } });
  assert.equal(await beginsCold({ authorization: 'Bearer a' }), 0);
  assert.equal(await beginsCold({ authorization: 'Bearer b' }), 1);
  assert.equal(await beginsCold({ authorization: 'Bearer a', ...JANE }), 1);
});
