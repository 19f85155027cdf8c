/** The serving certificate while it serves (R24), and who else may answer at its address. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { Agent } from 'undici';
import {
  type CertificateAndKey,
  createCertificateAuthority,
  issueServingCertificate,
} from '../../src/platform/identity/certificates.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually } from '../support/api-server.ts';
import { FakeTime } from '../support/fake-time.ts';
import { FakeApi, status } from '../install/webhook/fake-api.ts';
import { serveFakeApi, TOKEN } from '../install/webhook/served-api.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { textAt } from '../support/json-value.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { run, runReady, type Running, temporaryDirectory } from './harness.ts';

const DAY_MS = 86_400_000;
const FAILED = 'renewing the serving certificate failed, retrying';

interface Scene {
  readonly proxy: Running;
  /** Sets the clock on (or back) by so many days, and lets the proxy look at it. */
  readonly jump: (days: number) => void;
}

/** @param startedDaysAgo by the proxy's clock; certificates are judged by the real one, so tests end at the present */
async function scene(t: TestContext, startedDaysAgo = 0): Promise<Scene> {
  const simulator = await simulate(t);
  const time = new FakeTime();
  let wall = Date.now() - startedDaysAgo * DAY_MS;
  const proxy = await runReady(
    t,
    { url: simulator.url, caPem: CA_PEM },
    { startPolling: time.startTimer, wallNow: () => wall },
  );
  return {
    proxy,
    jump: (days) => {
      wall += days * DAY_MS;
      time.pass(60_000);
    },
  };
}

/** The serial number of the certificate that a new connection is served, verified against the CA of the start. */
async function served({ proxy }: Scene): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: proxy.app.proxyAddress.port, ca: proxy.caPem });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

const expiry = async ({ proxy }: Scene): Promise<number> =>
  (await proxy.scrape()).sum('watchsieve_serving_certificate_expiry_timestamp_seconds');

test('30 days before its end the certificate is renewed under the same CA, without a restart and without touching what runs (R24)', async (t) => {
  const made = await scene(t, 336);
  const { proxy, jump } = made;
  const [first, firstExpiry] = [await served(made), await expiry(made)];
  assert.ok(Math.abs(firstExpiry * 1000 - (Date.now() + 29 * DAY_MS)) < 60_000);
  const watch = await proxy.watch('resourceVersion=0');
  await watch.take(3);
  jump(334);
  assert.equal(await served(made), first);
  jump(2);
  await eventually(() => proxy.logged('certificates').length > 1, 'it is renewed');
  assert.notEqual(await served(made), first);
  assert.ok((await expiry(made)) > firstExpiry + 300 * 86_400);
  assert.equal(await readFile(join(proxy.stateDir, 'ca.crt'), 'utf8'), proxy.caPem);
  assert.equal(proxy.logged('stream ended').length, 0);
});

test('after the clock was set back before the CA began nothing is replaced, and when it is right again all goes on (R24)', async (t) => {
  const made = await scene(t);
  const { proxy, jump } = made;
  const first = await served(made);
  jump(-400);
  await eventually(() => proxy.logged(FAILED).length > 0, 'it is tried');
  jump(0);
  jump(0);
  jump(400);
  assert.equal(await served(made), first);
  assert.equal(await readFile(join(proxy.stateDir, 'ca.crt'), 'utf8'), proxy.caPem);
  assert.equal(proxy.logged(FAILED).length, 1, 'said once');
});

test('a renewal that fails is tried again every minute, and succeeds when its cause is gone (R24)', async (t) => {
  const made = await scene(t, 340);
  const { proxy, jump } = made;
  const first = await served(made);
  const key = await readFile(join(proxy.stateDir, 'ca.key'));
  await writeFile(join(proxy.stateDir, 'ca.key'), '');
  await writeFile(join(proxy.stateDir, 'tls.key'), '');
  jump(340);
  await eventually(() => proxy.logged(FAILED).length > 0, 'it is tried');
  assert.equal(await served(made), first);
  await writeFile(join(proxy.stateDir, 'ca.key'), key);
  jump(0);
  await eventually(() => proxy.logged('certificates').length > 1, 'it is renewed');
  assert.notEqual(await served(made), first);
});

test('a hub serves the certificate of two files, and another one as soon as they hold it (R24)', async (t) => {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM, token: 'of-the-hub' };
  const time = new FakeTime();
  const ca = await createCertificateAuthority({ now: new Date() });
  const issue = () => issueServingCertificate(ca, { hosts: ['127.0.0.1'], now: new Date(), validDays: 10 });
  const directory = await temporaryDirectory(t);
  const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  const write = async ({ certPem, keyPem }: CertificateAndKey) => {
    await writeFile(certFile, certPem + ca.certPem);
    await writeFile(keyFile, keyPem);
  };
  const argv = ['--share', 'nodes', '--tls-cert-file', certFile, '--tls-private-key-file', keyFile];
  const start = () => run(t, backend, { argv, startPolling: time.startTimer });
  await assert.rejects(start(), { name: 'SettingsProblem', message: /cannot read .*tls\.crt/ });
  const [one, other] = [await issue(), await issue()];
  await write({ ...one, keyPem: other.keyPem });
  await assert.rejects(start(), {
    name: 'SettingsProblem',
    message: /tls\.key does not belong to .*tls\.crt/,
  });
  await write(one);
  await writeFile(certFile, one.certPem + ca.certPem.slice(0, ca.certPem.length / 2));
  await assert.rejects(start(), { name: 'SettingsProblem', message: /tls\.crt holds what cannot be served/ });
  await write(one);

  const proxy = await start();
  const made = { proxy: { ...proxy, caPem: ca.certPem }, jump: () => time.pass(60_000) };
  const first = await served(made);
  assert.ok(Math.abs((await expiry(made)) * 1000 - (Date.now() + 10 * DAY_MS)) < 60_000);
  await writeFile(keyFile, other.keyPem);
  time.pass(60_000);
  await eventually(() => proxy.logged(FAILED).length > 0, 'half of it is no reason to serve it');
  assert.equal(await served(made), first);
  await writeFile(certFile, other.certPem + ca.certPem.slice(0, ca.certPem.length / 2));
  time.pass(60_000);
  await eventually(() => proxy.logged(FAILED).length > 1, 'nor are half of its issuers');
  assert.equal(await served(made), first);
  await write(other);
  time.pass(60_000);
  await eventually(() => proxy.logged('certificates').length > 0, 'it is read');
  assert.notEqual(await served(made), first);
});

