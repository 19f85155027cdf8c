/** Several clients of one proxy, each with a preset in the path of its server (R14, R24, I2). */
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { runReady, type Running } from './harness.ts';

async function scene(t: TestContext, argv: readonly string[] = []) {
  const simulator = await simulate(t, { nodes: 1 });
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM }, { argv });
  return {
    proxy,
    beat: () => simulator.cluster.heartbeat('node-0000'),
    swallowed: async () => (await proxy.scrape()).sum('watchsieve_events_total', { verdict: 'swallowed' }),
  };
}

const NODES = '/api/v1/nodes';
const list = async (proxy: Running, path: string, token: string): Promise<string> => {
  const { body } = await proxy.fetch(path, {
    headers: { accept: 'application/json', authorization: `Bearer ${token}`, 'user-agent': 'x' },
  });
  return (JSON.parse(body.toString()) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
};
const watch = (proxy: Running, path: string, token: string, resourceVersion: string) =>
  proxy.watch(`${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`, 'json', {
    authorization: `Bearer ${token}`,
    'user-agent': 'x',
  });
const baselines = (proxy: Running) =>
  proxy.logged('stream opened').map((line) => `${String(line['preset'])} ${String(line['baseline'])}`);

test('each client has the parts that count by its own path, from its own LIST on', async (t) => {
  const { proxy, beat, swallowed } = await scene(t);
  const [plain, labels] = ['', '/for/labels'].map((prefix) => prefix + NODES);
  for (const [path = '', token] of [
    [plain, 'a'],
    [labels, 'b'],
  ] as const)
    await watch(proxy, path, token, await list(proxy, path, token));
  assert.deepEqual(baselines(proxy), ['metallb list', 'labels list']);
  beat();
  for (let tries = 0; (await swallowed()) < 2; tries++) assert.ok(tries < 500, 'both swallow the heartbeat');
});

test('a client that takes its resourceVersion to another path begins with nothing that others have seen there (I2)', async (t) => {
  const { proxy } = await scene(t);
  const at = `/for/labels${NODES}`;
  await list(proxy, at, 'a');
  const version = await list(proxy, at, 'other');
  // The state at this resourceVersion is known there, by another client.
  await watch(proxy, `/for/heartbeat${NODES}`, 'a', version);
  await watch(proxy, at, 'mover', version);
  await watch(proxy, NODES, 'a', version);
  await watch(proxy, at, 'other', version);
  assert.deepEqual(baselines(proxy), ['heartbeat cold', 'labels cold', 'metallb cold', 'labels list']);
});

test('whoever is turned away changes nothing for others', async (t) => {
  const simulator = await simulate(t, { nodes: 1, token: 'good' });
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM });
  for (const target of [NODES, `${NODES}?watch=1`])
    assert.equal((await proxy.fetch(`/for/labels${target}`)).status, 401);
  const record = await readFile(join(proxy.stateDir, 'swallowed-under'), 'utf8');
  assert.ok(!record.includes('nodes/labels'), record);
});

test('an unknown preset is told with the nearest, and the watch goes nowhere', async (t) => {
  const { proxy } = await scene(t);
  const { status, body } = await proxy.fetch(`/for/metalb${NODES}?watch=1`);
  assert.equal(status, 404);
  assert.match(body.toString(), /did you mean metallb\?/);
  assert.deepEqual(proxy.logged('stream opened'), []);
});

test('for each preset that is asked for there is a kubeconfig, which leads to its path (R24)', async (t) => {
  const { proxy, beat } = await scene(t, ['--client-presets', 'labels,heartbeat']);
  const files = (await readdir(proxy.stateDir)).filter((name) => name.startsWith('kubeconfig'));
  assert.deepEqual(files.sort(), ['kubeconfig', 'kubeconfig-heartbeat', 'kubeconfig-labels']);
  const servers = await Promise.all(
    files.map(async (name) => {
      const file = join(proxy.stateDir, name);
      assert.equal((await stat(file)).mode & 0o777, 0o644);
      const config = parse(await readFile(file, 'utf8')) as { clusters: { cluster: { server: string } }[] };
      return config.clusters[0]?.cluster.server.replace(proxy.url, '');
    }),
  );
  assert.deepEqual(servers, ['', '/for/heartbeat', '/for/labels']);
  beat();
});
