import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { eventually, startApiServer, watchOrEcho, type ApiResponse } from '../../support/api-server.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';

for (const http of ['auto', '1.1'] as const) {
  test(`R43: with http ${http}, a peer without HTTP/2 serves fifteen watches and requests beside them`, async () => {
    await using server = await startApiServer({ handler: watchOrEcho(), http1Only: true });
    await using watched = watchedUpstream(loopbackTarget(server.port), { http });
    const watches = Array.from({ length: 15 }, (_, n) => send(watched.upstream, { target: `/watch/${n}` }));
    await Promise.all(watches.map(({ firstChunk }) => firstChunk));
    assert.equal(server.accepted, 15);
    for (let n = 0; n < 5; n++) {
      assert.equal(String(await send(watched.upstream, { target: '/get' }).body), 'echo 1.1 /get');
    }
    // One after the other, they share connections: two, as the next is sent while the last settles.
    const { connections } = watched.upstream;
    assert.ok(connections <= 17, `${connections} connections`);
  });
}

test('R43: where all lanes find out that a peer has no HTTP/2, and no request waits any more, one connection is kept', async () => {
  await using server = await startApiServer({ handler: watchOrEcho(), http1Only: true });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  for (const lane of ['shared', 'apart', 'crowd'] as const)
    send(watched.upstream, { target: '/get', lane }).exchange.abort();
  await eventually(
    () => server.accepted === 3 && watched.upstream.connections === 1,
    'the others are closed',
  );
  assert.equal(String(await send(watched.upstream, { target: '/get' }).body), 'echo 1.1 /get');
  assert.equal(server.accepted, 3, 'the next request uses it');
});

test('R43: with http 1.1 HTTP/2 is not even offered', async () => {
  await using server = await startApiServer({ handler: watchOrEcho() });
  await using watched = watchedUpstream(loopbackTarget(server.port), { http: '1.1' });
  assert.equal(String(await send(watched.upstream, { target: '/get' }).body), 'echo 1.1 /get');
  assert.equal(server.sessions.length, 0);
});

test('R3: status text, repeated headers, trailers and five megabytes pass over HTTP/1.1', async () => {
  const body = Buffer.alloc(5 * 1024 * 1024, 'abcdefg');
  await using server = await startApiServer({
    http1Only: true,
    handler: (req, res) => {
      res.writeHead(201, 'Made', ['X-A', '1', 'X-A', '2', 'Trailer', 'X-Sum']);
      res.addTrailers({ 'X-Sum': '42' });
      req.pipe(res);
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const echo = send(watched.upstream, { method: 'PUT', body: Readable.from([body], { objectMode: false }) });
  const { statusCode, statusMessage, headers } = await echo.head;
  assert.deepEqual([statusCode, statusMessage], [201, 'Made']);
  assert.deepEqual(headers.slice(0, 4), ['X-A', '1', 'X-A', '2']);
  assert.ok((await echo.body).equals(body));
  assert.deepEqual(echo.trailers, ['X-Sum', '42']);
});

test('R9: a chunked response cut in its middle is an error over HTTP/1.1', async () => {
  const open: ApiResponse[] = [];
  await using server = await startApiServer({ handler: watchOrEcho(open), http1Only: true });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const watch = send(watched.upstream, { target: '/watch' });
  await watch.firstChunk;
  for (const socket of server.sockets) socket.destroy();
  await assert.rejects(watch.body, { code: 'reset', phase: 'body' });
});

test('R10: an abort over HTTP/1.1 closes the connection, before and after the head', async () => {
  const gone: string[] = [];
  const arrived = new PassThrough({ objectMode: true });
  await using server = await startApiServer({
    http1Only: true,
    handler: (req, res) => {
      const { url } = req;
      res.once('close', () => gone.push(url));
      if (url === '/body') res.write('x');
      arrived.write(url);
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  for (const target of ['/headers', '/body']) {
    const request = send(watched.upstream, { target });
    await arrived.iterator({ destroyOnReturn: false }).next();
    if (target === '/body') await request.firstChunk;
    request.exchange.abort();
    await eventually(() => gone.includes(target), `${target} aborted`);
    assert.equal(request.endings, 0);
  }
  assert.deepEqual(watched.failures, []);
});

test('R11: a paused response stops reading over HTTP/1.1', async () => {
  const total = 32 * 1024 * 1024;
  let flushed = 0;
  await using server = await startApiServer({
    http1Only: true,
    handler: (req, res) => {
      if (req.url === '/other') {
        res.end();
        return;
      }
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (flushed < total) {
          flushed += chunk.length;
          if (!res.write(chunk)) {
            res.once('drain', more);
            return;
          }
        }
        res.end();
      };
      more();
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  let received = 0;
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let accept = false;
  const exchange = watched.upstream.send(
    { method: 'GET', target: '/', headers: [], body: null },
    {
      onResponse: () => undefined,
      onData(chunk) {
        received += chunk.length;
        return accept;
      },
      onEnd: () => {
        resolve(undefined);
      },
      onError: reject,
    },
  );
  for (let n = 0; n < 20; n++) await send(watched.upstream, { target: '/other' }).body;
  assert.ok(received < 1024 * 1024, `${received} bytes were read while paused`);
  accept = true;
  exchange.resume();
  await promise;
  assert.equal(received, total);
});