test('two hubs serve under the authority that they share, a client trusts both by the ConfigMap, and neither restarts to renew (R24, I15)', async (t) => {
  const api = new FakeApi();
  const map = '/api/v1/namespaces/metallb-system/configmaps/hub-ca';
  api.put('/api/v1/namespaces/hub/secrets/authority', { kind: 'Secret' });
  api.put(map, { kind: 'ConfigMap' });
  const cluster = await serveFakeApi(api);
  t.after(() => cluster.close());
  const time = new FakeTime();
  let wall = Date.now() - 29 * DAY_MS;
  const backend = { url: `https://127.0.0.1:${cluster.port}`, caPem: LOOPBACK.ca, token: TOKEN };
  const argv = [
    ...['--share', 'nodes', '--tls-authority', 'hub/authority', '--tls-authority-names', '127.0.0.1'],
    ...['--tls-authority-configmaps', 'metallb-system/hub-ca'],
  ];
  const options = { argv, startPolling: time.startTimer, wallNow: () => wall };
  const hubs = [await run(t, backend, options), await run(t, backend, options)];
  const serials = () =>
    Promise.all(
      hubs.map(async (proxy) => {
        const caPem = textAt(api.get(map), 'data', 'ca.crt');
        return served({ proxy: { ...proxy, caPem }, jump: () => undefined });
      }),
    );
  const first = await serials();
  assert.equal(new Set(first).size, 2);
  const [hub] = hubs;
  assert.ok(hub !== undefined);
  await assert.rejects(served({ proxy: hub, jump: () => undefined }), {
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
  const renewals = () => hubs.map((each) => each.logged('certificates').length);
  const before = renewals();
  wall = Date.now();
  time.pass(60_000);
  await eventually(() => renewals().every((count, index) => count > (before[index] ?? 0)), 'both renew');
  for (const [index, serial] of (await serials()).entries()) assert.notEqual(serial, first[index]);
  api.remove('/api/v1/namespaces/hub/secrets/authority');
  api.intercept = ({ method }) => (method === 'POST' ? status(403, 'no right to create') : undefined);
  time.pass(60_000);
  await eventually(() => hub.logged(FAILED).length > 0, 'a Secret that is gone is told');
  assert.equal((await serials()).length, 2, 'and what is served goes on being served');
  await assert.rejects(run(t, backend, options), {
    name: 'SettingsProblem',
    message: /Secret hub\/authority cannot be made: 403, no right to create/,
  });
  // What passes is no wrong setting, for which a restart would be of no use.
  api.intercept = () => status(503, 'etcd is away');
  const setting = '--tls-authority hub/authority';
  await assert.rejects(run(t, backend, options), {
    name: 'Error',
    message: `${setting}: Secret hub/authority cannot be read: 503, etcd is away`,
  });
  await cluster.close();
  await assert.rejects(run(t, backend, options), {
    name: 'Error',
    message: new RegExp(`^${setting}: connection refused`),
  });
});

test('whoever else listens at the address is refused by a client with our CA, and is sent nothing (R23)', async (t) => {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM };
  const port = await lastingPort();
  const argv = ['--listen', `127.0.0.1:${port}`];
  const first = await runReady(t, backend, { argv });
  await first.app.close();

  const ca = await createCertificateAuthority({ now: new Date() });
  const tls = await issueServingCertificate(ca, { hosts: ['127.0.0.1'], now: new Date() });
  const requests: unknown[] = [];
  const squatter = createServer({ key: tls.keyPem, cert: tls.certPem }, (req, res) => {
    requests.push(req.headers);
    res.end();
  }).listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  t.after(() => squatter.close());

  // What client-go does with the kubeconfig: the CA of its file, and the token only inside TLS.
  const client = new Agent({ connect: { ca: first.caPem }, allowH2: false });
  t.after(() => client.destroy());
  const asked = client.request({
    origin: first.url,
    path: '/api/v1/nodes',
    method: 'GET',
    headers: { authorization: 'Bearer secret' },
  });
  await assert.rejects(asked, /self-signed certificate in certificate chain|unable to verify|unable to get/);
  assert.deepEqual(requests, []);
  // And a sidecar that is told to listen there does not start.
  await assert.rejects(run(t, backend, { stateDir: first.stateDir, argv }), { code: 'EADDRINUSE' });
});

test('two sidecars with one state directory: the second does not start, and leaves the first as it is (R24)', async (t) => {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM };
  const first = await runReady(t, backend);
  const kubeconfig = await readFile(first.app.kubeconfigPath, 'utf8');
  await assert.rejects(run(t, backend, { stateDir: first.stateDir }), { name: 'StateDirError' });
  assert.equal(await readFile(first.app.kubeconfigPath, 'utf8'), kubeconfig);
  assert.equal((await first.fetch('/api/v1/nodes')).status, 200);
});
