/** What clients may take of the proxy, and what is left for the others when some take too much (R27). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventually, type ApiResponse } from '../../support/api-server.ts';
import { ask, begin, head, rawConnection, startBoth } from '../../support/proxy.ts';

const WATCH = '/api/v1/nodes?watch=1&resourceVersion=7';
const hello = { handler: (_req: unknown, res: ApiResponse) => void res.end('hello') };

/** A TCP connection that says nothing. */
async function silent(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket.resume();
}

/** Resolves when the peer has closed it. */
async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}

test('where all of --max-connections have a request under way, one more is closed at once and counted (R27)', async (t) => {
  const refused: string[] = [];
  const open: ApiResponse[] = [];
  await using both = await startBoth(
    { handler: (_req, res) => void open.push(res) },
    { limits: { maxConnections: 2 }, onRefused: (limit) => refused.push(limit) },
  );
  const busy = [1, 2].map(() => begin(both.port, { path: '/' }));
  for (const req of busy) req.end();
  await eventually(() => open.length === 2, 'both are upstream');
  for (let over = 1; over <= 3; over++) {
    await closed(await silent(t, both.port));
    assert.deepEqual(refused, Array(over).fill('connections'));
  }
  assert.equal(both.running.proxy.connections, 2);
  for (const [at, req] of busy.entries()) {
    open[at]?.end('hello');
    assert.equal((await head(req)).statusCode, 200);
  }

  // Room again as soon as one has gone.
  busy[1]?.destroy();
  await eventually(() => both.running.proxy.connections === 1, 'the connection is gone');
  const again = begin(both.port, { path: '/' });
  again.end();
  await eventually(() => open.length === 3, 'it is upstream');
  for (const req of [...busy, again]) req.on('error', () => undefined).destroy();
});

test('connections without a request keep nobody out: the one that has been so the longest makes room (R27)', async (t) => {
  const bounds: string[] = [];
  await using both = await startBoth(
    {
      handler: (req, res) => {
        if (req.url === '/watch') res.write('first');
        else res.end('hello');
      },
    },
    { limits: { maxConnections: 4 }, onConnectionBound: (bound) => bounds.push(bound) },
  );
  const watch = begin(both.port, { path: '/watch' });
  watch.on('error', () => undefined).end();
  const answer = await head(watch);
  const first = await silent(t, both.port);
  const second = await rawConnection(both.port);
  const third = await rawConnection(both.port);
  // The second has asked since, so the third has been without a request for longer.
  second.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(second, 'data');
  for (const leaves of [first, third, second]) {
    await silent(t, both.port);
    await closed(leaves);
  }
  for (let more = 0; more < 20; more++) await silent(t, both.port);
  assert.equal(String((await ask(both.port, { path: '/' })).body), 'hello');
  assert.equal(both.running.proxy.connections, 4);
  assert.equal(answer.destroyed, false);
  assert.deepEqual(new Set(bounds), new Set(['idle']));
  watch.destroy();
});

test('a filtered watch over --max-streams is answered 429 with Retry-After, anything else goes on (R5, R27)', async () => {
  const refused: string[] = [];
  const open: ApiResponse[] = [];
  await using both = await startBoth(
    {
      handler: (req, res) => {
        if (req.url.startsWith('/api/v1/nodes?watch')) open.push(res);
        else res.end('hello');
      },
    },
    { limits: { maxStreams: 2 }, onRefused: (limit) => refused.push(limit) },
  );
  // One whose head has come, and one that still waits for it: both count.
  const watches = [1, 2].map(() => begin(both.port, { path: WATCH }));
  for (const watch of watches) watch.on('error', () => undefined).end();
  await eventually(() => open.length === 2, 'both are upstream');
  open[0]?.writeHead(200);
  open[0]?.write('x');

  const { res, body } = await ask(both.port, { path: WATCH });
  assert.equal(res.statusCode, 429);
  assert.equal(res.headers['retry-after'], '1');
  const status = JSON.parse(String(body)) as { reason: string; message: string };
  assert.equal(status.reason, 'TooManyRequests');
  assert.match(status.message, /--max-streams allows 2 filtered watches/);
  assert.deepEqual(refused, ['streams']);
  assert.equal(open.length, 2, 'upstream was not asked');
  for (const path of ['/api/v1/nodes', '/api/v1/pods?watch=1', '/version'])
    assert.equal(String((await ask(both.port, { path })).body), 'hello', path);

  // Room again as soon as one has gone.
  watches[1]?.destroy();
  await eventually(() => open[1]?.stream.destroyed === true, 'the watch has ended upstream');
  const again = begin(both.port, { path: WATCH });
  again.on('error', () => undefined).end();
  await eventually(() => open.length === 3, 'a watch is let in again');
  open[2]?.writeHead(200);
  open[2]?.write('x');
  assert.equal((await head(again)).statusCode, 200);
  for (const watch of [...watches, again]) watch.destroy();
});

test('TLS handshakes that stall hold up nobody, and are ended in time (R27)', async (t) => {
  await using both = await startBoth(hello, { limits: { handshakeTimeoutMs: 300 } });
  const stalled = await Promise.all(Array.from({ length: 20 }, () => silent(t, both.port)));
  // The first bytes of a ClientHello, and no more.
  for (const socket of stalled.slice(10)) socket.write(Buffer.from([22, 3, 1, 2, 0, 1]));
  assert.equal(String((await ask(both.port, { path: '/' })).body), 'hello');
  assert.ok(stalled.every((socket) => !socket.closed));
  await Promise.all(stalled.map(closed));
  await eventually(() => both.running.proxy.connections === 0, 'no connection is left');
});

test('heads that drip or never come hold up nobody, and are answered 408 in time (R27)', async () => {
  await using both = await startBoth(hello, { limits: { headersTimeoutMs: 400 } });
  const slow = await Promise.all(Array.from({ length: 10 }, () => rawConnection(both.port)));
  const answers = slow.map(async (socket) => {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  });
  for (const socket of slow.slice(5)) socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Half: ');
  assert.equal(String((await ask(both.port, { path: '/' })).body), 'hello');
  for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1.1 408 /);
  await eventually(() => both.running.proxy.connections === 0, 'no connection is left');
});

test('a watch outlives the time limits of a connection: they are for requests, not for answers (R4)', async () => {
  const open: ApiResponse[] = [];
  await using both = await startBoth(
    { handler: (_req, res) => (res.write('first'), void open.push(res)) },
    { limits: { handshakeTimeoutMs: 100, headersTimeoutMs: 100 } },
  );
  const req = begin(both.port, { path: WATCH });
  req.end();
  const res = await head(req);
  assert.equal(String((await once(res, 'data'))[0]), 'first');
  // A connection that comes later and is ended by its limit has seen that limit pass.
  const later = await rawConnection(both.port);
  await closed(later.resume());
  open[0]?.end('last');
  assert.equal(String((await once(res, 'data'))[0]), 'last');
});
