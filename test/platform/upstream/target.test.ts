import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { kubeconfigTarget } from '../../../src/platform/upstream/kubeconfig-target.ts';
import { inClusterTarget } from '../../../src/platform/upstream/target.ts';
import { LOOPBACK, makeCertificates } from '../../support/certificates.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'target-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('R25: in a Pod the address comes from the environment, IPv6 too', () => {
  const cases = [
    ['10.96.0.1', '443', 'https://10.96.0.1:443', '10.96.0.1'],
    ['fd00::1', '6443', 'https://[fd00::1]:6443', 'fd00::1'],
    ['[fd00::1]', '6443', 'https://[fd00::1]:6443', 'fd00::1'],
    ['kubernetes.default.svc', '443', 'https://kubernetes.default.svc:443', 'kubernetes.default.svc'],
  ] as const;
  for (const [host, port, origin, hostname] of cases) {
    const target = inClusterTarget({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port });
    assert.equal(target.origin, origin);
    assert.equal(target.hostname, hostname);
    assert.equal(target.basePath, '');
  }
});

test('R25: what is wrong with the environment is named', () => {
  const from = (host?: string, port?: string) => () =>
    inClusterTarget({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port });
  assert.throws(from(), /not running in a Pod/);
  assert.throws(from('10.0.0.1'), /not running in a Pod/);
  assert.throws(from('10.0.0.1', 'http'), /KUBERNETES_SERVICE_PORT is not a port: http/);
  assert.throws(from('10.0.0.1', '70000'), /KUBERNETES_SERVICE_PORT/);
  assert.throws(from('a/b', '443'), /KUBERNETES_SERVICE_HOST/);
});

test('R25: the CA file is read anew each time, and its faults are named', async (t) => {
  const file = join(await folder(t), 'ca.crt');
  const target = inClusterTarget(
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' },
    file,
  );
  await assert.rejects(target.readCa(), /cannot read the CA file .*ca\.crt/);
  await writeFile(file, 'nothing');
  await assert.rejects(target.readCa(), /holds no PEM certificate/);
  await writeFile(file, LOOPBACK.ca);
  assert.equal(await target.readCa(), LOOPBACK.ca);
});

const CA_DATA = Buffer.from(LOOPBACK.ca).toString('base64');

function kubeconfig(cluster: Record<string, unknown>): string {
  return JSON.stringify({
    'current-context': 'main',
    contexts: [
      { name: 'main', context: { cluster: 'c', user: 'u' } },
      { name: 'lost', context: { cluster: 'gone', user: 'u' } },
    ],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { 'token-file': '/does/not/exist' } }],
  });
}

test('R25: a kubeconfig gives server, base path, CA and server name, and its users are not read', async (t) => {
  const file = join(await folder(t), 'config');
  await writeFile(
    file,
    kubeconfig({
      server: 'https://[fd00::2]:8443/k8s/clusters/x/',
      'certificate-authority-data': CA_DATA,
      'tls-server-name': 'api.internal',
    }),
  );
  const target = await kubeconfigTarget(file);
  assert.equal(target.origin, 'https://[fd00::2]:8443');
  assert.equal(target.hostname, 'fd00::2');
  assert.equal(target.basePath, '/k8s/clusters/x');
  assert.equal(target.servername, 'api.internal');
  assert.equal(await target.readCa(), LOOPBACK.ca);
});

test('R25: a CA file in a kubeconfig is relative to it; without any CA the system’s are used', async (t) => {
  const path = await folder(t);
  await writeFile(join(path, 'ca.pem'), LOOPBACK.ca);
  await writeFile(join(path, 'a'), kubeconfig({ server: 'https://api', 'certificate-authority': 'ca.pem' }));
  const target = await kubeconfigTarget(join(path, 'a'), 'main');
  assert.equal(target.port, 443);
  assert.equal(await target.readCa(), LOOPBACK.ca);
  await writeFile(join(path, 'b'), kubeconfig({ server: 'https://api:6443' }));
  assert.equal(await (await kubeconfigTarget(join(path, 'b'))).readCa(), undefined);
});

