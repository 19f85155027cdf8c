/** Wrong installations of every kind that `check` knows: each must be named by its own fault (R44). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { CHECK_NAMES, type CheckName, type Fault } from '../../../src/install/check/faults.ts';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { projectionDigest, PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import { FAULT_NAMES } from './render-docs.ts';
import { check } from '../../../src/cli/check.ts';
import {
  createCertificateAuthority,
  issueServingCertificate,
} from '../../../src/platform/identity/certificates.ts';
import { renderKubeconfig } from '../../../src/platform/identity/kubeconfig.ts';
import { type Backend, temporaryDirectory, writeUpstreamKubeconfig } from '../../serve/harness.ts';
import { fakeIo } from '../../cli/fake-io.ts';
import { startApiServer } from '../../support/api-server.ts';
import { LOOPBACK, makeCertificates, type TestCertificates } from '../../support/certificates.ts';
import { lastingPort } from '../../support/lasting-port.ts';
import { startSilentServer } from '../../support/upstream.ts';
import {
  type ApiBehaviour,
  events,
  type Findings,
  type Installation,
  install,
  jwt,
  TOKEN,
} from './installation.ts';

const DAY_MS = 86_400_000;
const STRANGER = await makeCertificates(['127.0.0.1']);
const named = new Set<Fault>();

/** The fault is found, by the check it is told of. */
function assertNamed(findings: Findings, name: CheckName, fault: Fault, particulars: RegExp): void {
  const finding = findings.of(name);
  assert.ok(finding.outcome === 'wrong', findings.text);
  assert.equal(finding.fault, fault, findings.text);
  assert.match(finding.what, particulars);
  named.add(fault);
}

