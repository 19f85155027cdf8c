import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { eventually, startApiServer, watchOrEcho, type ApiResponse } from '../../support/api-server.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';

function streamOf(res: ApiResponse | undefined): ApiResponse['stream'] {
  assert.ok(res !== undefined);
  return res.stream;
}

test('R9: a response cut by reset, lost connection or end of session is an error, never an end', async () => {
  for (const cut of ['reset', 'socket', 'session', 'goaway']) {
    const open: ApiResponse[] = [];
    await using server = await startApiServer({ handler: watchOrEcho(open) });
    await using watched = watchedUpstream(loopbackTarget(server.port));
    const watch = send(watched.upstream, { target: '/watch' });
    await watch.firstChunk;
    if (cut === 'reset') streamOf(open[0]).destroy(new Error('broken'));
    if (cut === 'session') server.sessions[0]?.destroy();
    if (cut === 'goaway') server.sessions[0]?.goaway(constants.NGHTTP2_INTERNAL_ERROR);
    if (cut === 'socket') for (const socket of server.sockets) socket.destroy();
    await assert.rejects(watch.body, { code: 'reset', phase: 'body' }, cut);
    assert.equal(watch.endings, 1);
  }
});

test('R10: an abort reaches the peer while it has not answered, and in mid-body', async () => {
  const gone: string[] = [];
  const arrived = new PassThrough({ objectMode: true });
  await using server = await startApiServer({
    handler: (req, res) => {
      const url = req.url;
      res.once('close', () => gone.push(url));
      if (url === '/body') res.write('x');
      arrived.write(url);
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  for (const target of ['/headers', '/body']) {
    const request = send(watched.upstream, { target });
    await once(arrived, 'data');
    if (target === '/body') await request.firstChunk;
    request.exchange.abort();
    await eventually(() => gone.includes(target), `${target} aborted`);
    assert.equal(request.endings, 0);
  }
  assert.deepEqual(watched.failures, []);
});

test('R10: an abort in the middle of an upload reaches the peer, and a broken body fails the exchange', async () => {
  const gone: string[] = [];
  const open: string[] = [];
  await using server = await startApiServer({
    handler: (req, res) => {
      const { url } = req;
      open.push(url);
      res.once('close', () => gone.push(url));
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  for (const target of ['/abort', '/broken']) {
    const body = new PassThrough();
    body.on('error', () => undefined);
    body.write('some');
    const upload = send(watched.upstream, { method: 'POST', target, body });
    await eventually(() => open.includes(target), 'the upload is open');
    if (target === '/abort') {
      upload.exchange.abort();
      assert.ok(body.destroyed);
    } else {
      body.destroy(new Error('broken'));
      await assert.rejects(upload.body, { code: 'request' });
    }
    await eventually(() => gone.includes(target), `${target} gone`);
  }
});

test('R10: a request aborted while connecting is never sent', async () => {
  const seen: string[] = [];
  await using server = await startApiServer({
    handler: (req, res) => {
      seen.push(req.url);
      res.end();
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const aborted = send(watched.upstream, { target: '/aborted' });
  aborted.exchange.abort();
  await send(watched.upstream, { target: '/other' }).body;
  assert.deepEqual(seen, ['/other']);
  assert.equal(aborted.endings, 0);
});

test('R10: uploads broken off do not wear the connection out', async () => {
  await using server = await startApiServer({
    handler: (req, res) => req.method === 'GET' && res.end('fine'),
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  await send(watched.upstream, {}).body;
  // One less than the peer lets run: for a while an aborted stream keeps its place.
  for (let n = 0; n < 99; n++) {
    // Far more than the peer's window: it stays queued here until the abort.
    const body = Readable.from([Buffer.alloc(1024 * 1024)], { objectMode: false });
    const upload = send(watched.upstream, { method: 'POST', body });
    await once(body, 'end');
    upload.exchange.abort();
  }
  assert.equal(String(await send(watched.upstream, {}).body), 'fine');
  assert.equal(server.accepted, 1);
});

test('R3: five megabytes go up and down, with trailers', async () => {
  const body = Buffer.alloc(5 * 1024 * 1024, 'abcdefg');
  await using server = await startApiServer({
    handler: (req, res) => {
      res.writeHead(200, { trailer: 'x-sum' });
      res.addTrailers({ 'x-sum': '42' });
      req.pipe(res);
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const echo = send(watched.upstream, { method: 'POST', body: Readable.from([body], { objectMode: false }) });
  assert.ok((await echo.body).equals(body));
  assert.deepEqual(echo.trailers, ['x-sum', '42']);
});

test('R3: an answer before the body was read is delivered, and the body let go', async () => {
  await using server = await startApiServer({
    handler: (_req, res) => {
      res.writeHead(413);
      res.end('too large');
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const body = new PassThrough();
  body.write(Buffer.alloc(1000));
  body.on('error', () => undefined);
  const early = send(watched.upstream, { method: 'POST', body });
  assert.equal((await early.head).statusCode, 413);
  assert.equal(String(await early.body), 'too large');
  if (!body.closed) await once(body, 'close');
});

test('R3: a header that HTTP/2 cannot repeat is refused as a fault of the request', async () => {
  await using server = await startApiServer({ handler: (_req, res) => res.end() });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const twice = ['Authorization', 'a', 'Authorization', 'b'];
  await assert.rejects(send(watched.upstream, { headers: twice }).body, { code: 'request' });
  const body = await send(watched.upstream, { headers: ['__proto__', 'x', 'Cookie', 'a=1', 'cookie', 'b=2'] })
    .body;
  assert.equal(body.length, 0);
});
