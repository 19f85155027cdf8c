/** `watchsieve webhook` as a whole: flags in, HTTPS for the API server, health for the kubelet, a signal, the end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { INSTALL_ROWS } from '../../../src/install/flags/rows.ts';
import { run } from '../../../src/cli/run.ts';
import { runWebhook } from '../../../src/cli/webhook.ts';
import { type FakeIo, fakeIo } from '../../cli/fake-io.ts';
import { eventually } from '../../support/api-server.ts';
import { parseJson, valueAt } from '../../support/json-value.ts';
import { FakeApi } from './fake-api.ts';
import { patched, reviewOf } from './reviews.ts';
import { serveFakeApi, TOKEN } from './served-api.ts';

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    annotations: { 'watchsieve.dev/inject': 'true' },
    labels: { planted: 'label-value' },
  },
  spec: { containers: [{ name: 'client' }] },
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Scene {
  readonly api: FakeApi;
  readonly io: FakeIo;
  readonly port: number;
  readonly exited: Promise<number>;
  readonly health: (path: string) => Promise<Answer>;
  /** To /mutate unless another path is given, verified by what the configuration says. */
  readonly call: (
    body: string | Buffer,
    options?: { readonly path?: string; readonly type?: string },
  ) => Promise<Answer>;
  readonly metric: (line: string) => Promise<void>;
}