/** Says `text` to every request for a page. @returns its port */
async function plainServer(t: TestContext, text: string): Promise<number> {
  const server = createServer((_request, response) => response.end(text)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no port');
}

/** Leads the clients' kubeconfig, and check, to another port. */
async function leadTo(installation: Installation, port: number) {
  const { stateDir, tokenFile } = installation;
  const kubeconfig = renderKubeconfig({ stateDir, host: '127.0.0.1', port, tokenFile });
  await writeFile(join(stateDir, 'kubeconfig'), kubeconfig);
  return installation.settingsWith('--listen', `127.0.0.1:${port}`);
}

async function toUpstream({ directory, settingsWith }: Installation, backend: Backend) {
  return settingsWith('--kubeconfig', await writeUpstreamKubeconfig(directory, backend));
}

test('of a healthy installation every check is fine (R44)', async (t) => {
  const { check: look } = await install(t);
  const findings = await look();
  assert.deepEqual([findings.faults, findings.skipped], [[], []], findings.text);
  assert.match(findings.text, /^✓ identity +.*system:serviceaccount:metallb-system:speaker$/m);
  assert.match(findings.text, /^✓ clients +1 open: speaker\/test \(nodes\)$/m);
  assert.match(findings.text, /^✓ swallowing +9 of 10 MODIFIED events \(90 %\) were swallowed$/m);
  assert.match(findings.text, /^✓ upstream +https:\/\/127\.0\.0\.1:\d+, v1\.37\.2$/m);
  // Looked at again, its own watch is nobody's client.
  assert.match((await look()).text, /^✓ clients +1 open: speaker\/test \(nodes\)$/m);
});

test('the command tells the same in lines and in JSON, and exits 0; 1 when something is wrong (R44)', async (t) => {
  const { argv, tokenFile } = await install(t);
  const healthy = fakeIo();
  assert.equal(await check(argv, healthy), 0, healthy.out());
  assert.match(healthy.out(), /\n17 fine, 0 wrong, 0 not checked\n$/);
  await rm(tokenFile);
  const [text, json] = [fakeIo(), fakeIo()];
  assert.equal(await check(argv, text), 1);
  assert.match(text.out(), /^✗ token +there is no token .*\n +cure: set --token-file to /m);
  assert.match(text.out(), /^– identity +not checked: needs "token", see above$/m);
  assert.equal(await check(['--output=json', ...argv], json), 1);
  const told: unknown = JSON.parse(json.out());
  assert.ok(typeof told === 'object' && told !== null && 'ok' in told && 'checks' in told);
  assert.equal(told.ok, false);
  assert.ok(Array.isArray(told.checks));
  assert.deepEqual(
    told.checks.map(({ name }: { name: string }) => name),
    CHECK_NAMES,
  );
});

test('lines are as wide as the terminal, and go on below their beginning', async () => {
  const io = fakeIo();
  await check(['--listn', 'x', '--preset', 'none'], { ...io, stdout: { ...io.stdout, columns: 80 } });
  const lines = io.out().split('\n');
  assert.ok(lines.length > 5);
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  assert.match(io.out(), /^✗ settings .*\n( {14}\S.*\n)+\n0 fine/);
});

test('lines are whole where the terminal does not tell its width, and says 0', async () => {
  const [piped, unknown] = [fakeIo(), fakeIo()];
  await check(['--listn', 'x'], piped);
  await check(['--listn', 'x'], { ...unknown, stdout: { ...unknown.stdout, columns: 0 } });
  assert.equal(unknown.out(), piped.out());
});

test('invalid settings and flags are named, all at once, with exit 2 (R33)', async () => {
  const io = fakeIo();
  assert.equal(
    await check(['--preset', 'none', '--listn', 'x', '--output', 'xml', '--client-kubeconfig'], io),
    2,
  );
  assert.match(
    io.out(),
    /^✗ settings .*--client-kubeconfig needs a value: a path; --output must be .*--listn .*--preset must/m,
  );
  // The others would all say the same.
  assert.doesNotMatch(io.out(), /^–/m);
  assert.match(io.out(), /\n0 fine, 1 wrong, 16 not checked\n$/);
  // Of its own flags too, serve would not tell.
  assert.match(io.out(), /^ +cure: correct it \(watchsieve check --help names all of them\)/m);
  named.add('settings-invalid');
});

test('a state directory that is missing, incomplete or read-only is named', async (t) => {
  const { check: look, proxy, stateDir, settingsWith } = await install(t);
  const elsewhere = await settingsWith('--state-dir', join(stateDir, 'none'));
  assertNamed(await look(elsewhere), 'state-dir', 'state-dir-missing', /none; the watchsieve at /);
  const desk = await look({ ...elsewhere, settings: { ...elsewhere.settings, stateDir: '/run/watchsieve' } });
  const at = `http://127.0.0.1:${proxy.app.adminAddress.port}`;
  assertNamed(
    desk,
    'state-dir',
    'state-dir-missing',
    new RegExp(`: /run/watchsieve, its place in a Pod; the watchsieve at ${at} has --state-dir ${stateDir}$`),
  );
  const readOnly = await look({ canWrite: () => Promise.resolve(false) });
  assertNamed(readOnly, 'state-dir', 'state-dir-read-only', /cannot be written/);
  await rm(join(stateDir, 'ca.key'));
  assertNamed(await look(), 'state-dir', 'state-dir-incomplete', /lacks ca\.key$/);
});

test('a kubeconfig that is missing, malformed, or leads elsewhere is named, and nothing is asked with it', async (t) => {
  const installation = await install(t);
  const { check: look, directory, backend, stateDir } = installation;
  const missing = await look({ clientKubeconfig: join(directory, 'none') });
  assertNamed(missing, 'kubeconfig', 'kubeconfig-missing', /none$/);
  assert.deepEqual(missing.skipped, ['proxy', 'token', 'identity', 'permission', 'watch']);
  const broken = join(directory, 'broken');
  await writeFile(broken, 'clusters: [');
  assertNamed(await look({ clientKubeconfig: broken }), 'kubeconfig', 'kubeconfig-invalid', /broken/);
  const direct = await writeUpstreamKubeconfig(directory, backend);
  assertNamed(await look({ clientKubeconfig: direct }), 'kubeconfig', 'kubeconfig-elsewhere', /it names/);
  await writeFile(join(stateDir, 'ca.crt'), STRANGER.ca);
  const otherCa = join(directory, 'other-ca');
  const text = await readFile(join(stateDir, 'kubeconfig'), 'utf8');
  await writeFile(join(directory, 'ca.crt'), LOOPBACK.ca);
  await writeFile(otherCa, text.replace(join(stateDir, 'ca.crt'), join(directory, 'ca.crt')));
  assertNamed(await look({ clientKubeconfig: otherCa }), 'kubeconfig', 'kubeconfig-wrong-ca', /different/);
  await rm(join(directory, 'ca.crt'));
  assertNamed(await look({ clientKubeconfig: otherCa }), 'kubeconfig', 'kubeconfig-wrong-ca', /cannot read/);
});

test('files for in-cluster clients that are missing, lead elsewhere or hold other CAs are named (R44)', async (t) => {
  const link = '/var/run/secrets/watchsieve.dev/serviceaccount/token';
  const argv = ['--in-cluster-token-file', link, '--in-cluster-namespace', 'metallb-system'];
  const { check: look, stateDir, settingsWith } = await install(t, {}, { argv });
  const file = (name: string) => join(stateDir, 'serviceaccount', name);
  const healthy = await look();
  assert.deepEqual(healthy.faults, [], healthy.text);
  assert.match(healthy.text, new RegExp(`^✓ in-cluster +${stateDir}/serviceaccount leads to ${link}$`, 'm'));
  const other = await look(await settingsWith('--in-cluster-namespace', 'other'));
  assertNamed(other, 'in-cluster', 'in-cluster-other', /: namespace is metallb-system$/);
  const bundle = await readFile(file('ca.crt'), 'utf8');
  const own = await readFile(join(stateDir, 'ca.crt'), 'utf8');
  for (const [pem, particulars] of [
    [own, /lacks the API server's$/],
    [bundle.replace(own.trim(), ''), /lacks the proxy's own$/],
    [`${bundle}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, /is not a certificate$/],
  ] as const) {
    await writeFile(file('ca.crt'), pem);
    assertNamed(await look(), 'in-cluster', 'in-cluster-wrong-ca', particulars);
  }
  await rm(file('token'));
  await symlink('/elsewhere', file('token'));
  assertNamed(await look(), 'in-cluster', 'in-cluster-other', /: token leads to \/elsewhere$/);
  await Promise.all(['token', 'namespace'].map((name) => rm(file(name))));
  assertNamed(await look(), 'in-cluster', 'in-cluster-incomplete', /lacks namespace, token$/);
});

test('a serving certificate that is expired, at its end or of another CA is named', async (t) => {
  const installation = await install(t);
  const { check: look, stateDir } = installation;
  const ca = {
    certPem: await readFile(join(stateDir, 'ca.crt'), 'utf8'),
    keyPem: await readFile(join(stateDir, 'ca.key'), 'utf8'),
  };
  const hosts = ['127.0.0.1', '::1', 'localhost'];
  const serve = async (validDays: number, now = new Date(), names = hosts) => {
    const { certPem } = await issueServingCertificate(ca, { hosts: names, now, validDays });
    await writeFile(join(stateDir, 'tls.crt'), certPem);
    return look();
  };
  const lastYear = new Date(Date.now() - 400 * DAY_MS);
  const old = await issueServingCertificate(ca, { hosts, now: lastYear });
  const served = await startApiServer({
    certificates: { ca: ca.certPem, tls: { key: old.keyPem, cert: old.certPem } },
    handler: () => assert.fail('it is not to be trusted'),
  });
  t.after(() => served[Symbol.asyncDispose]());
  const inMemory = await look(await leadTo(installation, served.port));
  assertNamed(inMemory, 'proxy', 'certificate-not-valid', /https:.*CERT_HAS_EXPIRED/);
  await leadTo(installation, installation.proxy.app.proxyAddress.port);
  assertNamed(await serve(365, lastYear), 'certificate', 'certificate-not-valid', /^.*: tls\.crt is from/);
  const tomorrow = new Date(Date.now() + DAY_MS);
  assertNamed(await serve(365, tomorrow), 'certificate', 'certificate-not-valid', /tls\.crt is from/);
  assertNamed(await serve(28), 'certificate', 'certificate-ending', /it ends at/);
  assertNamed(
    await serve(365, new Date(), ['::1']),
    'certificate',
    'certificate-broken',
    /not name 127\.0\.0\.1/,
  );
  await writeFile(join(stateDir, 'tls.crt'), STRANGER.tls.cert);
  assertNamed(await look(), 'certificate', 'certificate-broken', /not issued by ca\.crt/);
  await writeFile(join(stateDir, 'tls.crt'), 'nothing');
  assertNamed(await look(), 'certificate', 'certificate-broken', /tls\.crt is not a certificate/);
});

test('a proxy that is down, and one that does not answer, are named', async (t) => {
  const installation = await install(t);
  const { check: look, proxy } = installation;
  const silent = await startSilentServer();
  t.after(() => silent[Symbol.asyncDispose]());
  const findings = await look({ ...(await leadTo(installation, silent.port)), timeoutMs: 300 });
  assertNamed(findings, 'proxy', 'proxy-silent', /no answer in time/);
  await leadTo(installation, proxy.app.proxyAddress.port);
  await proxy.app.close();
  const down = await look();
  assertNamed(down, 'proxy', 'proxy-down', /refused/);
  assertNamed(down, 'admin', 'admin-down', /^the admin listener/);
  assert.deepEqual(
    down.skipped,
    ['identity', 'permission', 'filter', 'clients', 'hub', 'swallowing', 'watch'],
    down.text,
  );
});

test('a squatted port is named, whatever listens there, and is not sent a byte of a request (R23)', async (t) => {
  const installation = await install(t);
  let asked = 0;
  const api = await startApiServer({
    certificates: STRANGER,
    handler: (_request, response) => {
      asked++;
      response.end();
    },
  });
  t.after(() => api[Symbol.asyncDispose]());
  for (const port of [api.port, await plainServer(t, 'hello')]) {
    const findings = await installation.check(await leadTo(installation, port));
    assertNamed(findings, 'proxy', 'proxy-squatted', /certificate|TLS|broke/);
    assert.ok(findings.skipped.includes('identity') && findings.skipped.includes('watch'));
  }
  assert.deepEqual([api.accepted, asked], [0, 0], 'no handshake was finished');
});

test('a stranger at the admin port is named', async (t) => {
  const { check: look, settingsWith } = await install(t);
  const port = await plainServer(t, 'ok\n');
  const findings = await look(await settingsWith('--admin-listen', `127.0.0.1:${port}`));
  assertNamed(findings, 'admin', 'admin-foreign', /another process listens at --admin-listen/);
  const unknown = await look(await settingsWith('--admin-listen', '127.0.0.1:0'));
  assert.deepEqual(unknown.skipped, ['admin', 'filter', 'clients', 'hub', 'swallowing']);
});

test('an upstream that refuses connections is why watchsieve is not ready, and requests fail (R29)', async (t) => {
  const upstream = { url: `https://127.0.0.1:${await lastingPort()}`, caPem: LOOPBACK.ca };
  const { check: look, proxy } = await install(t, {}, { client: false, upstream });
  while (!(await proxy.admin('/readyz?verbose')).body.toString().includes('refused'));
  const findings = await look();
  assertNamed(findings, 'admin', 'not-ready', /upstream failed: connection refused/);
  assertNamed(findings, 'upstream', 'upstream-unreachable', /connection refused/);
  assertNamed(findings, 'identity', 'request-failed', /503, /);
  assert.deepEqual(findings.faults.at(-1), 'watch-refused');
});

test('an upstream without address, name, CA, or of another CA is named', async (t) => {
  const installation = await install(t);
  const { check: look, directory, backend, context } = installation;
  const none = await look({ findUpstream: () => Promise.reject(new Error('not running in a Pod')) });
  assertNamed(none, 'upstream', 'upstream-unknown', /not running in a Pod$/);
  const target = await context.findUpstream();
  const nameless = { ...target, hostname: 'api.invalid', origin: 'https://api.invalid:6443' };
  const unresolved = await look({ findUpstream: () => Promise.resolve(nameless) });
  assertNamed(unresolved, 'upstream', 'upstream-name', /api\.invalid/);
  const stranger = await look(await toUpstream(installation, { ...backend, caPem: STRANGER.ca }));
  assertNamed(stranger, 'upstream', 'upstream-wrong-ca', /\(.*\)$/);
  const kubeconfig = join(directory, 'without-ca');
  const cluster = { server: backend.url, 'certificate-authority': 'none.crt' };
  const config = {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [{ name: 'x', cluster }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const withoutCa = await look(await installation.settingsWith('--kubeconfig', kubeconfig));
  assertNamed(withoutCa, 'upstream', 'upstream-ca', /none\.crt/);
});

test('clock skew is named, by an expired certificate of upstream or by its own clock', async (t) => {
  const now = new Date(Date.now() - 400 * DAY_MS);
  const authority = await createCertificateAuthority({ now });
  const serving = await issueServingCertificate(authority, { hosts: ['127.0.0.1'], now });
  const certificates = { ca: authority.certPem, tls: { key: serving.keyPem, cert: serving.certPem } };
  const expired = await install(t, { certificates }, { client: false });
  const findings = await expired.check();
  assertNamed(findings, 'upstream', 'upstream-certificate-time', /expired, and it is \d{4}-/);
  const ahead = await install(t, { clockOffsetMs: 120_000 });
  assertNamed(await ahead.check(), 'clock', 'clock-skewed', /this one is (119|120) s behind$/);
  const behind = await install(t, { clockOffsetMs: -3_600_000 });
  assertNamed(await behind.check(), 'clock', 'clock-skewed', /this one is 360[01] s ahead$/);
});

test('a token that is missing, empty, expired or revoked is named', async (t) => {
  const { check: look, tokenFile } = await install(t);
  await writeFile(tokenFile, jwt({ exp: 1_000_000_000 }));
  assertNamed(await look(), 'token', 'token-expired', /ended at 2001-09-09T01:46:40\.000Z$/);
  await writeFile(tokenFile, '\n');
  assertNamed(await look(), 'token', 'token-missing', /holds no token$/);
  await rm(tokenFile);
  assertNamed(await look(), 'token', 'token-missing', /cannot be read$/);
  await writeFile(tokenFile, 'another');
  const foreign = await look();
  assert.match(foreign.text, /^✓ token .* its end is not known$/m);
  assertNamed(foreign, 'identity', 'token-rejected', /401/);
  const revoked = await install(t, { acceptsToken: false }, { client: false });
  assertNamed(await revoked.check(), 'watch', 'token-rejected', /401/);
});

test('in a Pod the sidecar has no token: it is told how to lend one, and asks with that', async (t) => {
  const { check: look, tokenFile, context, settingsWith } = await install(t);
  await rm(tokenFile);
  const { settings } = await settingsWith();
  const inPod = { settings: { ...settings, kubeconfigFiles: undefined }, findUpstream: context.findUpstream };
  const without = await look(inPod);
  assert.deepEqual([without.faults, without.skipped], [[], ['token', 'identity', 'permission', 'watch']]);
  assert.match(
    without.text,
    /^– token +not checked: this container has no token, by design: .*--client-token-file -/m,
  );
  const readStdin = () => Promise.resolve(Buffer.from(`${TOKEN}\n`));
  const lent = await look({ ...inPod, clientTokenFile: '-', readStdin });
  assert.deepEqual([lent.faults, lent.skipped], [[], []], lent.text);
});

test('a client without permission is named by what it may not do', async (t) => {
  const { check: look } = await install(t, { mayWatch: false });
  const findings = await look();
  assertNamed(findings, 'permission', 'not-permitted', /list and watch is denied$/);
  assertNamed(findings, 'watch', 'not-permitted', /403, nodes: /);
});

test('an API server before SelfSubjectReview is no fault', async (t) => {
  const findings = await (await install(t, { hasReviews: false })).check();
  assert.deepEqual([findings.faults, findings.skipped], [[], ['identity']], findings.text);
});

test('a watch that is refused or never answered is named', async (t) => {
  const refused = await install(t, { watchStatus: 429 });
  assertNamed(await refused.check(), 'watch', 'watch-refused', /429, /);
  const silent = await install(t, { watchStatus: undefined });
  assertNamed(await silent.check({ timeoutMs: 1500 }), 'watch', 'watch-silent', /not answered in time/);
});

test('that nobody watches through the proxy is named, with the silent fallback to in-cluster', async (t) => {
  const { check: look, proxy } = await install(t, {}, { client: false });
  while (proxy.logged('ready').length === 0) await proxy.admin('/readyz');
  // Of a check that runs at the same time: nobody's client.
  const headers = { authorization: `Bearer ${TOKEN}`, 'user-agent': 'watchsieve-check' };
  const watch = await proxy.watch('fieldSelector=metadata.name%3Dwatchsieve-check', 'json', headers);
  t.after(() => watch.abort());
  const findings = await look();
  assertNamed(findings, 'clients', 'no-client', /no client/);
  assert.match(findings.text, /cure: set KUBECONFIG .* silently uses its in-cluster configuration/);
  assert.deepEqual(findings.skipped, ['swallowing']);
});

test('events of which none is swallowed are named with the reason; too few of them are not judged', async (t) => {
  const noisy = await install(t, { modified: 120, changing: true });
  assertNamed(await noisy.check(), 'swallowing', 'nothing-swallowed', /^.*120 MODIFIED .*"changed"$/);
  const quiet = await install(t, { modified: 20, changing: true });
  assert.deepEqual((await quiet.check()).skipped, ['swallowing']);
});

test('what is sieved besides Nodes is told, by which projection, and what that costs who writes it (R29)', async (t) => {
  const argv = ['--resources', 'endpointslices.discovery.k8s.io', '--resources', 'pods'];
  const { text } = await (await install(t, {}, { argv })).check();
  const told = 'endpointslices.discovery.k8s.io by content, pods by content: a client that updates these';
  assert.ok(text.includes(`preset metallb; besides Nodes ${told} from its cache may be answered 409`), text);
});

test('a hub with a certificate of its own is not taken for a stranger, nor for one that nobody asks', async (t) => {
  const directory = await temporaryDirectory(t);
  const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  const ca = await createCertificateAuthority({ now: new Date() });
  const made = { hosts: ['hub.example.svc'], now: new Date(), validDays: 10 };
  const [one, other] = [await issueServingCertificate(ca, made), await issueServingCertificate(ca, made)];
  await writeFile(certFile, one.certPem);
  await writeFile(keyFile, one.keyPem);
  const argv = ['--share', 'nodes', '--tls-cert-file', certFile, '--tls-private-key-file', keyFile];
  const installation = await install(t, {}, { client: false, lends: true, argv });
  const findings = await installation.check();
  assert.deepEqual(findings.faults, [], findings.text);
  assert.deepEqual(
    findings.skipped,
    ['proxy', 'identity', 'permission', 'clients', 'swallowing', 'watch'],
    findings.text,
  );
  assert.match(findings.text, /^✓ certificate \S+tls\.crt is valid until /m);
  assert.match(findings.text, /^✓ hub +this is one, with 0 feeds$/m);
  const later = await installation.check({ now: () => new Date(Date.now() + 11 * DAY_MS) });
  assertNamed(later, 'certificate', 'certificate-files', /it is from \S+ to \S+, and it is/);
  await writeFile(keyFile, other.keyPem);
  const torn = await installation.check();
  assertNamed(torn, 'certificate', 'certificate-files', /tls\.key does not belong to \S+tls\.crt/);
});

test('a hub that is asked in vain is named with the reason, and one that answers is not (I15)', async (t) => {
  const answer = async (
    status: number,
    certificates: TestCertificates = LOOPBACK,
    preset?: 'labels' | 'metallb',
    body = '',
  ) => {
    const said = preset === undefined ? {} : { [PROJECTION_HEADER]: projectionDigest(projectionOf(preset)) };
    const server = await startApiServer({
      certificates,
      handler: (_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json', ...said });
        if (status === 200) response.write(body);
        else response.end();
      },
    });
    t.after(() => server[Symbol.asyncDispose]());
    return server.port;
  };
  const ca = join(await temporaryDirectory(t), 'hub-ca.crt');
  await writeFile(ca, LOOPBACK.ca);
  const lookAt = async (port: number, more: readonly string[] = [], behaviour: ApiBehaviour = {}) => {
    const argv = ['--hub', `https://127.0.0.1:${port}`, '--hub-ca', ca, ...more];
    return (await install(t, behaviour, { argv })).check();
  };
  const origin = /https:\/\/127\.0\.0\.1:\d+, last reason/;
  assertNamed(await lookAt(await lastingPort()), 'hub', 'hub-unreachable', origin);
  assertNamed(await lookAt(await answer(200, STRANGER)), 'hub', 'hub-untrusted', origin);
  assertNamed(await lookAt(await answer(200, LOOPBACK, 'labels')), 'hub', 'hub-other-filter', origin);
  assertNamed(await lookAt(await answer(421)), 'hub', 'hub-declines', /"declined"/);
  const observing = await lookAt(await answer(421), ['--mode', 'observe']);
  assert.match(observing.text, /^✓ hub +not asked in mode observe$/m);
  // What comes from a hub has changed: that this process swallows nothing of it is as it should be.
  const behaviour = { modified: 120, changing: true };
  const behind = await lookAt(await answer(200, LOOPBACK, 'metallb', events(behaviour)), [], behaviour);
  assert.deepEqual([behind.faults, behind.skipped], [[], ['swallowing']], behind.text);
  assert.match(behind.text, /^✓ hub +https:\S+: [1-9]\d* requests answered, [1-9]\d* watches open$/m);
});

test('mode observe is told as what it is, and is no fault (R21)', async (t) => {
  const findings = await (await install(t, {}, { argv: ['--mode', 'observe'] })).check();
  assert.deepEqual(findings.faults, [], findings.text);
  assert.match(findings.text, /^✓ filter +mode observe with preset metallb: everything is forwarded/m);
  assert.match(findings.text, /^✓ swallowing +9 of 10 .* would have been swallowed$/m);
});

test('with --credentials kubeconfig the token in the kubeconfig is used, and not shown (R24, R26)', async (t) => {
  const options = { client: false, lends: true, argv: ['--credentials', 'kubeconfig'] };
  const { check: look, stateDir } = await install(t, {}, options);
  const secret = /token: (\S+)/.exec(await readFile(join(stateDir, 'kubeconfig'), 'utf8'))?.[1];
  assert.ok(secret !== undefined && secret.length > 20);
  const findings = await look();
  assert.deepEqual(findings.faults, ['no-client'], findings.text);
  assert.match(findings.text, /^✓ token +in the kubeconfig, for this proxy alone$/m);
  assert.match(findings.text, /^✓ identity +.*speaker$/m);
  assert.ok(!findings.text.includes(secret));
});

after(() => {
  assert.deepEqual(
    FAULT_NAMES.filter((fault) => !named.has(fault)),
    [],
    'for each fault of the table there is a wrong installation above that is named by it',
  );
});
