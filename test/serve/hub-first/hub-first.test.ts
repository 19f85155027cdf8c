/** I15: with a hub that answers it is asked, and with any other the client notices nothing of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { projectionDigest, PROJECTION_HEADER } from '../../../src/core/projection/projection-digest.ts';
import type { UpstreamTarget } from '../../../src/platform/upstream/target.ts';
import { eventually } from '../../support/api-server.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { ask, begin, head } from '../../support/proxy.ts';
import { loopbackTarget } from '../../support/upstream.ts';
import { DIGEST, fromHub, LIST, METALLB, scripted, setUp, type Scripted, WATCH } from './harness.ts';

const TOKEN = { authorization: 'Bearer one' };

for (const http1Only of [false, true])
  test(`what is filtered is asked of the hub, with the caller's credentials, HTTP/${http1Only ? '1.1' : '2'}`, async (t) => {
    const { api, hub, selected, get } = await setUp(t, { http1Only });
    for (const target of [LIST, WATCH]) {
      const { res, body } = await get(target, {
        ...TOKEN,
        'x-remote-user': 'admin',
        [PROJECTION_HEADER]: 'of somebody else',
      });
      assert.equal(`${res.statusCode} ${body.toString()}`, '200 hub');
      assert.equal(res.headers[PROJECTION_HEADER], undefined);
      const { url, headers } = hub.requests.at(-1) ?? assert.fail();
      assert.equal(url, target);
      assert.equal(headers.authorization, 'Bearer one');
      assert.equal(headers[PROJECTION_HEADER], DIGEST);
      assert.equal(headers['x-remote-user'], undefined);
    }
    assert.equal(api.requests.length, 0);
    assert.deepEqual(selected, ['shared', 'shared']);
  });

test('nothing else gets to the hub, and writes get to the API server once', async (t) => {
  const { api, hub, port, selected } = await setUp(t);
  const others: readonly (readonly [
    method: string,
    path: string,
    headers?: Record<string, string | string[]>,
  ])[] = [
    ...['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((method) => [method, LIST] as const),
    ['PATCH', '/api/v1/nodes/n1/status'],
    ['GET', '/api/v1/nodes/n1'],
    ['GET', '/api/v1/pods?watch=1'],
    ['GET', '/api/v1/nodes?continue=abc'],
    ['GET', '/api/v1/nodes?limit=many'],
    ['GET', '/api/v1/namespaces/x/pods/y/exec'],
    ['GET', '/version'],
    ['GET', LIST, { 'content-length': '0', 'impersonate-user': 'admin' }],
    ['GET', LIST, { cookie: 'a=b', ...TOKEN }],
  ];
  for (const [method, path, headers = {}] of others) {
    const { res } = await ask(port, { method, path, headers });
    assert.equal(res.statusCode, 200, path);
  }
  assert.equal(hub.requests.length, 0);
  assert.deepEqual(
    api.requests.map(({ method, url }) => [method, url]),
    others.map(([method, path]) => [method, path]),
  );
  assert.equal(new Set(selected).has('shared'), false);
});

/** What may be wrong with a hub, and the reason that is counted. */
const ANSWERS: Readonly<Record<string, readonly [reason: string, answer: Scripted['answer']]>> = {
  'says that it cannot': ['declined', (_req, res) => void res.writeHead(421).end()],
  'says that it is gone': ['status', (_req, res) => void res.writeHead(410).end()],
  'refuses the caller': ['status', (_req, res) => void res.writeHead(403).end()],
  'knows no such caller': ['status', (_req, res) => void res.writeHead(401).end()],
  'is full': ['unavailable', (_req, res) => void res.writeHead(429).end()],
  'is ill': ['unavailable', (_req, res) => void res.writeHead(500).end()],
  'is starting': ['unavailable', (_req, res) => void res.writeHead(503).end()],
  'is no hub': ['projection', (_req, res) => void res.end('another API server')],
  'filters by something else': [
    'projection',
    (_req, res) => {
      res.writeHead(200, { [PROJECTION_HEADER]: projectionDigest(projectionOf('labels')) });
      res.end('filtered');
    },
  ],
  'breaks off before it answers': ['broken', (req) => req.stream.destroy()],
};

