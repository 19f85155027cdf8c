import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { test } from 'node:test';
import { eventually, startApiServer, watchOrEcho, type ApiResponse } from '../../support/api-server.ts';
import {
  loopbackTarget,
  send,
  startRelay,
  startSilentServer,
  watchedUpstream,
} from '../../support/upstream.ts';

function streamOf(res: ApiResponse | undefined): ApiResponse['stream'] {
  assert.ok(res !== undefined);
  return res.stream;
}

test('R43: fifteen open watches and twenty requests share one connection', async () => {
  await using server = await startApiServer({ handler: watchOrEcho([]) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const watches = Array.from({ length: 15 }, (_, n) => send(watched.upstream, { target: `/watch/${n}` }));
  await Promise.all(watches.map(({ firstChunk }) => firstChunk));
  const bodies = await Promise.all(
    Array.from({ length: 20 }, (_, n) => send(watched.upstream, { target: `/get/${n}` }).body),
  );
  assert.equal(String(bodies[19]), 'echo 2.0 /get/19');
  assert.equal(server.accepted, 1);
  assert.deepEqual(watched.counts, [1]);
  assert.deepEqual(new Set(watched.codes), new Set([200]));
});

test('R43: a request beyond the peer’s stream limit goes to a second connection, not behind a watch', async () => {
  await using server = await startApiServer({
    handler: watchOrEcho([]),
    settings: { maxConcurrentStreams: 3 },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const all = Array.from({ length: 5 }, (_, n) => send(watched.upstream, { target: `/watch/${n}` }));
  await Promise.all(all.map(({ firstChunk }) => firstChunk));
  assert.equal(server.accepted, 2);
  // Room on the first connection is used again before the second.
  all[0]?.exchange.abort();
  await eventually(() => server.sessions.length === 2, 'two sessions');
  assert.equal(String(await send(watched.upstream, { target: '/get' }).body), 'echo 2.0 /get');
  assert.equal(server.accepted, 2);
});

test('R43: a peer that allows no streams is an error, not a loop of connections', async () => {
  await using server = await startApiServer({
    handler: watchOrEcho([]),
    settings: { maxConcurrentStreams: 0 },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  await assert.rejects(send(watched.upstream, {}).body, { code: 'reset', phase: 'connect' });
  assert.equal(server.accepted, 1);
});

test('R43: after GOAWAY running streams finish and new requests use a new connection', async () => {
  const open: ApiResponse[] = [];
  await using server = await startApiServer({ handler: watchOrEcho(open) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const running = send(watched.upstream, { target: '/watch' });
  await running.firstChunk;
  // What Go sends first on a graceful shutdown: no stream is refused yet.
  server.sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1);
  await eventually(() => open[0] !== undefined, 'the watch is open');
  let fresh = await send(watched.upstream, { target: '/get/0' }).body;
  for (let n = 1; server.accepted < 2; n++)
    fresh = await send(watched.upstream, { target: `/get/${n}` }).body;
  assert.match(String(fresh), /^echo/);
  assert.equal(running.endings, 0);
  open[0]?.end('last\n');
  assert.equal(String(await running.body), 'first\nlast\n');
  await eventually(() => watched.upstream.connections === 1, 'the old connection is closed');
});

test('R43: a connection lost after GOAWAY breaks only its own streams', async () => {
  const open: ApiResponse[] = [];
  await using server = await startApiServer({ handler: watchOrEcho(open) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  const old = send(watched.upstream, { target: '/watch/old' });
  await old.firstChunk;
  server.sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1);
  while (server.accepted < 2) await send(watched.upstream, {}).body;
  const fresh = send(watched.upstream, { target: '/watch/new' });
  await fresh.firstChunk;
  server.sessions[1]?.destroy();
  await assert.rejects(fresh.body, { code: 'reset', phase: 'body' });
  open[0]?.end('last\n');
  assert.equal(String(await old.body), 'first\nlast\n');
  assert.equal(open.length, 2);
});

test('R43, R5: a refused stream is sent again once, and then said to have been turned away', async () => {
  let refusals = 1;
  let seen = 0;
  await using server = await startApiServer({
    handler: (_req, res) => {
      seen += 1;
      if (refusals > 0) {
        refusals -= 1;
        streamOf(res).close(constants.NGHTTP2_REFUSED_STREAM);
      } else res.end('second try');
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  assert.equal(String(await send(watched.upstream, {}).body), 'second try');
  assert.equal(seen, 2);
  refusals = Infinity;
  await assert.rejects(send(watched.upstream, {}).body, { code: 'turned-away', isUnprocessed: true });
  assert.equal(seen, 4);
});

test('R12: a peer that no longer answers PINGs is dead, and its streams fail', async () => {
  await using server = await startApiServer({ handler: watchOrEcho([]) });
  await using relay = await startRelay(server.port);
  await using watched = watchedUpstream(loopbackTarget(relay.port), {
    pingIntervalMs: 30,
    pingTimeoutMs: 60,
  });
  const watch = send(watched.upstream, { target: '/watch' });
  await watch.firstChunk;
  relay.freeze();
  await assert.rejects(watch.body, { code: 'dead', phase: 'body' });
  assert.equal(watch.endings, 1);
  await eventually(() => watched.upstream.connections === 0, 'the dead connection is closed');
});

test('R12: PINGs that are answered leave a quiet stream alone', async () => {
  const open: ApiResponse[] = [];
  await using server = await startApiServer({ handler: watchOrEcho(open) });
  await using watched = watchedUpstream(loopbackTarget(server.port), {
    pingIntervalMs: 10,
    pingTimeoutMs: 500,
  });
  const watch = send(watched.upstream, { target: '/watch' });
  await watch.firstChunk;
  let pings = 0;
  server.sessions[0]?.on('ping', () => (pings += 1));
  await eventually(() => pings >= 3, 'three pings');
  open[0]?.end();
  assert.equal(String(await watch.body), 'first\n');
});

test('R12: a peer that is silent after its GOAWAY is dead as well, and one that answers keeps its quiet streams', async () => {
  const open: ApiResponse[] = [];
  await using server = await startApiServer({ handler: watchOrEcho(open) });
  await using relay = await startRelay(server.port);
  await using watched = watchedUpstream(loopbackTarget(relay.port), {
    pingIntervalMs: 10,
    pingTimeoutMs: 500,
  });
  const [quiet, stuck] = ['quiet', 'stuck'].map((name) =>
    send(watched.upstream, { target: `/watch/${name}` }),
  );
  await Promise.all([quiet?.firstChunk, stuck?.firstChunk]);
  const [session] = server.sessions;
  let probes = 0;
  session?.on('remoteSettings', () => (probes += 1));
  // So a hub asks its clients to make another connection.
  session?.close();
  // More than may be unanswered at one time.
  await eventually(() => probes >= 12, 'probes behind the GOAWAY');
  open[0]?.end();
  assert.equal(String(await quiet?.body), 'first\n');
  relay.freeze();
  await assert.rejects(stuck?.body ?? Promise.resolve(), { code: 'dead', phase: 'body' });
  assert.equal(stuck?.endings, 1);
  await eventually(() => watched.upstream.connections === 0, 'the dead connection is closed');
});

test('R43: a paused stream holds a bounded amount and blocks no other', async () => {
  const total = 8 * 1024 * 1024;
  await using server = await startApiServer({ handler: (_req, res) => res.end(Buffer.alloc(total)) });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  let received = 0;
  const ended = Promise.withResolvers<undefined>();
  let accept = false;
  const slow = watched.upstream.send(
    { method: 'GET', target: '/slow', headers: [], body: null },
    {
      onResponse: () => undefined,
      onData(chunk) {
        received += chunk.length;
        return accept;
      },
      onEnd: () => {
        ended.resolve(undefined);
      },
      onError: ended.reject,
    },
  );
  for (let n = 0; n < 3; n++) assert.equal((await send(watched.upstream, {}).body).length, total);
  assert.ok(received < 1024 * 1024, `${received} bytes were read from a paused stream`);
  accept = true;
  slow.resume();
  await ended.promise;
  assert.equal(received, total);
});

test('R5: connection refused, an unknown name and a foreign certificate are told apart', async () => {
  await using server = await startApiServer({ handler: (_req, res) => res.end() });
  const good = loopbackTarget(server.port);
  const cases = [
    [{ ...good, port: 1, origin: 'https://127.0.0.1:1' }, 'refused'],
    [{ ...good, hostname: 'nowhere.invalid' }, 'dns'],
    [{ ...good, servername: 'another.name' }, 'tls'],
    [{ ...good, readCa: () => Promise.resolve(undefined) }, 'tls'],
    [
      {
        ...good,
        readCa: () => Promise.reject(new Error('no such file')),
      },
      'ca',
    ],
  ] as const;
  for (const [target, code] of cases) {
    for (const http of ['auto', '1.1'] as const) {
      await using watched = watchedUpstream(target, { http });
      await assert.rejects(send(watched.upstream, {}).body, {
        name: 'UpstreamError',
        code,
        phase: 'connect',
      });
      assert.equal(watched.failures.length, 1);
    }
  }
});

test('R5: a server that takes the connection and says nothing is a timeout', async () => {
  await using silent = await startSilentServer();
  await using watched = watchedUpstream(loopbackTarget(silent.port), { connectTimeoutMs: 30 });
  await assert.rejects(send(watched.upstream, {}).body, { phase: 'connect', code: 'timeout' });
  assert.deepEqual(watched.counts, []);
});

test('R29, R5: a probe has a connection of its own, HTTP/1.1, so that its 401 costs nobody theirs', async () => {
  const open: ApiResponse[] = [];
  const versions: string[] = [];
  await using server = await startApiServer({
    handler: (req, res) => {
      if (req.url !== '/version') {
        watchOrEcho(open)(req, res);
        return;
      }
      versions.push(req.httpVersion);
      res.writeHead(401).end();
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  await send(watched.upstream, { target: '/watch' }).firstChunk;
  assert.equal(await watched.upstream.probe(), 401);
  assert.deepEqual(versions, ['1.1']);
  await eventually(() => watched.upstream.connections === 1, 'the connection of the probe is closed');
  assert.deepEqual(watched.codes, [200, 401]);
  assert.equal(String(await send(watched.upstream, {}).body), 'echo 2.0 /');
  assert.equal(server.sessions.length, 1);
});

test('R29: any status answers a probe; a probe without an answer rejects', async () => {
  await using server = await startApiServer({
    handler: (req, res) => {
      assert.equal(req.headers.authorization, undefined);
      res.writeHead(req.url === '/version' ? 401 : 500);
      res.end();
    },
  });
  await using watched = watchedUpstream(loopbackTarget(server.port));
  assert.equal(await watched.upstream.probe(), 401);
  await watched.upstream.close();
  await assert.rejects(watched.upstream.probe(), { code: 'closed' });
});
