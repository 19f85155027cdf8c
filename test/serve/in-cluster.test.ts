/** Clients that read the in-cluster configuration: what they find, and that a real one of them works by it (R24, I7). */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { init } from '../../src/cli/init.ts';
import { initState } from '../../src/serve/init-state.ts';
import { fakeIo } from '../cli/fake-io.ts';
import { eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK, makeCertificates } from '../support/certificates.ts';
import { FakeTime } from '../support/fake-time.ts';
import { run, type Running, runReady, temporaryDirectory } from './harness.ts';

const TOKEN_FILE = '/var/run/secrets/watchsieve.dev/serviceaccount/token';
const OTHER = await makeCertificates(['127.0.0.1']);

const flags = (tokenFile = TOKEN_FILE) => [
  ...['--in-cluster-token-file', tokenFile, '--in-cluster-namespace', 'operators'],
];
const folderOf = ({ stateDir }: Pick<Running, 'stateDir'>) => join(stateDir, 'serviceaccount');

/** The certificates of a bundle, each as a client finds it. */
function certificatesIn(pem: string): readonly string[] {
  return pem
    .split(/(?=-----BEGIN)/)
    .filter((part) => part.trim() !== '')
    .map((part) => new X509Certificate(part).fingerprint256);
}

/** An API server that answers lists of Nodes, and keeps what it was shown. */
async function api(t: TestContext): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = await startApiServer({
    handler: (request, response) => {
      if (request.url.startsWith('/api/v1/nodes')) seen.push(request.headers.authorization ?? '');
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] }),
      );
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  return { url: `https://127.0.0.1:${server.port}`, seen };
}

test('they find both CAs, the namespace and a link to their token, which they may read, and no key', async (t) => {
  const { url } = await api(t);
  const proxy = await run(t, { url, caPem: LOOPBACK.ca }, { argv: flags() });
  const folder = folderOf(proxy);
  assert.deepEqual((await readdir(folder)).sort(), ['ca.crt', 'namespace', 'token']);
  assert.deepEqual(
    certificatesIn(await readFile(join(folder, 'ca.crt'), 'utf8')),
    [proxy.caPem, LOOPBACK.ca].flatMap(certificatesIn),
  );
  assert.equal(await readFile(join(folder, 'namespace'), 'utf8'), 'operators');
  assert.equal(await readlink(join(folder, 'token')), TOKEN_FILE);
  assert.equal((await stat(folder)).mode & 0o777, 0o755);
  for (const name of ['ca.crt', 'namespace'])
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o644);
});

test('without the settings there is nothing of it', async (t) => {
  const { url } = await api(t);
  const proxy = await run(t, { url, caPem: LOOPBACK.ca });
  await assert.rejects(stat(folderOf(proxy)), { code: 'ENOENT' });
});

test('@kubernetes/client-node takes them for those of a cluster, and a token that the kubelet swaps is the next one sent', async (t) => {
  const { url, seen } = await api(t);
  const root = await temporaryDirectory(t);
  // As a kubelet writes a projected volume: links to a folder that another one takes the place of.
  const volume = join(root, 'projected');
  const swap = async (token: string) => {
    await mkdir(join(volume, `..${token}`), { recursive: true });
    await writeFile(join(volume, `..${token}`, 'token'), token);
    await symlink(`..${token}`, join(volume, '..data_tmp'));
    await rename(join(volume, '..data_tmp'), join(volume, '..data'));
  };
  await swap('first');
  await symlink('..data/token', join(volume, 'token'));
  const backend = { url, caPem: LOOPBACK.ca };
  const proxy = await runReady(t, backend, { argv: flags(join(volume, 'token')) });
  const mounted = join(root, 'var/run/secrets/kubernetes.io');
  await mkdir(mounted, { recursive: true });
  await symlink(folderOf(proxy), join(mounted, 'serviceaccount'));

  const before = process.env;
  process.env = { ...before };
  t.after(() => void (process.env = before));
  for (const host of ['127.0.0.1', 'localhost']) {
    process.env['KUBERNETES_SERVICE_HOST'] = host;
    process.env['KUBERNETES_SERVICE_PORT'] = String(proxy.app.proxyAddress.port);
    const config = new KubeConfig();
    config.loadFromCluster(root);
    assert.equal(config.getContextObject(config.getCurrentContext())?.namespace, 'operators');
    assert.deepEqual((await config.makeApiClient(CoreV1Api).listNode()).items, []);
  }
  await swap('second');
  const config = new KubeConfig();
  config.loadFromCluster(root);
  await config.makeApiClient(CoreV1Api).listNode();
  assert.deepEqual(seen, ['Bearer first', 'Bearer first', 'Bearer second']);
});

test('a new CA of the API server is there within a minute; while it cannot be read, the last one stays, and it is said once', async (t) => {
  const { url } = await api(t);
  const time = new FakeTime();
  const directory = await temporaryDirectory(t);
  const [caFile, kubeconfig] = [join(directory, 'ca.crt'), join(directory, 'upstream')];
  await writeFile(caFile, LOOPBACK.ca);
  const cluster = { server: url, 'certificate-authority': caFile };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      clusters: [{ name: 'a', cluster }],
      users: [{ name: 'a', user: {} }],
    }),
  );
  const proxy = await run(
    t,
    { url, caPem: LOOPBACK.ca },
    { argv: [...flags(), '--kubeconfig', kubeconfig], startPolling: time.startTimer },
  );
  const bundle = join(folderOf(proxy), 'ca.crt');
  const holds = async (...pems: readonly string[]) =>
    assert.deepEqual(
      certificatesIn(await readFile(bundle, 'utf8')),
      [proxy.caPem, ...pems].flatMap(certificatesIn),
    );
  await holds(LOOPBACK.ca);
  const warnings = () => proxy.logged("the API server's CAs for in-cluster clients cannot be read").length;

  await rm(caFile);
  for (let minute = 0; minute < 3; minute++) {
    const running = time.running;
    time.pass(60_000);
    await eventually(() => time.running === running, 'it has looked');
  }
  await holds(LOOPBACK.ca);
  assert.equal(warnings(), 1);

  await writeFile(caFile, OTHER.ca);
  time.pass(60_000);
  await eventually(() => readFileSync(bundle, 'utf8').includes(OTHER.ca.trim()), 'it is there');
  await holds(OTHER.ca);
});

test('init leaves them as serve does, with its own CA alone where that of the cluster is not there yet', async (t) => {
  const stateDir = join(await temporaryDirectory(t), 'state');
  const config = join(stateDir, '..', 'config.yaml');
  await writeFile(config, '');
  const env = {
    KUBERNETES_SERVICE_HOST: 'fd00::1',
    KUBERNETES_SERVICE_PORT: '443',
    WATCHSIEVE_CONFIG: config,
    WATCHSIEVE_STATE_DIR: stateDir,
    WATCHSIEVE_IN_CLUSTER_TOKEN_FILE: TOKEN_FILE,
    WATCHSIEVE_IN_CLUSTER_NAMESPACE: 'operators',
  };
  const io = fakeIo(env);
  assert.equal(await init([], io, () => Promise.resolve(initState)), 0, io.err());
  const own = await readFile(join(stateDir, 'ca.crt'), 'utf8');
  assert.equal(await readFile(join(stateDir, 'serviceaccount', 'ca.crt'), 'utf8'), own);
  assert.equal(await readlink(join(stateDir, 'serviceaccount', 'token')), TOKEN_FILE);
  assert.match(io.out(), /the API server's CAs for in-cluster clients cannot be read/);
});
