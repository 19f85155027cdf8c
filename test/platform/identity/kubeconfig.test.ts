import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { dialHost, serverUrl, servingHosts } from '../../../src/platform/identity/hosts.ts';
import {
  kubeconfigPath,
  readPort,
  renderKubeconfig,
  writeKubeconfig,
} from '../../../src/platform/identity/kubeconfig.ts';

const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

async function stateDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'watchsieve-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

test('the kubeconfig names server, CA file, token file and a current context, and no secret (R24)', () => {
  const config = new KubeConfig();
  const text = renderKubeconfig({
    stateDir: '/run/watchsieve',
    host: '127.0.0.1',
    port: 17480,
    tokenFile: TOKEN_FILE,
  });
  config.loadFromString(text);
  assert.equal(config.getCurrentContext(), 'watchsieve');
  assert.equal(config.getCurrentCluster()?.server, 'https://127.0.0.1:17480');
  assert.equal(config.getCurrentCluster()?.caFile, '/run/watchsieve/ca.crt');
  assert.equal(config.getCurrentCluster()?.skipTLSVerify, false);
  assert.match(text, /tokenFile: \/var\/run\/secrets\/kubernetes\.io\/serviceaccount\/token\n/);
});

test('relative paths become absolute: clients resolve them against different directories', () => {
  const text = renderKubeconfig({ stateDir: 'state', host: 'localhost', port: 1, tokenFile: 'token' });
  assert.ok(text.includes(`certificate-authority: ${resolve('state/ca.crt')}\n`));
  assert.ok(text.includes(`tokenFile: ${resolve('token')}\n`));
});

test('it is written 0644 even under umask 077, and gives its port back at the next start (R24)', async (t) => {
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const dir = await stateDir(t);
  const path = await writeKubeconfig({ stateDir: dir, host: '::1', port: 43210, tokenFile: TOKEN_FILE });
  assert.equal(path, kubeconfigPath(dir));
  assert.equal((await stat(path)).mode & 0o777, 0o644);
  assert.match(await readFile(path, 'utf8'), /server: https:\/\/\[::1\]:43210\n/);
  assert.equal(await readPort(dir, '::1'), 43210);
  assert.equal(await readPort(dir, '::'), 43210, 'a wildcard address is dialled by loopback');
  assert.equal(await readPort(dir, '0:0:0:0:0:0:0:1'), 43210, 'one address, another spelling');
  assert.equal(await readPort(dir, '127.0.0.1'), undefined, 'another host is another listener');
});

const NOT_OURS = [
  '',
  'clusters: [',
  'clusters: []',
  'clusters: [{cluster: {server: nonsense}}]',
  'clusters: [{cluster: {server: "https://127.0.0.1"}}]',
  '- 1',
  'null',
];

test('a missing, broken or foreign kubeconfig gives no port', async (t) => {
  const dir = await stateDir(t);
  assert.equal(await readPort(dir, '127.0.0.1'), undefined);
  for (const text of NOT_OURS) {
    await writeFile(kubeconfigPath(dir), text);
    assert.equal(await readPort(dir, '127.0.0.1'), undefined, JSON.stringify(text));
  }
});

test('a kubeconfig that cannot be written is an error that names the path and the setting', async (t) => {
  const dir = join(await stateDir(t), 'missing');
  await assert.rejects(writeKubeconfig({ stateDir: dir, host: '::1', port: 1, tokenFile: TOKEN_FILE }), {
    name: 'StateDirError',
    message: /^cannot write .*kubeconfig: ENOENT.* \(see --state-dir\)$/,
  });
});

test('clients dial loopback for wildcard addresses, and the certificate names whatever they dial', () => {
  assert.equal(dialHost('0.0.0.0'), '127.0.0.1');
  assert.equal(dialHost('10.0.0.7'), '10.0.0.7');
  assert.equal(serverUrl('::', 5), 'https://[::1]:5');
  assert.deepEqual(servingHosts('10.0.0.7'), ['10.0.0.7', '127.0.0.1', '::1', 'localhost']);
  assert.deepEqual(servingHosts('::'), ['::1', '127.0.0.1', 'localhost']);
});
