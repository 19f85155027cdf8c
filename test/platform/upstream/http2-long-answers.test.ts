/** Which connection a request goes by while long answers are on their way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResponseHandler } from '../../../src/platform/upstream/exchange.ts';
import { startApiServer, watchOrEcho, type ApiResponse } from '../../support/api-server.ts';
import { loopbackTarget, send, startRelay, watchedUpstream } from '../../support/upstream.ts';

const LONG = Buffer.alloc(300 * 1024, 'x');

/** Answers `/long` with more than 256 KiB and goes on. */
function longOrEcho(open: ApiResponse[]): ReturnType<typeof watchOrEcho> {
  const other = watchOrEcho(open);
  return (req, res) => {
    if (!req.url.startsWith('/long')) {
      other(req, res);
      return;
    }
    open.push(res);
    res.write(LONG);
  };
}

type Watched = ReturnType<typeof watchedUpstream>;

/** Resolves when so much of a long answer has come that others would wait behind it. */
async function longAnswer({ upstream }: Watched, isWatch = false): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let received = 0;
  const handler: ResponseHandler = {
    onResponse: () => undefined,
    onData: (chunk) => {
      received += chunk.length;
      // The next turn: this chunk is not counted before the call returns.
      if (received === LONG.length) setImmediate(resolve, undefined);
      return true;
    },
    onEnd: () => undefined,
    onError: () => undefined,
  };
  upstream.send({ method: 'GET', target: '/long', headers: [], body: null, isWatch }, handler);
  await promise;
}

test('R43: a request does not wait behind a long answer, but for a connection without one', async () => {
  await using server = await startApiServer({ handler: longOrEcho([]) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  await longAnswer(watched);
  assert.equal(String(await send(watched.upstream, { target: '/a' }).body), 'echo 2.0 /a');
  assert.equal(server.accepted, 2);
  // The second one is kept for the next, though it is idle.
  assert.equal(String(await send(watched.upstream, { target: '/b' }).body), 'echo 2.0 /b');
  assert.equal(server.accepted, 2);
});

test('R43: connections for the sake of that are three at most', async () => {
  await using server = await startApiServer({ handler: longOrEcho([]) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  for (let at = 0; at < 5; at++) await longAnswer(watched);
  assert.equal(String(await send(watched.upstream, { target: '/a' }).body), 'echo 2.0 /a');
  assert.equal(server.accepted, 3);
});

test('R43: a watch holds up nobody, however much it has sent', async () => {
  await using server = await startApiServer({ handler: longOrEcho([]) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  await longAnswer(watched, true);
  assert.equal(String(await send(watched.upstream, { target: '/a' }).body), 'echo 2.0 /a');
  assert.equal(server.accepted, 1);
});

test('R43: where another connection cannot be had, a request goes beside the long answer', async () => {
  await using server = await startApiServer({ handler: longOrEcho([]) });
  await using relay = await startRelay(server.port);
  await using watched = watchedUpstream(loopbackTarget(relay.port));
  await longAnswer(watched);
  relay.newcomers = 'refused';
  assert.equal(String(await send(watched.upstream, { target: '/a' }).body), 'echo 2.0 /a');
  assert.equal(server.accepted, 1);
});

test('R43: where another connection is long in coming, a request goes beside the long answer after a second', async (t) => {
  await using server = await startApiServer({ handler: longOrEcho([]) });
  await using relay = await startRelay(server.port);
  await using watched = watchedUpstream(loopbackTarget(relay.port), { connectTimeoutMs: 60_000 });
  await longAnswer(watched);
  relay.newcomers = 'ignored';
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { body } = send(watched.upstream, { target: '/a' });
  t.mock.timers.tick(999);
  assert.equal(server.accepted, 1);
  t.mock.timers.tick(1);
  assert.equal(String(await body), 'echo 2.0 /a');
  t.mock.timers.reset();
});
