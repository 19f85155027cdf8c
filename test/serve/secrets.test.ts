/** Credentials and contents: passed on untouched (I7), and shown to nobody else (R26). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import type { SimulatorRequest } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame } from '../support/encode.ts';
import { runReady, type Running } from './harness.ts';

test("the caller's Authorization arrives unchanged, and where there is none, none arrives (I7)", async (t) => {
  const requests: SimulatorRequest[] = [];
  const simulator = await simulate(t, { onRequest: (request) => requests.push(request) });
  // The kubeconfig has a credential, which is not the proxy's to use.
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM, token: 'of-the-kubeconfig' });
  const header = 'Bearer  a.b-c_d~e+f/g==';
  for (const path of [
    '/api/v1/nodes',
    '/api/v1/nodes?watch=1&timeoutSeconds=1&resourceVersion=1',
    '/healthz',
  ]) {
    requests.length = 0;
    await proxy.fetch(path);
    await proxy.fetch(path, { headers: { authorization: header, 'impersonate-user': 'jane' } });
    const seen = requests.map(({ headers }) => [headers.authorization, headers['impersonate-user']]);
    assert.deepEqual(seen, [
      [undefined, undefined],
      [header, 'jane'],
    ]);
  }
});

test('the question whether upstream is there carries no credential (I7)', async (t) => {
  const requests: SimulatorRequest[] = [];
  const simulator = await simulate(t, { onRequest: (request) => requests.push(request) });
  await runReady(t, { url: simulator.url, caPem: CA_PEM, token: 'of-the-kubeconfig' });
  assert.deepEqual(
    requests.map(({ target, headers }) => [target, headers.authorization, headers.cookie]),
    [['/version', undefined, undefined]],
  );
});

const SECRETS = {
  token: 'tok-5e1f0a77c3',
  cookie: 'cok-91b2e6d4f8',
  queryToken: 'qry-0c4d8e12ab',
  kubeconfigToken: 'kub-77aa10b3c9',
  label: 'lab-3d9f55e1b0',
  annotation: 'ann-e20b7c6a41',
  setCookie: 'set-48f1d3a9c7',
  body: 'bod-6b0e9d2c15',
  malformed: 'mal-a1c5f7e380',
};

/** Everything an operator can see, as one text. */
async function shown(proxy: Running): Promise<string> {
  const paths = [
    ...['/metrics', '/readyz?verbose', '/debug/config', '/debug/streams', '/debug/none'],
    ...['/debug/explain?object=node-1', '/explain?object=node-1', '/'],
  ];
  const pages = await Promise.all(paths.map((path) => proxy.admin(path)));
  const files = (await readdir(proxy.stateDir)).filter((file) => file !== '.lock');
  const contents = await Promise.all(files.map((file) => readFile(join(proxy.stateDir, file), 'utf8')));
  return [...proxy.log, ...pages.map(({ body }) => body.toString()), ...contents].join('\n');
}

