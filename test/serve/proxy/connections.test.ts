/** What one connection may take of the proxy, and what others notice of it: nothing (R27). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { eventually, type ApiRequest, type ApiResponse } from '../../support/api-server.ts';
import { ask, rawConnection, startBoth } from '../../support/proxy.ts';

const hello = { handler: (_req: unknown, res: ApiResponse) => void res.end('hello') };

/** All that comes until the proxy has closed the connection. */
async function all(socket: TLSSocket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (socket.closed) resolve(undefined);
  // Broken off is closed too, and once() would call it an error.
  socket.on('close', () => {
    resolve(undefined);
  });
  await promise;
  return Buffer.concat(chunks).toString('latin1');
}

function get(path: string, ...fields: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: x', ...fields, '', ''].join('\r\n');
}

test('pipelined requests are served one after the other, in their order (R27)', async () => {
  const open: { readonly path: string; readonly res: ApiResponse }[] = [];
  await using both = await startBoth({ handler: (req, res) => void open.push({ path: req.url, res }) });
  const socket = await rawConnection(both.port);
  const answers = all(socket);
  socket.write(['/1', '/2', '/3', '/4'].map((path) => get(path)).join('') + get('/5', 'Connection: close'));
  for (const [at, path] of ['/1', '/2', '/3', '/4', '/5'].entries()) {
    await eventually(() => open.length > at, `${path} is upstream`);
    // Another client's request goes there and back, and by then any second one of this connection would have come too.
    const other = ask(both.port, { path: '/other' });
    await eventually(() => open.at(-1)?.path === '/other', 'the other request is upstream');
    open.pop()?.res.end();
    await other;
    assert.deepEqual(open.map((each) => each.path).slice(at), [path]);
    open[at]?.res.end(`answer to ${path}`);
  }
  assert.deepEqual(
    (await answers).match(/answer to \/\d/g),
    [1, 2, 3, 4, 5].map((n) => `answer to /${n}`),
  );
});

test('a connection that pipelines more than a few requests is closed, and upstream has seen one of them at most (R27)', async () => {
  const bounds: string[] = [];
  const open: string[] = [];
  await using both = await startBoth(
    {
      handler: (req, res) => {
        if (req.url === '/other') res.end('hello');
        else open.push(req.url);
      },
    },
    { onConnectionBound: (bound) => bounds.push(bound) },
  );
  const socket = await rawConnection(both.port);
  const answers = all(socket);
  socket.write(get('/greedy').repeat(30_000));
  assert.equal(await answers, '');
  assert.equal(String((await ask(both.port, { path: '/other' })).body), 'hello');
  assert.ok(open.length <= 1, `upstream has seen ${open.length}`);
  assert.deepEqual(bounds, ['pipelined']);
});

test('requests that are refused without upstream keep their place among pipelined ones too', async () => {
  await using both = await startBoth(hello);
  const socket = await rawConnection(both.port);
  const answers = all(socket);
  socket.write(
    `${get('/')}GET / HTTP/1.1\r\n\r\n${get('/', 'Expect: the-unexpected')}${get('/', 'Connection: close')}`,
  );
  assert.deepEqual(
    (await answers).match(/HTTP\/1\.1 \d+/g),
    [200, 400, 417, 200].map((code) => `HTTP/1.1 ${code}`),
  );
});

test('an upgrade behind a request that is not answered yet never gets between the bytes of its answer (R27)', async () => {
  const open: ApiResponse[] = [];
  await using both = await startBoth({
    handler: (_req, res) => (res.write('half of it'), void open.push(res)),
    upgrade: (_req, socket) =>
      void socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\ntunnel'),
  });
  const socket = await rawConnection(both.port);
  const answers = all(socket);
  socket.write(get('/'));
  await eventually(() => open.length === 1, 'the first is upstream');
  socket.write(get('/exec', 'Upgrade: x', 'Connection: Upgrade'));
  assert.doesNotMatch(await answers, /101|tunnel/);
});

test('heads that are not whole are bounded in all: the longest go, and others are heard (R4, R27)', async () => {
  const bounds: string[] = [];
  await using both = await startBoth(hello, { onConnectionBound: (bound) => bounds.push(bound) });
  const greedy = await Promise.all(Array.from({ length: 120 }, () => rawConnection(both.port)));
  for (const socket of greedy) socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(120 * 1024)}`);
  await eventually(() => bounds.length >= 30, 'the bound is reached');
  for (const length of [10, 64 * 1024]) {
    const { res } = await ask(both.port, { path: '/', headers: { 'x-token': 'b'.repeat(length) } });
    assert.equal(res.statusCode, 200);
  }
  assert.deepEqual(new Set(bounds), new Set(['head_bytes']));
  await eventually(
    () => both.running.proxy.connections * 112 * 1024 <= 8 * 1024 * 1024,
    'no more than 8 MiB are held',
  );
  assert.ok(both.running.proxy.connections > 50, 'no more were ended than had to be');
  for (const socket of greedy) socket.destroy();
});

test('1,000 header fields pass, each of them; one more is refused, not dropped (R4, R27)', async () => {
  const seen: ApiRequest[] = [];
  await using both = await startBoth({
    handler: (req, res) => {
      seen.push(req);
      res.end('hello');
    },
  });
  const fields = (count: number): (readonly [string, string])[] =>
    Array.from({ length: count }, (_, at) => [`x-field-${at}`, `${at}`]);
  // Host and Connection are two more.
  const { res } = await ask(both.port, { path: '/', headers: Object.fromEntries(fields(998)) });
  assert.equal(res.statusCode, 200);
  for (const [name, value] of fields(998)) assert.equal(seen[0]?.headers[name], value);
  const refused = await ask(both.port, { path: '/', headers: Object.fromEntries(fields(999)) });
  assert.equal(refused.res.statusCode, 431);
});

test('a head has 30 s, and not one more (R27)', async (t) => {
  await using both = await startBoth(hello);
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ['setTimeout'] });
  const silent = await rawConnection(both.port);
  const half = await rawConnection(both.port);
  half.write('GET / HTTP/1.1\r\nHost: x\r\nX-Half: ');
  const kept = await rawConnection(both.port);
  kept.write(get('/'));
  assert.match(String((await once(kept, 'data'))[0]), /^HTTP\/1.1 200 /);
  const answers = [silent, half].map(all);
  mock.timers.tick(29_999);
  await setImmediate();
  assert.equal(both.running.proxy.connections, 3);
  mock.timers.tick(1);
  for (const answer of answers) {
    await setImmediate();
    // The moment that the answer has to leave.
    await eventually(() => silent.readableEnded && half.readableEnded, 'both are answered');
    mock.timers.tick(1000);
    assert.match(await answer, /^HTTP\/1.1 408 /);
  }
  // One that waits for its next request is another matter, until that begins.
  await eventually(() => {
    mock.timers.tick(1000);
    return both.running.proxy.connections === 1;
  }, 'both are gone, and it is there');
  kept.write('\r\n');
  await setImmediate();
  kept.destroy();
});

test('a client that says it sends no more is let go, in the midst of its answer too (R10, R27)', async () => {
  const open: ApiResponse[] = [];
  await using both = await startBoth({ handler: (_req, res) => (res.write('first'), void open.push(res)) });
  const socket = await rawConnection(both.port);
  socket.write(get('/api/v1/nodes?watch=1'));
  await once(socket, 'data');
  socket.end();
  await eventually(() => open[0]?.stream.destroyed === true, 'the request has ended upstream');
  await eventually(() => both.running.proxy.connections === 0, 'no connection is left');
});