/** A webhook that has started, and an API server over TLS that holds its Secret and its configuration. */
async function scene(t: TestContext, ...flags: readonly string[]): Promise<Scene> {
  const api = new FakeApi();
  api.configure();
  const server = await serveFakeApi(api);
  const folder = await mkdtemp(join(tmpdir(), 'watchsieve-webhook-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig);
  const io = fakeIo();
  const where = ['--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0', '--host', '127.0.0.1'];
  const secret = ['--secret', 'watchsieve-system/ca', '--kubeconfig', kubeconfig, '--drain-delay', '0s'];
  const image = flags.includes('--image') ? [] : ['--image', 'x.example/w:1'];
  const exited = runWebhook([...where, ...secret, ...image, ...flags], io);
  t.after(async () => {
    io.signals.emit('SIGTERM');
    assert.equal(await exited, 0);
    await server.close();
    await rm(folder, { recursive: true });
  });
  await io.wrote(/caBundle written/);
  const [healthPort, port] = ['started', 'serving'].map((msg) => portIn(io, msg));
  assert.ok(healthPort !== undefined && port !== undefined);
  const health = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const metric = async (line: string) => {
    const { text } = await health('/metrics');
    assert.ok(text.includes(`\n${line}\n`), text.match(/^watchsieve_webhook_[^ ]* .*$/gm)?.join('\n'));
  };
  const call: Scene['call'] = (body, options) => post({ port, ca: api.bundle(), body, ...options });
  return { api, io, port, exited, health, metric, call };
}

function portIn(io: FakeIo, msg: string): number {
  const line = io
    .out()
    .split('\n')
    .find((each) => each.includes(`"msg":"${msg}"`));
  const entry = parseJson(line ?? '{}');
  const at = valueAt(entry, 'listen', 'port') ?? valueAt(entry, 'healthListen', 'port');
  assert.ok(typeof at === 'number', io.out());
  return at;
}

async function post(options: {
  readonly port: number;
  readonly ca: string;
  readonly body: string | Buffer;
  readonly path?: string;
  readonly type?: string;
}): Promise<Answer> {
  const { port, ca, body, path = '/mutate', type = 'application/json' } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  const req = request({ host: '127.0.0.1', port, ca, path, method: 'POST', headers, agent: false }, (res) => {
    res.toArray().then((chunks: readonly Buffer[]) => {
      resolve({ status: res.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    }, reject);
  });
  req.on('error', reject);
  req.end(body);
  return promise;
}

test('an annotated Pod is injected over verified HTTPS; everybody can see that it works (R44)', async (t) => {
  const { call, health, metric, io } = await scene(t);
  assert.deepEqual(await health('/livez'), { status: 200, text: 'ok\n' });
  assert.deepEqual(await health('/readyz'), { status: 200, text: 'ok\n' });
  assert.equal((await health('/debug/config')).status, 404);
  const { status, text } = await call(JSON.stringify(reviewOf(POD)));
  assert.equal(status, 200);
  assert.equal(valueAt(patched(POD, parseJson(text)), 'spec', 'initContainers', 0, 'name'), 'watchsieve');
  await metric('watchsieve_webhook_reviews_total{result="injected"} 1');
  await metric('watchsieve_webhook_review_duration_seconds_count 1');
  await metric('watchsieve_webhook_ca_bundle_writes_total{result="written"} 1');
  await metric('watchsieve_webhook_ready 1');
  assert.match(io.out(), /"object":"Pod metallb-system\/p","container":"client".*"msg":"injected"/);
});

test('rules of the namespace are asked for, and kept to; where they may not be read the Pod is left alone (I9, R44)', async (t) => {
  const { api, call, metric } = await scene(t);
  api.rule('limitranges', {
    metadata: { name: 'r' },
    spec: { limits: [{ type: 'Container', max: { memory: '200Mi' } }] },
  });
  const made = async () => {
    const result = patched(POD, parseJson((await call(JSON.stringify(reviewOf(POD)))).text));
    return valueAt(result, 'spec', 'initContainers', 0, 'resources', 'limits');
  };
  assert.deepEqual(await made(), { memory: '200Mi' });
  assert.deepEqual(api.asked.filter((each) => /limitranges|quotas/.test(each)).length, 2);
  api.intercept = ({ path }) => (path.includes('/resourcequotas?') ? { status: 403, body: {} } : undefined);
  assert.equal(await made(), undefined);
  await metric('watchsieve_webhook_reviews_total{result="refused_unread"} 1');
});

test('of a list that is too long nothing is believed (R27)', async (t) => {
  const { api, call, metric } = await scene(t);
  api.rule('resourcequotas', { metadata: { annotations: { filler: 'x'.repeat(300 * 1024) } } });
  const { text } = await call(JSON.stringify(reviewOf(POD)));
  assert.equal(valueAt(parseJson(text), 'response', 'patch'), undefined);
  await metric('watchsieve_webhook_reviews_total{result="refused_unread"} 1');
});

test('many Pods at once are each answered (R27)', async (t) => {
  const { call } = await scene(t);
  const pods = Array.from({ length: 100 }, () => call(JSON.stringify(reviewOf(POD))));
  for (const { text } of await Promise.all(pods))
    assert.notEqual(valueAt(parseJson(text), 'response', 'patch'), undefined);
});

test('the API server keeps a connection for 90 s, and is never the one that finds it closed', async (t) => {
  const { port, api } = await scene(t);
  const headers = { 'content-type': 'application/json' };
  const agent = new Agent({ keepAlive: true });
  const options = {
    host: '127.0.0.1',
    port,
    ca: api.bundle(),
    path: '/mutate',
    method: 'POST',
    headers,
    agent,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(options, resolve).on('error', reject).end('{}');
  });
  response.resume();
  assert.ok(Number(/timeout=(\d+)/.exec(String(response.headers['keep-alive']))?.[1]) > 90);
  agent.destroy();
});

test('flags of the sidecar are those of inject, and any of several selectors chooses', async (t) => {
  const { call } = await scene(
    t,
    '--selector',
    'app=x',
    '--selector',
    'app=y',
    '--variant',
    'ordinary',
    '--image',
    'i:1',
  );
  for (const app of ['x', 'y', 'z']) {
    const pod = { ...POD, metadata: { name: 'p', labels: { app } } };
    const result = patched(pod, parseJson((await call(JSON.stringify(reviewOf(pod)))).text));
    assert.equal(valueAt(result, 'spec', 'containers', 0, 'image'), app === 'z' ? undefined : 'i:1');
  }
});

test('what is no AdmissionReview is answered clearly and counted, and the next one is reviewed (R44)', async (t) => {
  const { call, metric } = await scene(t);
  const good = JSON.stringify(reviewOf(POD));
  const huge = Buffer.alloc(4 * 1024 * 1024 + 1, ' ');
  for (const [status, pattern, body, options] of [
    [400, /not JSON/, '', {}],
    [400, /not JSON/, good.slice(0, -1), {}],
    [400, /not an AdmissionReview of admission\.k8s\.io\/v1/, '{}', {}],
    [400, /more than 100 deep/, '['.repeat(1_000_000) + ']'.repeat(1_000_000), {}],
    // 3.9 MiB that would become some 300.
    [400, /more than 100000 values/, `[${'{},'.repeat(1_360_000)}{}]`, {}],
    [413, /more than 4194304 bytes/, huge, {}],
    [415, /application\/json/, good, { type: 'application/x-protobuf' }],
    [404, /POST \/mutate/, good, { path: '/' }],
  ] as const) {
    const answer = await call(body, options);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, pattern);
    assert.equal((await call(good)).status, 200);
  }
  await metric('watchsieve_webhook_reviews_total{result="malformed"} 5');
  await metric('watchsieve_webhook_reviews_total{result="too_large"} 1');
  await metric('watchsieve_webhook_reviews_total{result="unsupported_media_type"} 1');
  await metric('watchsieve_webhook_reviews_total{result="injected"} 8');
});

test('a review as large as the API server ever sends is taken, with keys that mean something to JavaScript', async (t) => {
  const { call } = await scene(t);
  const annotations = { ...POD.metadata.annotations, filler: 'x'.repeat(3 * 1024 * 1024) };
  const pod = JSON.stringify({ ...POD, metadata: { ...POD.metadata, annotations } });
  const body = JSON.stringify(reviewOf('POD')).replace(
    '"POD"',
    pod.replace('"filler"', '"__proto__":"x","constructor":"y","filler"'),
  );
  const { status, text } = await call(body);
  assert.equal(status, 200, text);
  assert.notEqual(valueAt(parseJson(text), 'response', 'patch'), undefined);
});

test('bodies that do not come to an end are bounded in all, the oldest go, and others are reviewed (R27)', async (t) => {
  const { api, call, port, health, metric } = await scene(t);
  const headers = { 'content-type': 'application/json', 'content-length': 4 * 1024 * 1024 };
  const options = { host: '127.0.0.1', port, ca: api.bundle(), path: '/mutate', method: 'POST', headers };
  const calls = Array.from({ length: 20 }, () =>
    request({ ...options, agent: false }).on('error', () => undefined),
  );
  const written = calls.map((req) => {
    return new Promise((resolve) => req.write(Buffer.alloc(3 * 1024 * 1024, ' '), resolve));
  });
  await Promise.all(written);
  for (let more = 0; more < 3; more++) assert.equal((await call(JSON.stringify(reviewOf(POD)))).status, 200);
  await metric('watchsieve_webhook_reviews_total{result="injected"} 3');
  // There is room for five of them.
  let overloaded = 0;
  for (let tries = 0; overloaded < 15 && tries < 100; tries++) {
    const { text } = await health('/metrics');
    overloaded = Number(/result="overloaded"} (\d+)/.exec(text)?.[1]);
  }
  assert.ok(overloaded >= 15 && overloaded <= 20, `${overloaded} are refused`);
  for (const req of calls) req.destroy();
});

test('bytes that are no TLS and connections that say nothing do no harm', async (t) => {
  const { call, port } = await scene(t);
  const plain = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(plain, 'secureConnect');
  plain.resume().end('\0\u0001 GARBAGE\r\n\r\n');
  await once(plain, 'close');
  const raw = await fetch(`http://127.0.0.1:${port}/mutate`).then(
    () => 'answered',
    () => 'broken off',
  );
  assert.equal(raw, 'broken off');
  assert.equal((await call(JSON.stringify(reviewOf(POD)))).status, 200);
});

test('no token, label value or body is in what it says (R26)', async (t) => {
  const { call, io, health } = await scene(t, '--log-level', 'trace');
  await call(JSON.stringify(reviewOf(POD)));
  await call(
    JSON.stringify(
      reviewOf({ ...POD, spec: { containers: [{ name: 'c', env: [{ name: 'KUBECONFIG' }] }] } }),
    ),
  );
  await call('{"label-value":');
  const said = io.out() + io.err() + (await health('/metrics')).text + (await health('/readyz?verbose')).text;
  assert.match(said, /refused_conflict/);
  for (const secret of [TOKEN, 'label-value', 'PRIVATE KEY']) assert.ok(!said.includes(secret), secret);
});

test('SIGTERM: not ready at once, what comes meanwhile is reviewed, then exit 0 and nothing listens (R31)', async (t) => {
  const { call, health, io, exited, port } = await scene(t, '--drain-delay', '300ms');
  io.signals.emit('SIGTERM');
  await io.wrote(/"draining"/);
  assert.equal((await health('/readyz')).status, 503);
  assert.equal((await call(JSON.stringify(reviewOf(POD)))).status, 200);
  assert.equal(await exited, 0);
  await assert.rejects(post({ port, ca: '', body: '' }), { code: 'ECONNREFUSED' });
});

test('a call that has begun to arrive when the end comes is still reviewed (R31)', async (t) => {
  const { api, io, exited, port } = await scene(t);
  const body = JSON.stringify(reviewOf(POD));
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const options = { host: '127.0.0.1', port, ca: api.bundle(), path: '/mutate', method: 'POST', headers };
  const req = request({ ...options, agent: false });
  const answered = once(req, 'response');
  await new Promise((resolve) => req.write(body.slice(0, 100), resolve));
  io.signals.emit('SIGTERM');
  await io.wrote(/"draining"/);
  req.end(body.slice(100));
  const response: unknown = (await answered).at(0);
  assert.ok(response instanceof IncomingMessage);
  assert.equal(response.statusCode, 200);
  response.resume();
  assert.equal(await exited, 0);
});

test('wrong flags are all told at once, with exit code 2', async () => {
  const io = fakeIo();
  const flags = [
    ...['--image', 'x.example/w:1'],
    '--listen',
    'x',
    '--secret',
    'ca',
    '--variant',
    'nativ',
    '--selector',
    '=',
    '--configuration',
    'A',
  ];
  const more = [
    '--certificate-lifetime',
    '1s',
    '--drain-delay',
    '1d',
    '--log-level',
    'loud',
    '--service',
    'a/b/c',
  ];
  assert.equal(await runWebhook([...flags, ...more], io), 2);
  const said = io.err().match(/--[a-z-]+(?= must)/g);
  assert.deepEqual(said?.sort(), [
    '--certificate-lifetime',
    '--configuration',
    '--drain-delay',
    '--listen',
    '--log-level',
    '--secret',
    '--selector',
    '--service',
    '--variant',
  ]);
  for (const [argv, pattern] of [
    [[], /name the Service with --service/],
    [['--host', '127.0.0.1'], /name the Secret with --secret/],
    [['--nonsense'], /--nonsense/],
    [['x'], /x/],
  ] as const) {
    const other = fakeIo();
    assert.equal(await runWebhook(argv, other), 2);
    assert.match(other.err(), pattern);
  }
});

test('outside a Pod and without a kubeconfig it says what it lacks, with the exit code of serve', async () => {
  const io = fakeIo();
  assert.equal(
    await runWebhook(['--image', 'x/w:1', '--service', 'watchsieve-system/watchsieve-webhook'], io),
    2,
  );
  assert.match(io.err(), /not running in a Pod/);
});

test('--help names every flag, on standard output', async () => {
  const io = fakeIo();
  assert.equal(await run(['webhook', '--help'], io), 0);
  assert.match(io.out(), /^Usage: watchsieve webhook/);
  for (const { flag } of INSTALL_ROWS.webhook) assert.match(io.out(), new RegExp(`^  --${flag} <`, 'm'));
});

test('connections are 200 at most: the one that has been without a request for longest makes room (R27)', async (t) => {
  const { call, port, metric } = await scene(t);
  const idle: Socket[] = [];
  t.after(() => idle.forEach((socket) => socket.destroy()));
  for (let count = 0; count < 210; count++) {
    const socket = connectTcp({ host: '127.0.0.1', port }).on('error', () => undefined);
    idle.push(socket.resume());
    await once(socket, 'connect');
  }
  const open = (): number => idle.filter(({ closed }) => !closed).length;
  await eventually(() => open() === 200, 'the first ten are closed');
  assert.ok(idle.slice(0, 10).every(({ closed }) => closed));
  assert.equal((await call(JSON.stringify(reviewOf(POD)))).status, 200);
  await eventually(() => open() === 199, 'one more has made room');
  await metric('watchsieve_connections_ended_total{listener="webhook",bound="idle"} 11');
});

test('calls whose body never comes keep nobody out, however many connections they hold (R27)', async (t) => {
  const { api, call, port, metric } = await scene(t);
  const open: Socket[] = [];
  for (let count = 0; count < 220; count++) {
    const socket = connect({ host: '127.0.0.1', port, ca: api.bundle() }).on('error', () => undefined);
    open.push(socket.resume());
    await once(socket, 'secureConnect');
    socket.write(
      'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n',
    );
  }
  assert.equal((await call(JSON.stringify(reviewOf(POD)))).status, 200);
  await eventually(() => open.filter(({ closed }) => !closed).length === 199, 'as many have made room');
  assert.ok(open.slice(0, 21).every(({ closed }) => closed));
  await metric('watchsieve_webhook_reviews_total{result="injected"} 1');
  // The end would wait for them.
  for (const socket of open) socket.destroy();
});
