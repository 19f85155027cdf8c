/** `--credentials kubeconfig`: a developer's own credentials, lent to who has the made kubeconfig, and to nobody else (R23, I7). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, TLSSocket } from 'node:tls';
import { parse } from 'yaml';
import { X509Certificate } from 'node:crypto';
import { LOOPBACK, makeCertificates } from '../support/certificates.ts';
import { eventually } from '../support/api-server.ts';
import {
  run,
  runReady,
  temporaryDirectory,
  type Backend,
  type Running,
  writeUpstreamKubeconfig,
} from './harness.ts';

const ARGV = ['--credentials', 'kubeconfig'];

/** What upstream was shown with one request. */
interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  /** Serial number of the client's certificate. */
  readonly certificate: string | undefined;
}

interface ApiServer {
  readonly seen: Seen[];
  readonly backend: Pick<Backend, 'url' | 'caPem'>;
  /** Its next answers are 401. */
  refuse: boolean;
  onRequest: (rawHeaders: readonly string[]) => void;
}

/** An API server that lets everybody in, or nobody, and takes note of who it was. */
async function apiServer(t: TestContext): Promise<ApiServer> {
  const seen: Seen[] = [];
  const note = (req: IncomingMessage): void => {
    const { socket } = req;
    const serial = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.serialNumber : undefined;
    const authorization = req.headers.authorization;
    if (req.url !== '/version') seen.push({ path: req.url ?? '', authorization, certificate: serial });
  };
  const server = createServer(
    { ...LOOPBACK.tls, requestCert: true, rejectUnauthorized: false },
    (req, res) => {
      note(req);
      if (req.url !== '/version') made.onRequest(req.rawHeaders);
      res.statusCode = made.refuse && req.url !== '/version' ? 401 : 200;
      res.end('fine');
    },
  );
  server.on('upgrade', (req, socket) => {
    note(req);
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const backend = { url: `https://127.0.0.1:${address.port}`, caPem: LOOPBACK.ca };
  const made: ApiServer = {
    seen,
    backend,
    refuse: false,
    onRequest: () => undefined,
  };
  return made;
}

/** The token of the kubeconfig that the proxy has made. */
async function madeToken({ app }: Running): Promise<string> {
  const config: unknown = parse(await readFile(app.kubeconfigPath, 'utf8'));
  const token = /"token":"([^"]+)"/.exec(JSON.stringify(config))?.[1];
  return token ?? assert.fail('no token in the kubeconfig');
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

async function lending(
  t: TestContext,
  user: Readonly<Record<string, unknown>>,
): Promise<{ proxy: Running; server: ApiServer; ask: () => Promise<number>; token: string }> {
  const server = await apiServer(t);
  const proxy = await runReady(t, { ...server.backend, user }, { argv: ARGV });
  const token = await madeToken(proxy);
  const ask = async (): Promise<number> => (await proxy.fetch('/api/v1/nodes', bearer(token))).status;
  return { proxy, server, ask, token };
}

test('who carries the token of the made kubeconfig is lent the credentials, everybody else gets 401 and nothing reaches upstream (R23)', async (t) => {
  const { proxy, server, ask, token } = await lending(t, { token: 'upstream-token' });
  assert.equal(Buffer.from(token, 'base64url').length, 32);
  assert.equal(await ask(), 200);
  assert.deepEqual(server.seen, [
    { path: '/api/v1/nodes', authorization: 'Bearer upstream-token', certificate: undefined },
  ]);
  server.seen.length = 0;
  const others = [
    undefined,
    'Bearer upstream-token',
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Basic ${token}`,
    `Bearer ${token} ${token}`,
    `Bearer  ${token}`,
    token,
  ];
  for (const authorization of others) {
    const headers = authorization === undefined ? {} : { authorization };
    for (const path of ['/api/v1/nodes', '/api/v1/nodes?watch=1', '/version']) {
      const { status, body } = await proxy.fetch(path, { headers });
      assert.equal(status, 401, authorization);
      const { kind, reason, code } = JSON.parse(body.toString()) as Record<string, unknown>;
      assert.deepEqual([kind, reason, code], ['Status', 'Unauthorized', 401]);
    }
  }
  assert.deepEqual(server.seen, []);
});

test('upgrades are lent them too, and refused like everything else (R3, R23)', async (t) => {
  const { proxy, server, token } = await lending(t, { token: 'upstream-token' });
  const upgrade = async (authorization: string): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port: proxy.app.proxyAddress.port, ca: proxy.caPem });
    await once(socket, 'secureConnect');
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.write(
      `GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    await once(socket, 'close');
    return answer.split('\r\n')[0] ?? '';
  };
  assert.equal(await upgrade('Bearer other'), 'HTTP/1.1 401 Unauthorized');
  assert.deepEqual(server.seen, []);
  assert.equal(await upgrade(`Bearer ${token}`), 'HTTP/1.1 101 Switching Protocols');
  assert.deepEqual(
    server.seen.map(({ authorization }) => authorization),
    ['Bearer upstream-token'],
  );
});

test('the made kubeconfig is 0600 in a folder 0700, and keeps its token over a restart (R24)', async (t) => {
  const { proxy, server, token } = await lending(t, { token: 'upstream-token' });
  assert.equal((await stat(proxy.app.kubeconfigPath)).mode & 0o777, 0o600);
  assert.equal((await stat(proxy.stateDir)).mode & 0o777, 0o700);
  await proxy.app.close();
  const backend = { ...server.backend, token: 'upstream-token' };
  const again = await runReady(t, backend, { argv: ARGV, stateDir: proxy.stateDir });
  assert.equal(await madeToken(again), token);
  assert.equal((await again.fetch('/api', bearer(token))).status, 200);
  await again.app.close();
  // Back to normal: the secret is gone, and everybody may read the file.
  const forwarding = await runReady(t, backend, { stateDir: proxy.stateDir });
  const text = await readFile(forwarding.app.kubeconfigPath, 'utf8');
  assert.ok(!text.includes(token));
  assert.equal((await stat(forwarding.app.kubeconfigPath)).mode & 0o777, 0o644);
});

test('a folder that others may read is refused, with the cure (R24)', async (t) => {
  const server = await apiServer(t);
  const stateDir = join(await temporaryDirectory(t), 'state');
  await mkdir(stateDir);
  await chmod(stateDir, 0o755);
  await assert.rejects(run(t, { ...server.backend, token: 'x' }, { argv: ARGV, stateDir }), {
    name: 'StateDirError',
    message: /others may read it: chmod 700 it/,
  });
});

test('a token file is read for each request, a password goes as Basic (R23)', async (t) => {
  const tokenFile = join(await temporaryDirectory(t), 'token');
  await writeFile(tokenFile, 'first\n');
  const byFile = await lending(t, { tokenFile });
  await byFile.ask();
  await writeFile(tokenFile, 'second\n');
  await byFile.ask();
  assert.deepEqual(
    byFile.server.seen.map(({ authorization }) => authorization),
    ['Bearer first', 'Bearer second'],
  );
  const byPassword = await lending(t, { username: 'jane', password: 'x:y' });
  await byPassword.ask();
  const basic = `Basic ${Buffer.from('jane:x:y').toString('base64')}`;
  assert.equal(byPassword.server.seen[0]?.authorization, basic);
});

test('a token that stands in the kubeconfig itself is read again when that has changed, as its certificate is (R23, R25)', async (t) => {
  const { server, ask, proxy } = await lending(t, { token: 'first' });
  await ask();
  const rotate = (user: Readonly<Record<string, unknown>>): Promise<string> =>
    writeUpstreamKubeconfig(dirname(proxy.stateDir), { ...server.backend, user });
  await rotate({ token: 'second' });
  await ask();
  // Half written, or without credentials: what was valid is as good as before.
  await writeFile(await rotate({}), 'nonsense: [');
  await ask();
  await rotate({});
  await ask();
  assert.deepEqual(
    server.seen.map(({ authorization }) => authorization),
    ['Bearer first', 'Bearer second', 'Bearer second', 'Bearer second'],
  );
  const { tls } = await makeCertificates(['jane']);
  const inBase64 = (pem: string): string => Buffer.from(pem).toString('base64');
  await rotate({ 'client-certificate-data': inBase64(tls.cert), 'client-key-data': inBase64(tls.key) });
  await ask();
  const last = server.seen.at(-1);
  assert.deepEqual(
    [last?.authorization, last?.certificate],
    [undefined, new X509Certificate(tls.cert).serialNumber],
  );
});

test('a client certificate is presented in the handshake, and the token of the client is not sent on (R23)', async (t) => {
  const { tls } = await makeCertificates(['jane']);
  const folder = await temporaryDirectory(t);
  await writeFile(join(folder, 'tls.key'), tls.key);
  const { server, ask } = await lending(t, {
    'client-certificate-data': Buffer.from(tls.cert).toString('base64'),
    'client-key': join(folder, 'tls.key'),
  });
  assert.equal(await ask(), 200);
  const certificate = new X509Certificate(tls.cert).serialNumber;
  assert.deepEqual(server.seen, [{ path: '/api/v1/nodes', authorization: undefined, certificate }]);
});

test('what an API server believes of its front proxies alone is not sent on with lent credentials (R23, I7)', async (t) => {
  const seen: (readonly string[])[] = [];
  const { tls } = await makeCertificates(['front-proxy-client']);
  const { proxy, server, token } = await lending(t, {
    'client-certificate-data': Buffer.from(tls.cert).toString('base64'),
    'client-key-data': Buffer.from(tls.key).toString('base64'),
  });
  server.onRequest = (rawHeaders) => seen.push(rawHeaders);
  const { status } = await proxy.fetch('/api/v1/nodes', {
    headers: {
      authorization: `Bearer ${token}`,
      'X-Remote-User': 'admin',
      'x-remote-group': 'system:masters',
      'X-REMOTE-EXTRA-scopes': 'all',
      'Impersonate-User': 'jane',
      'X-Other': 'kept',
    },
  });
  assert.equal(status, 200);
  const names = seen.flat().filter((_text, at) => at % 2 === 0);
  assert.deepEqual(
    names.filter((name) => /^x-remote-/i.test(name)),
    [],
  );
  assert.ok(
    names.some((name) => /^x-other$/i.test(name)) && names.some((name) => /^impersonate-user$/i.test(name)),
  );
});

/** A credential plugin that prints what lies in a file, and notes with what it was called. */
async function plugin(t: TestContext) {
  const folder = await temporaryDirectory(t);
  const [script, answer, calls] = ['plugin.mjs', 'answer.json', 'calls.txt'].map((name) =>
    join(folder, name),
  );
  assert.ok(script !== undefined && answer !== undefined && calls !== undefined);
  await writeFile(calls, '');
  await writeFile(
    script,
    `import { appendFileSync, readFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(calls)}, process.env.KUBERNETES_EXEC_INFO + '\\n');
     console.error('secret-of-the-plugin');
     process.stdout.write(readFileSync(${JSON.stringify(answer)}));`,
  );
  const apiVersion = 'client.authentication.k8s.io/v1';
  return {
    user: {
      exec: {
        apiVersion,
        command: process.execPath,
        args: [script],
        interactiveMode: 'IfAvailable',
        provideClusterInfo: true,
      },
    },
    says: (status: Readonly<Record<string, unknown>>) =>
      writeFile(answer, JSON.stringify({ apiVersion, kind: 'ExecCredential', status })),
    prints: (text: string) => writeFile(answer, text),
    calls: async () => (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

test('a credential plugin is run once until what it said expires, and again after a 401 (R23)', async (t) => {
  const made = await plugin(t);
  await made.says({ token: 'first' });
  const { server, ask } = await lending(t, made.user);
  // The question whether upstream is there has already needed the handshake's certificate, and so the plugin.
  assert.equal((await made.calls()).length, 1);
  await Promise.all([ask(), ask(), ask()]);
  const calls = await made.calls();
  assert.equal(calls.length, 1);
  const info: unknown = JSON.parse(calls[0] ?? '');
  assert.deepEqual(info, {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      cluster: {
        server: server.backend.url,
        'certificate-authority-data': Buffer.from(LOOPBACK.ca).toString('base64'),
      },
    },
  });
  await made.says({ token: 'second', expirationTimestamp: '2001-01-01T00:00:00Z' });
  server.refuse = true;
  assert.equal(await ask(), 401, 'the client hears of it, as without us');
  server.refuse = false;
  await ask();
  assert.equal(server.seen.at(-1)?.authorization, 'Bearer second');
  await made.says({ token: 'third', expirationTimestamp: '2999-01-01T00:00:00Z' });
  await ask();
  await ask();
  assert.equal(server.seen.at(-1)?.authorization, 'Bearer third');
  assert.equal((await made.calls()).length, 3, 'the second had expired, the third has not');
});

test('another certificate of a plugin is used on new connections from then on (R23)', async (t) => {
  const [first, second] = [await makeCertificates(['a']), await makeCertificates(['b'])];
  const made = await plugin(t);
  await made.says({ clientCertificateData: first.tls.cert, clientKeyData: first.tls.key });
  const { server, ask } = await lending(t, made.user);
  await ask();
  await made.says({ clientCertificateData: second.tls.cert, clientKeyData: second.tls.key });
  server.refuse = true;
  await ask();
  server.refuse = false;
  await ask();
  const serials = [first, first, second].map(({ tls }) => new X509Certificate(tls.cert).serialNumber);
  assert.deepEqual(
    server.seen.map(({ certificate }) => certificate),
    serials,
  );
});

test('a certificate that a plugin gives after a token is shown with the next request (R23)', async (t) => {
  const { tls } = await makeCertificates(['a']);
  const made = await plugin(t);
  await made.says({ token: 'first', expirationTimestamp: '2001-01-01T00:00:00Z' });
  const { server, ask } = await lending(t, made.user);
  await ask();
  await made.says({ clientCertificateData: tls.cert, clientKeyData: tls.key });
  await ask();
  const { serialNumber } = new X509Certificate(tls.cert);
  assert.deepEqual(
    server.seen.map(({ authorization, certificate }) => [authorization, certificate]),
    [
      ['Bearer first', undefined],
      [undefined, serialNumber],
    ],
  );
});

test('a plugin that fails is our own 503 or 429 with Retry-After, logged once, without what it printed (R5, R26)', async (t) => {
  const made = await plugin(t);
  await made.says({ token: 'first', expirationTimestamp: '2001-01-01T00:00:00Z' });
  const { proxy, ask, token, server } = await lending(t, made.user);
  for (const text of [
    '{"secret-of-the-plugin"',
    '{"kind":"ExecCredential","status":{"token":"secret-of-the-plugin"}}',
  ]) {
    await made.prints(text);
    assert.equal(await ask(), 503);
    const watch = await proxy.fetch('/api/v1/nodes?watch=1', bearer(token));
    assert.equal(watch.status, 429);
    assert.equal(watch.headers['retry-after'], '1');
    assert.match(watch.body.toString(), /no credentials for it could be obtained/);
  }
  assert.deepEqual(server.seen, []);
  await eventually(
    () => proxy.logged('the credentials of the kubeconfig are not available').length === 2,
    'it is logged',
  );
  assert.ok(!proxy.log.join('').includes('secret-of-the-plugin'));
});

test('a kubeconfig whose user cannot be used is a problem of the settings (R33)', async (t) => {
  const server = await apiServer(t);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'x' };
  const cases: readonly [Readonly<Record<string, unknown>>, RegExp][] = [
    [{}, /the user of context test has no credentials/],
    [{ 'auth-provider': { name: 'gcp' } }, /sets auth-provider, which is not supported/],
    [{ token: 'x', as: 'admin' }, /sets as, which is not supported/],
    [{ token: 'x', 'as-groups': ['system:masters'] }, /sets as-groups, which is not supported/],
    [{ token: 'x', 'as-uid': '1' }, /sets as-uid, which is not supported/],
    [{ 'client-certificate': '/x' }, /client-certificate and client-key must be given both/],
    [{ exec: { ...exec, interactiveMode: 'Always' } }, /interactiveMode Always/],
    [{ exec: { ...exec, apiVersion: 'v1alpha1' } }, /exec has apiVersion "v1alpha1": known are/],
    [{ exec: {} }, /exec names no command/],
  ];
  for (const [user, message] of cases)
    await assert.rejects(run(t, { ...server.backend, user }, { argv: ARGV }), {
      name: 'SettingsProblem',
      message,
    });
});

test('fields of a kubeconfig’s user that are empty or null are not set', async (t) => {
  const server = await apiServer(t);
  const unset = {
    'auth-provider': null,
    as: '',
    'as-uid': '',
    'as-groups': [],
    'as-user-extra': null,
    exec: null,
  };
  const proxy = await run(t, { ...server.backend, user: { token: 'x', ...unset } }, { argv: ARGV });
  assert.ok(proxy.log.length > 0);
});