test('no token, cookie, label value or body is logged or shown, at log level trace (R26)', async (t) => {
  const node = {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: 'node-1',
      uid: 'u',
      resourceVersion: '1',
      labels: { password: SECRETS.label },
      annotations: { key: SECRETS.annotation },
    },
  };
  const changed = {
    ...node,
    metadata: { ...node.metadata, resourceVersion: '2', labels: { password: `${SECRETS.label}-2` } },
  };
  const streams: Readonly<Record<string, readonly (Buffer | string)[]>> = {
    plain: [jsonFrame('ADDED', node), jsonFrame('MODIFIED', node), jsonFrame('MODIFIED', changed)],
    foreign: [jsonFrame('MODIFIED', { ...node, kind: 'Secret' }), jsonFrame(SECRETS.malformed, node)],
    garbage: [`{"type":"ADDED","object":{"${SECRETS.malformed}\n`, SECRETS.malformed],
    torn: [jsonFrame('ADDED', node).subarray(0, -20)],
    status: [jsonFrame('ERROR', { kind: 'Status', apiVersion: 'v1', message: SECRETS.body, code: 410 })],
  };
  const server = await startApiServer({
    handler: (req, res) => {
      const stream = streams[/stream=(\w+)/.exec(req.url)?.[1] ?? ''];
      const headers = { 'content-type': 'application/json', 'set-cookie': `session=${SECRETS.setCookie}` };
      if (stream === undefined) {
        res.writeHead(req.url.includes('refuse') ? 500 : 200, headers).end(SECRETS.body);
      } else {
        res.writeHead(200, headers);
        for (const bytes of stream) res.write(bytes);
        if (req.url.includes('gone')) res.stream.destroy();
        else if (!req.url.includes('open')) res.end();
      }
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const backend = {
    url: `https://127.0.0.1:${server.port}`,
    caPem: LOOPBACK.ca,
    token: SECRETS.kubeconfigToken,
  };
  const proxy = await runReady(t, backend, { argv: ['--log-level', 'trace'] });
  const headers = { authorization: `Bearer ${SECRETS.token}`, cookie: `a=${SECRETS.cookie}` };
  for (const name of Object.keys(streams)) {
    const path = `/api/v1/nodes?watch=1&stream=${name}&access_token=${SECRETS.queryToken}`;
    await proxy.fetch(path, { headers });
    // One that is passed on unread, as garbage is, breaks where upstream does.
    await proxy
      .fetch(`${path}&gone`, { headers })
      .catch((error: unknown) => assert.match(String(error), /other side/));
  }
  await proxy.fetch('/api/v1/nodes?refuse&watch=1', { headers });
  await proxy.fetch(`/api/v1/secrets/${SECRETS.body}`, { headers });
  await proxy.fetch(`/api/v1/nodes/x`, { method: 'PUT', headers, body: SECRETS.body });
  const open = await proxy.watch(`stream=plain&open&access_token=${SECRETS.queryToken}`);
  await open.take(1);

  // Requests that fail on our side: a header twice, which HTTP/2 refuses, and one that is no HTTP.
  const twice = `authorization: Bearer ${SECRETS.token}\r\n`.repeat(2);
  const answers = await Promise.all([
    rawRequest(proxy, `GET /api/v1/nodes HTTP/1.1\r\nhost: x\r\n${twice}connection: close\r\n\r\n`),
    rawRequest(proxy, `GET /api/v1/nodes HTTP/1.1\r\nhost: x\r\nauthorization ${SECRETS.token}\r\n\r\n`),
  ]);
  const upgrade = `connection: upgrade\r\nupgrade: SPDY/3.1\r\nauthorization: Bearer ${SECRETS.token}\r\n`;
  await rawRequest(proxy, `GET /exec?refuse HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n`);

  // An outage, in the middle of a stream.
  await server[Symbol.asyncDispose]();
  await open.takeAll();
  answers.push((await proxy.fetch('/api/v1/nodes', { headers })).body.toString());
  answers.push((await proxy.fetch('/api/v1/nodes?watch=1', { headers })).body.toString());
  await eventually(
    () => proxy.logged('upstream does not answer, retrying').length > 0,
    'the outage is known',
  );

  const everything = [await shown(proxy), ...answers].join('\n');
  for (const [what, secret] of Object.entries(SECRETS))
    assert.ok(!everything.includes(secret), `the ${what} is shown`);
  // And what should be seen is: else this test would see nothing.
  assert.match(everything, /"msg":"stream ended"/);
  assert.match(everything, /metadata\.labels\[\\"password\\"\]/);
  assert.match(everything, /watchsieve_events_total\{/);
  assert.match(everything, /"code":429/);
});

/** Writes these bytes to the proxy and reads until it closes the connection. */
async function rawRequest(proxy: Running, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: proxy.app.proxyAddress.port, ca: proxy.caPem });
  await once(socket, 'secureConnect');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

test('the state directory holds keys for its owner alone, and no credential (R24, R26)', async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM, token: SECRETS.kubeconfigToken });
  const modes: Record<string, string> = {};
  for (const file of await readdir(proxy.stateDir))
    modes[file] = ((await stat(join(proxy.stateDir, file))).mode & 0o777).toString(8);
  assert.deepEqual(modes, {
    // A socket that nothing is read from.
    '.lock': modes['.lock'],
    'ca.crt': '644',
    'ca.key': '600',
    kubeconfig: '644',
    'swallowed-under': '600',
    'tls.crt': '644',
    'tls.key': '600',
  });
  assert.doesNotMatch(await readFile(join(proxy.stateDir, 'kubeconfig'), 'utf8'), /kub-|token: /);
});

test('lent credentials and the token they are lent for are shown nowhere but in the made kubeconfig (R26)', async (t) => {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM, token: SECRETS.kubeconfigToken };
  const argv = ['--log-level', 'trace', '--credentials', 'kubeconfig'];
  const proxy = await runReady(t, backend, { argv });
  const kubeconfig = await readFile(proxy.app.kubeconfigPath, 'utf8');
  const token = /token: (\S+)/.exec(kubeconfig)?.[1] ?? assert.fail('no token was made');
  const ask = (authorization: string) => proxy.fetch('/api/v1/nodes', { headers: { authorization } });
  assert.equal((await ask(`Bearer ${token}`)).status, 200);
  const refused = await ask(`Bearer ${SECRETS.token}`);
  assert.equal(refused.status, 401);
  const everything = [(await shown(proxy)).replace(kubeconfig, ''), refused.body.toString()].join('\n');
  for (const secret of [token, SECRETS.token, SECRETS.kubeconfigToken])
    assert.ok(!everything.includes(secret));
});
