/** An API server that has come back and is not ready yet gets no watches (R5, I9). */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from 'undici';
import { WatchGate } from '../../../src/serve/watch/watch-gate.ts';
import { UpstreamError } from '../../../src/platform/upstream/upstream-error.ts';
import { eventually, startApiServer, type ApiResponse } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { runReady } from '../harness.ts';

const LOST = new UpstreamError('body', 'reset');

/** A gate whose question is answered by the test. */
function makeGate() {
  const time = new FakeTime();
  const asked: PromiseWithResolvers<number>[] = [];
  const gate = new WatchGate({
    askReadiness: () => {
      const question = Promise.withResolvers<number>();
      asked.push(question);
      return question.promise;
    },
    now: time.now,
    startTimer: time.startTimer,
  });
  const passWhen = async (settle: (question: PromiseWithResolvers<number>) => void) => {
    const passed = gate.pass();
    const question = asked.at(-1);
    assert.ok(passed !== undefined && question !== undefined, 'the gate is open');
    settle(question);
    return passed;
  };
  return { gate, time, asked, passWhen };
}

test('R5: as long as nothing has failed, no watch waits', () => {
  const { gate, asked } = makeGate();
  assert.equal(gate.pass(), undefined);
  gate.failed(new UpstreamError('headers', 'request'));
  gate.failed(new UpstreamError('body', 'closed'));
  gate.failed(new UpstreamError('headers', 'turned-away'));
  assert.equal(gate.pass(), undefined);
  assert.equal(asked.length, 0);
});

test('R5: after a failure one question is asked for all watches, and again until the API server is ready', async () => {
  const { gate, time, asked, passWhen } = makeGate();
  gate.failed(LOST);
  const first = gate.pass();
  assert.match((await passWhen(({ resolve }) => resolve(500))) ?? '', /only starting/);
  assert.match((await first) ?? '', /only starting/);
  assert.equal(asked.length, 1);
  assert.equal(
    await passWhen(({ reject }) => reject(new UpstreamError('connect', 'refused'))),
    'connection refused',
  );
  assert.equal(await passWhen(({ resolve }) => resolve(200)), undefined);
  assert.equal(gate.pass(), undefined);
  assert.equal(time.running, 0);
});

for (const status of [401, 403, 404])
  test(`R5, I9: ${status} may mean "not yet" for 5 s; who says it for longer says it always, and holds nobody up again`, async () => {
    const { gate, time, passWhen } = makeGate();
    const refusing = () => passWhen(({ resolve }) => resolve(status));
    gate.failed(LOST);
    assert.match((await refusing()) ?? '', /only starting/);
    time.pass(4999);
    assert.match((await refusing()) ?? '', /only starting/);
    time.pass(1);
    assert.equal(await refusing(), undefined);
    assert.equal(gate.pass(), undefined);

    gate.failed(LOST);
    assert.equal(await refusing(), undefined);

    gate.failed(LOST);
    assert.equal(await passWhen(({ resolve }) => resolve(200)), undefined);
    gate.failed(LOST);
    assert.match((await refusing()) ?? '', /only starting/);
  });

test('I9: an answer that does not come within 5 s holds nobody up', async () => {
  const { gate, time, passWhen } = makeGate();
  gate.failed(LOST);
  let passed = false;
  const waiting = passWhen(() => time.pass(4999)).finally(() => (passed = true));
  await Promise.resolve();
  assert.equal(passed, false);
  time.pass(1);
  assert.equal(await waiting, undefined);
  assert.equal(gate.pass(), undefined);
});

test('I9: who is not ready for 30 s gets the watches all the same; the time counts from the first such answer', async () => {
  const { gate, time, passWhen } = makeGate();
  gate.failed(LOST);
  const notReady = () => passWhen(({ resolve }) => resolve(503));
  assert.match((await notReady()) ?? '', /only starting/);
  time.pass(20_000);
  await passWhen(({ reject }) => reject(new UpstreamError('connect', 'refused')));
  time.pass(20_000);
  assert.match((await notReady()) ?? '', /only starting/);
  time.pass(29_999);
  assert.match((await notReady()) ?? '', /only starting/);
  time.pass(1);
  assert.equal(await notReady(), undefined);
  assert.equal(gate.pass(), undefined);
});