for (const [what, [reason, answer]] of Object.entries(ANSWERS))
  for (const target of [LIST, WATCH])
    test(`a hub that ${what}: the API server answers that very request, ${target}`, async (t) => {
      const { api, hub, selected, get } = await setUp(t);
      hub.answer = answer;
      const { res, body } = await get(target, TOKEN);
      assert.equal(`${res.statusCode} ${body.toString()}`, `200 api GET ${target}`);
      assert.equal(hub.requests.length, 1);
      assert.equal(api.requests.length, 1);
      const { headers } = api.requests[0] ?? assert.fail();
      assert.equal(headers.authorization, 'Bearer one');
      assert.equal(headers[PROJECTION_HEADER], undefined);
      assert.deepEqual(selected, [reason]);
    });

const strange = await makeCertificates(['127.0.0.1']);
const UNREACHABLE: readonly (readonly [
  what: string,
  reason: string,
  of: (port: number) => UpstreamTarget,
])[] = [
  ['is not there', 'refused', () => loopbackTarget(1)],
  ['has a certificate of another authority', 'tls', (port) => loopbackTarget(port, strange.ca)],
  ['has a certificate of another name', 'tls', (port) => ({ ...loopbackTarget(port), servername: 'hub' })],
  [
    'has a CA that cannot be read',
    'tls',
    (port) => ({ ...loopbackTarget(port), readCa: () => Promise.reject(new Error('no such file')) }),
  ],
];

for (const [what, reason, of] of UNREACHABLE)
  test(`a hub that ${what}: the API server answers, and the hub is told nothing`, async (t) => {
    const other = await scripted(t, fromHub('hub'));
    const { selected, get, log } = await setUp(t, { targets: [of(other.server.port)] });
    const { body } = await get(LIST, TOKEN);
    assert.equal(body.toString(), `api GET ${LIST}`);
    assert.equal(other.requests.length, 0);
    assert.deepEqual(selected, [reason]);
    await get(LIST, TOKEN);
    assert.deepEqual(selected, [reason, 'resting']);
    assert.equal(log.filter((line) => line.includes('the hub fails')).length, 1);
  });

for (const target of [LIST, WATCH])
  test(`a hub that hangs costs less than a second, and one request at the API server: ${target}`, async (t) => {
    const { api, hub, time, selected, get } = await setUp(t);
    let isAborted = false;
    hub.answer = (req) => req.stream.on('close', () => (isAborted = true));
    const answered = get(target, TOKEN);
    await eventually(() => hub.requests.length === 1, 'the hub is asked');
    time.pass(799);
    assert.equal(api.requests.length, 0);
    time.pass(1);
    await eventually(() => api.requests.length === 1, 'the API server is asked');
    assert.equal((await answered).body.toString(), `api GET ${target}`);
    await eventually(() => isAborted, 'the hub is not left with the request');
    assert.deepEqual(selected, ['timeout']);
    assert.equal(api.requests.length, 1);
    assert.equal(time.running, 0);
  });

test('a hub that failed rests, is tried by one request, and is asked again', async (t) => {
  const { hub, time, selected, get, log } = await setUp(t);
  hub.answer = (_req, res) => void res.writeHead(503).end();
  await get(LIST);
  await get(LIST);
  assert.equal(hub.requests.length, 1);
  time.pass(2000);
  hub.answer = fromHub('hub');
  assert.equal((await get(LIST)).body.toString(), 'hub');
  assert.equal((await get(WATCH)).body.toString(), 'hub');
  assert.deepEqual(selected, ['unavailable', 'resting', 'shared', 'shared']);
  assert.equal(log.filter((line) => line.includes('the hub answers again')).length, 1);
});

test('a hub that only declines is asked again at once', async (t) => {
  const { hub, selected, get } = await setUp(t);
  hub.answer = (_req, res) => void res.writeHead(421).end();
  await get(LIST);
  await get(LIST);
  assert.deepEqual(selected, ['declined', 'declined']);
});

test('a request that cannot be sent to a hub says nothing of the hub', async (t) => {
  const { hub, time, selected, get, log } = await setUp(t);
  hub.answer = (_req, res) => void res.writeHead(503).end();
  await get(LIST);
  time.pass(2000);
  hub.answer = fromHub('hub');
  // Two of what may stand once: HTTP/1.1 carries it, HTTP/2 does not.
  await get(LIST, { referer: ['a', 'b'] });
  assert.deepEqual(selected, ['unavailable', 'broken']);
  assert.equal(log.filter((line) => line.includes('the hub answers again')).length, 0);
  assert.equal((await get(LIST)).body.toString(), 'hub');
});

