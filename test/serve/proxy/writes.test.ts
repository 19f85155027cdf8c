/**
 * R5: an answer with Retry-After makes client-go repeat any method. So it is given to what may be repeated, and to what
 * certainly was not processed; of anything else its client sees what it would see of upstream: a connection that breaks.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isRepeatable } from '../../../src/serve/proxy/classify.ts';
import { eventually, type ApiResponse } from '../../support/api-server.ts';
import { rawConnection, rawExchange, startBoth, startProxy } from '../../support/proxy.ts';
import { startRawHttp1 } from '../../support/raw-http1.ts';
import { CODE, endsStream, startRawHttp2 } from '../../support/raw-http2.ts';
import { loopbackTarget } from '../../support/upstream.ts';

const POD = '/api/v1/namespaces/a/pods/b';

interface Sort {
  readonly line: string;
  readonly head?: string;
  readonly isRepeatable: boolean;
}

const BODY = 'Content-Length: 2\r\n\r\n{}';
const NO_BODY = '\r\n';

const SORTS: readonly Sort[] = [
  { line: `POST /api/v1/namespaces/a/pods`, head: BODY, isRepeatable: false },
  { line: `PUT ${POD}`, head: BODY, isRepeatable: false },
  { line: `PATCH ${POD}`, head: BODY, isRepeatable: false },
  { line: `DELETE ${POD}`, isRepeatable: false },
  {
    line: `DELETE ${POD}`,
    head: 'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    isRepeatable: false,
  },
  { line: `OPTIONS ${POD}`, isRepeatable: false },
  { line: `GET ${POD}/exec?command=x`, isRepeatable: false },
  { line: `GET ${POD}/proxy/delete-all`, isRepeatable: false },
  { line: `GET ${POD}`, isRepeatable: true },
  { line: `GET ${POD}`, head: BODY, isRepeatable: true },
  { line: `HEAD ${POD}`, isRepeatable: true },
];

function text({ line, head = NO_BODY }: Sort): string {
  return `${line} HTTP/1.1\r\nHost: x\r\n${head}`;
}

/** All bytes until the connection is closed, by us only where there is an answer. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = await rawConnection(port);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    socket.end();
  });
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  if (!socket.closed) await once(socket, 'close').catch(() => undefined);
  return received;
}

for (const http of ['1.1', '2'] as const) {
  test(`R5: what upstream may have processed over HTTP/${http} before it hung up is not said to be repeatable`, async (t) => {
    let requests = 0;
    const server =
      http === '1.1'
        ? await startRawHttp1(t, (socket) => {
            requests += 1;
            socket.end();
          })
        : await startRawHttp2((connection, frame) => {
            if (!endsStream(frame)) return;
            requests += 1;
            connection.socket.end();
          });
    t.after(() => 'connections' in server && server[Symbol.asyncDispose]());
    await using running = await startProxy(loopbackTarget(server.port));
    for (const sort of SORTS) {
      const before = requests;
      const answer = await exchange(running.port, text(sort));
      if (sort.isRepeatable) assert.match(answer, /^HTTP\/1\.1 503 [^]*Retry-After: 1/, sort.line);
      else assert.equal(answer, '', sort.line);
      assert.equal(requests - before, 1, `${sort.line} was sent once`);
    }
  });

  test(`R5: so it is when what upstream answers over HTTP/${http} is not HTTP`, async (t) => {
    const server =
      http === '1.1'
        ? await startRawHttp1(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nX: \u0001\r\n\r\n'))
        : await startRawHttp2((connection, frame) => {
            if (endsStream(frame)) connection.send(99, 0xff, frame.stream, Buffer.alloc(20_000));
          });
    t.after(() => 'connections' in server && server[Symbol.asyncDispose]());
    await using running = await startProxy(loopbackTarget(server.port));
    for (const sort of SORTS) {
      const answer = await exchange(running.port, text(sort));
      if (sort.isRepeatable) assert.match(answer, /^HTTP\/1\.1 503 [^]*Retry-After: 1/, sort.line);
      else assert.equal(answer, '', sort.line);
    }
  });
}

test('R5: a status that cannot be relayed breaks the connection of a write', async (t) => {
  // Node writes no status above 999 and no such reason; undici reads both.
  const { port } = await startRawHttp1(t, (socket) =>
    socket.end('HTTP/1.1 200 O\u0001K\r\nContent-Length: 0\r\n\r\n'),
  );
  await using running = await startProxy(loopbackTarget(port), { upstream: { http: '1.1' } });
  assert.equal(await exchange(running.port, text(SORTS[0] ?? assert.fail())), '');
  assert.match(await exchange(running.port, `GET ${POD} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 503 /);
});

test('R5: what certainly never left is answered with Retry-After, whatever it is, and the connection goes on', async () => {
  await using unreachable = await startProxy(loopbackTarget(1));
  const socket = await rawConnection(unreachable.port);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  for (const [index, sort] of SORTS.filter(({ line }) => !line.startsWith('HEAD')).entries()) {
    socket.write(text(sort), 'latin1');
    await eventually(
      () => received.split('"code":503}\n').length - 1 === index + 1,
      `${sort.line} is answered`,
    );
  }
  assert.equal(received.split('Retry-After: 1').length, SORTS.length);
  socket.destroy();
});

test('R5: what upstream turned away twice over HTTP/2 is answered with Retry-After, whatever it is', async () => {
  await using server = await startRawHttp2((connection, frame) => {
    if (endsStream(frame)) connection.reset(frame.stream, CODE.REFUSED_STREAM);
  });
  await using running = await startProxy(loopbackTarget(server.port));
  for (const sort of SORTS)
    assert.match(await exchange(running.port, text(sort)), /^HTTP\/1\.1 503 [^]*Retry-After: 1/, sort.line);
});

test('R5: an answer with a 5xx passes as it is', async () => {
  await using both = await startBoth({
    handler: (_req, res) => {
      res.writeHead(504, { 'content-type': 'text/plain' });
      res.end('late');
    },
  });
  const answer = await rawExchange(
    both.port,
    `POST ${POD} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
  );
  assert.match(answer, /^HTTP\/1\.1 504 [^]*late/);
  assert.doesNotMatch(answer, /Retry-After/i);
});

test('R5: which GETs open a way to do anything', () => {
  const repeatable: readonly (readonly [string, string])[] = [
    ['GET', '/version'],
    ['HEAD', '/api/v1/nodes'],
    ['GET', '/api/v1/nodes?watch=1'],
    ['GET', '/api/v1/namespaces/a/pods/exec'],
    ['GET', '/api/v1/namespaces/proxy/pods/exec/status'],
    ['GET', `${POD}/log?follow=true`],
    ['GET', '/apis/apps/v1/namespaces/a/deployments/proxy/scale'],
  ];
  for (const [method, target] of repeatable) assert.ok(isRepeatable(method, target), `${method} ${target}`);
  const writes: readonly (readonly [string, string])[] = [
    ['POST', '/api/v1/nodes'],
    ['TRACE', '/version'],
    ['get', '/version'],
    ['GET', `${POD}/exec`],
    ['HEAD', `${POD}/attach?stdin=1`],
    ['GET', `${POD}/portforward/`],
    ['GET', `${POD}/ex%65c`],
    ['GET', '/api/v1/namespaces/a/services/https:s:443/proxy/x'],
    ['GET', '/api/v1/nodes/n/proxy/run/a/b/c'],
    ['GET', '/apis/subresources.example.io/v1/namespaces/a/machines/m/portforward/22'],
    ['GET', '/api/v1/%zz'],
  ];
  for (const [method, target] of writes) assert.ok(!isRepeatable(method, target), `${method} ${target}`);
});

test('R5: an upgrade that upstream may have carried out breaks; one that never left is answered', async (t) => {
  const { port, received } = await startRawHttp1(t, (socket) => socket.end());
  await using running = await startProxy(loopbackTarget(port));
  for (const target of [`${POD}/exec?command=x`, `${POD}/log`, '/api/v1/nodes?watch=1'])
    assert.equal(
      await exchange(
        running.port,
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      ),
      '',
      target,
    );
  assert.equal(received.connections, 3);
});

/** A proxy whose upstream answers when the test says so. */
async function startWaiting() {
  let draining = false;
  const waiting: ApiResponse[] = [];
  const both = await startBoth(
    { handler: (_req, res) => void waiting.push(res) },
    { isDraining: () => draining },
  );
  return {
    both,
    waiting,
    drain: () => {
      draining = true;
      return both.running.proxy.drain();
    },
  };
}