test('R25: a CA in the kubeconfig is read again when that has changed, as a CA file is', async (t) => {
  const file = join(await folder(t), 'config');
  const other = (await makeCertificates(['other'])).ca;
  const write = (cluster: Readonly<Record<string, unknown>>) => writeFile(file, kubeconfig(cluster));
  const server = 'https://api';
  const data = (pem: string) => ({ 'certificate-authority-data': Buffer.from(pem).toString('base64') });
  await write({ server, ...data(LOOPBACK.ca) });
  const target = await kubeconfigTarget(file, 'main');
  assert.equal(await target.readCa(), LOOPBACK.ca);
  await write({ server, ...data(other) });
  assert.equal(await target.readCa(), other);
  for (const broken of ['', 'a: [', kubeconfig({ server, ...data('none') }).slice(0, -9)]) {
    await writeFile(file, broken);
    assert.equal(await target.readCa(), other, 'half of a file changes nothing');
  }
  await write({ server: 'https://elsewhere', ...data(LOOPBACK.ca) });
  assert.equal(await target.readCa(), other, 'the CA of another server is none of this one');
  await rm(file);
  assert.equal(await target.readCa(), other);
  await write({ server, ...data(LOOPBACK.ca) });
  assert.equal(await target.readCa(), LOOPBACK.ca);
  assert.equal(target.origin, 'https://api:443');
});

test('R25: a field of a kubeconfig that is empty or null is not set', async (t) => {
  const file = join(await folder(t), 'config');
  for (const empty of ['', null]) {
    await writeFile(
      file,
      kubeconfig({
        server: 'https://api',
        'proxy-url': empty,
        'tls-server-name': empty,
        'certificate-authority': empty,
        'certificate-authority-data': empty,
      }),
    );
    const target = await kubeconfigTarget(file);
    assert.equal(target.servername, undefined);
    assert.equal(await target.readCa(), undefined);
  }
});

test('R25: what is wrong with a kubeconfig is named', async (t) => {
  const path = await folder(t);
  const file = join(path, 'config');
  const rejects = async (text: string, expected: RegExp, context?: string) => {
    await writeFile(file, text);
    await assert.rejects(kubeconfigTarget(file, context), (error: Error) => {
      assert.match(error.message, expected);
      return error.message.startsWith(`kubeconfig ${file}: `);
    });
  };
  await assert.rejects(
    kubeconfigTarget(join(path, 'none')),
    /^Error: kubeconfig \S+none does not exist: outside a Pod, /,
  );
  await rejects('', /not a YAML mapping/);
  await rejects('a: [', /./);
  await rejects('{}', /names no current-context/);
  await rejects(kubeconfig({ server: 'https://a' }), /has no context x \(it has: main, lost\)/, 'x');
  await rejects(kubeconfig({ server: 'https://a' }), /cluster gone, which is missing/, 'lost');
  await rejects(kubeconfig({ server: 'http://a' }), /must be an https:\/\/ URL/);
  await rejects(kubeconfig({ server: 'nonsense' }), /must be an https:\/\/ URL/);
  await rejects(kubeconfig({ server: 'https://u:p@a' }), /only a host, a port and a path/);
  await rejects(kubeconfig({ server: 'https://a', 'insecure-skip-tls-verify': true }), /never allowed/);
  await rejects(
    kubeconfig({ server: 'https://a', 'proxy-url': 'http://p' }),
    /proxy-url, which is not supported/,
  );
  await rejects(kubeconfig({ server: 'https://a', 'certificate-authority-data': '!' }), /not a base64 PEM/);
  await rejects(kubeconfig({}), /server is missing/);
});

test('R26: what is said of a broken kubeconfig quotes none of it', async (t) => {
  const file = join(await folder(t), 'kubeconfig');
  await writeFile(file, 'users: [{name: u, user: {token: not-for-your-eyes, a: "}}]\n');
  await assert.rejects(kubeconfigTarget(file), (error: Error) => {
    assert.match(error.message, /^kubeconfig .*: /);
    assert.doesNotMatch(error.message, /not-for-your-eyes/);
    return true;
  });
});