test('another hub is asked while the first rests', async (t) => {
  const second = await scripted(t, fromHub('second'));
  const targets = [loopbackTarget(1), loopbackTarget(second.server.port)];
  const { selected, get } = await setUp(t, { targets });
  assert.equal((await get(LIST)).body.toString(), `api GET ${LIST}`);
  assert.equal((await get(LIST)).body.toString(), 'second');
  assert.deepEqual(selected, ['refused', 'shared']);
});

test('a watch that breaks at the hub breaks for its client, who comes back to the API server', async (t) => {
  const { api, hub, port, selected, get } = await setUp(t);
  hub.answer = fromHub('first', true);
  const req = begin(port, { path: WATCH });
  req.end();
  const res = await head(req);
  const broken = Promise.withResolvers<unknown>();
  res.on('data', () => hub.server.sessions[0]?.destroy());
  res.on('error', broken.resolve);
  await broken.promise;
  assert.equal(api.requests.length, 0);
  assert.equal((await get(WATCH)).body.toString(), `api GET ${WATCH}`);
  assert.deepEqual(selected, ['shared', 'resting']);
});

test('a list that stops half way breaks for its client, who asks the API server', async (t) => {
  const { hub, port, time, selected, get } = await setUp(t);
  hub.answer = fromHub('half', true);
  const req = begin(port, { path: LIST });
  req.end();
  const res = await head(req);
  const broken = Promise.withResolvers<unknown>();
  res.on('error', broken.resolve);
  res.once('data', () => {
    time.pass(5000);
    time.pass(5000);
  });
  await broken.promise;
  assert.equal((await get(LIST)).body.toString(), `api GET ${LIST}`);
  assert.deepEqual(selected, ['shared', 'resting']);
});

test('a client that goes while the hub is asked leaves nothing behind', async (t) => {
  const { api, hub, port, time, get } = await setUp(t);
  hub.answer = (_req, res) => void res.writeHead(503).end();
  await get(LIST);
  time.pass(2000);
  let isAborted = false;
  hub.answer = (asked) => asked.stream.on('close', () => (isAborted = true));
  const req = begin(port, { path: LIST });
  req.on('error', () => undefined);
  req.end();
  await eventually(() => hub.requests.length === 2, 'the hub is asked');
  req.destroy();
  await eventually(() => isAborted, 'the hub hears of it');
  assert.equal(time.running, 0);
  hub.answer = fromHub('hub');
  assert.equal((await get(LIST)).body.toString(), 'hub');
  assert.equal(api.requests.length, 1);
});

test('observe mode, and what was swallowed under another projection, keep the hub out', async (t) => {
  const { hub, filter, selected, get } = await setUp(t);
  filter.current = { ...METALLB, mode: 'observe' };
  await get(WATCH);
  filter.current = METALLB;
  filter.mayAdopt = false;
  await get(WATCH);
  filter.mayAdopt = true;
  filter.isShared = true;
  await get(WATCH);
  assert.deepEqual(selected, ['observe', 'history', 'history']);
  assert.equal(hub.requests.length, 0);
});

for (const [what, now] of [
  ['another projection', { mode: 'filter', projection: projectionOf('heartbeat') }],
  ['observe mode', { ...METALLB, mode: 'observe' }],
] as const)
  test(`a change to ${what} ends watches that a hub goes on filtering as before`, async (t) => {
    const { hub, port, filter, hubFirst } = await setUp(t);
    hub.answer = fromHub('first', true);
    const req = begin(port, { path: WATCH });
    req.end();
    const res = await head(req);
    let isBroken = false;
    res.on('error', () => (isBroken = true));
    res.once('data', () => {
      filter.current = now;
      hubFirst.filterChanged();
    });
    await eventually(() => isBroken, 'the watch is broken off');
    assert.equal(hubFirst.watchesEver, 1);
  });

test('what a hub was asked for under a former filter is not used', async (t) => {
  const { hub, filter, selected, get } = await setUp(t);
  hub.answer = (req, res) => {
    filter.current = { mode: 'filter', projection: projectionOf('heartbeat') };
    fromHub('hub')(req, res);
  };
  assert.equal((await get(LIST)).body.toString(), `api GET ${LIST}`);
  assert.deepEqual(selected, ['projection']);
});
