/** What strangers can do to the connections that all share: no more than their share of them (R27, R43). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { eventually, startApiServer, watchOrEcho, type ApiResponse } from '../../support/api-server.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';

test('sieved watches have a connection apart from all else, which outlives the other (R43)', async () => {
  const open: ApiResponse[] = [];
  await using server = await startApiServer({ handler: watchOrEcho(open) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const apart = send(watched.upstream, { target: '/watch/apart', lane: 'apart' });
  assert.equal(String(await apart.firstChunk), 'first\n');
  const shared = send(watched.upstream, { target: '/watch/shared' });
  assert.equal(String(await shared.firstChunk), 'first\n');
  assert.equal(server.sessions.length, 2);
  server.sessions[1]?.destroy();
  await assert.rejects(shared.body);
  open[0]?.end('last\n');
  assert.equal(String(await apart.body), 'first\nlast\n');
});

test('an aborted stream keeps its place for a while, so that aborts have a pace', async () => {
  const aborted: Promise<unknown>[] = [];
  await using server = await startApiServer({
    settings: { maxConcurrentStreams: 2 },
    handler: (req, res) => {
      if (req.url === '/hang') aborted.push(once(res.stream, 'close'));
      else res.end('fine');
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const hung = [1, 2].map(() => send(watched.upstream, { target: '/hang' }));
  await eventually(() => aborted.length === 2, 'both are upstream');
  for (const { exchange } of hung) exchange.abort();
  await Promise.all(aborted);
  // Their handlers may still run: the next request finds room elsewhere.
  assert.equal(String(await send(watched.upstream, {}).body), 'fine');
  assert.equal(server.sessions.length, 2);
  // The second connection is given up when the first has room again.
  await eventually(() => watched.upstream.connections === 1, 'one connection is left');
  assert.equal(String(await send(watched.upstream, {}).body), 'fine');
  assert.equal(server.sessions.length, 2);
});

test('there are connections enough for all requests that may come', async () => {
  const begun: string[] = [];
  await using server = await startApiServer({
    settings: { maxConcurrentStreams: 100 },
    handler: (req) => void begun.push(req.url),
  });
  await using watched = watchedUpstream(loopbackTarget(server.port), { maxRequests: 1710 });
  const all = Array.from({ length: 1710 }, (_, i) => send(watched.upstream, { target: `/${i}` }));
  await eventually(() => begun.length === 1710, 'all run');
  assert.equal(watched.upstream.connections, 18);
  for (const { exchange } of all) exchange.abort();
});

test('connections are sixteen at most; what waits is started in its order, and turned away in time', async () => {
  const begun: string[] = [];
  const open: ApiResponse[] = [];
  await using server = await startApiServer({
    settings: { maxConcurrentStreams: 1 },
    handler: (req, res) => {
      begun.push(req.url);
      open.push(res);
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port), { connectTimeoutMs: 1500 });
  const all = Array.from({ length: 16 }, (_, i) => send(watched.upstream, { target: `/${i}` }));
  await eventually(() => begun.length === 16, 'sixteen run');
  const [first, gone, second, third] = ['first', 'gone', 'second', 'third'].map((name) =>
    send(watched.upstream, { target: `/${name}` }),
  );
  assert.ok(first !== undefined && gone !== undefined && second !== undefined && third !== undefined);
  gone.exchange.abort();
  for (const res of open.splice(0, 2)) res.end();
  await eventually(() => begun.length === 18, 'two more run');
  assert.deepEqual(begun.slice(16), ['/first', '/second']);
  assert.equal(watched.upstream.connections, 16);
  await assert.rejects(third.head, { code: 'turned-away', phase: 'connect' });
  assert.equal(begun.length, 18);
  for (const { exchange } of all) exchange.abort();
});