test('R5, R31: a drain sees a write through that upstream has, and answers a GET', async () => {
  const { both, waiting, drain } = await startWaiting();
  await using _both = both;
  const end = 'Connection: close\r\n';
  const write = rawExchange(both.port, `POST ${POD} HTTP/1.1\r\nHost: x\r\n${end}${BODY}`);
  await eventually(() => waiting.length === 1, 'upstream has the write');
  const read = rawExchange(both.port, `GET ${POD} HTTP/1.1\r\nHost: x\r\n${end}\r\n`);
  await eventually(() => waiting.length === 2, 'upstream has the read');
  let drained = false;
  const drain_ = drain().then(() => (drained = true));
  assert.match(await read, /^HTTP\/1\.1 503 [^]*Retry-After: 1/);
  assert.equal(drained, false);
  waiting[0]?.writeHead(201).end('made');
  assert.match(await write, /^HTTP\/1\.1 201 [^]*made/);
  await drain_;
});

test('R5, R31: a write that takes longer than the drain ends in a broken connection', async () => {
  const { both, waiting, drain } = await startWaiting();
  await using _both = both;
  const write = exchange(both.port, `POST ${POD} HTTP/1.1\r\nHost: x\r\n${BODY}`);
  await eventually(() => waiting.length === 1, 'upstream has the write');
  void drain();
  await both.running.proxy.close();
  await both.running.watched.upstream.close();
  assert.equal(await write, '');
});

test('R31: a drain waits for the answer to an upgrade', async (t) => {
  let answer = (): void => undefined;
  const { port, received } = await startRawHttp1(t, (socket) => {
    answer = () => void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  });
  await using running = await startProxy(loopbackTarget(port));
  const upgrade = rawExchange(
    running.port,
    `POST ${POD}/exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`,
  );
  await eventually(() => received.text.endsWith('\r\n\r\n'), 'upstream has the upgrade');
  let drained = false;
  const drain = running.proxy.drain().then(() => (drained = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(drained, false);
  answer();
  assert.match(await upgrade, /^HTTP\/1\.1 403 [^]*no$/);
  await drain;
});