/** An API server that refuses watches for as long as it is not ready, as a real one that has no RBAC rules yet. */
async function startStarting(t: TestContext) {
  const open: ApiResponse[] = [];
  const asked: string[] = [];
  const server = { isReady: true, readyz: undefined as ((res: ApiResponse) => void) | undefined };
  const api = await startApiServer({
    handler: (req, res) => {
      asked.push(req.url);
      const watch = req.url.includes('watch=1');
      if (req.url === '/readyz') {
        server.readyz?.(res);
        if (!server.isReady) res.writeHead(500);
        if (server.readyz === undefined) res.end('');
      } else if (watch && !server.isReady) res.writeHead(403).end('');
      else if (watch) {
        res.writeHead(200, { 'content-type': 'application/json' });
        res.write('');
        open.push(res);
      } else res.end('{}');
    },
  });
  t.after(() => api[Symbol.asyncDispose]());
  const proxy = await runReady(t, { url: `https://127.0.0.1:${api.port}`, caPem: LOOPBACK.ca });
  const loseConnections = async () => {
    for (const socket of api.sockets) socket.destroy();
    await eventually(
      () => proxy.logged('stream ended').length > 0,
      'the proxy has noticed that the connection is lost',
    );
  };
  return { server, proxy, open, asked, loseConnections };
}

const WATCH = '/api/v1/nodes?watch=1&resourceVersion=5';

test('R5: after an outage a watch waits with 429 until the API server is ready, and a LIST passes', async (t) => {
  const { server, proxy, asked, loseConnections } = await startStarting(t);
  const before = await proxy.watch('resourceVersion=5');
  assert.equal(asked.includes('/readyz'), false);
  server.isReady = false;
  await loseConnections();
  assert.deepEqual(await before.takeAll(), []);
  for (const target of [WATCH, '/api/v1/pods?watch=1']) {
    const refused = await proxy.fetch(target);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '1');
    assert.match(refused.body.toString(), /no answer from https:.*only starting/);
  }
  assert.equal((await proxy.fetch('/api/v1/nodes')).status, 200);
  server.isReady = true;
  const after = await proxy.watch('resourceVersion=5');
  assert.equal(after.status, 200);
  const questions = asked.filter((target) => target === '/readyz').length;
  await proxy.watch('resourceVersion=5');
  assert.equal(asked.filter((target) => target === '/readyz').length, questions);
});

/** A watch that waits for the answer to the question for readiness. */
async function startWaiting(t: TestContext) {
  const starting = await startStarting(t);
  await starting.proxy.watch('resourceVersion=5');
  await starting.loseConnections();
  const question = Promise.withResolvers<ApiResponse>();
  starting.server.readyz = question.resolve;
  const client = new Client(starting.proxy.url, { connect: { ca: starting.proxy.caPem }, allowH2: false });
  t.after(() => client.destroy());
  const waiting = client.request({ method: 'GET', path: WATCH });
  const watches = () => starting.asked.filter((target) => target.includes('watch=1')).length;
  return { ...starting, client, waiting, readyz: await question.promise, watches };
}

test('R31: a watch that waits for readiness is refused when the sidecar is drained', async (t) => {
  const { proxy, waiting, watches } = await startWaiting(t);
  const drained = proxy.app.drain();
  assert.equal((await waiting).statusCode, 429);
  await drained;
  assert.equal(watches(), 1);
});

test('R10: of a watch whose client has gone while it waited, upstream never hears', async (t) => {
  const { server, proxy, client, waiting, readyz, watches } = await startWaiting(t);
  await Promise.all([client.destroy(), assert.rejects(waiting)]);
  server.readyz = undefined;
  readyz.end('');
  await proxy.watch('resourceVersion=6');
  assert.equal(watches(), 2);
});
