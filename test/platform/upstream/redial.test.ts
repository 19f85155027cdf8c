import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, startApiServer, watchOrEcho, type ApiResponse } from '../../support/api-server.ts';
import { loopbackTarget, send, watchedUpstream } from '../../support/upstream.ts';

for (const http1Only of [false, true])
  test(`after our certificate has changed, requests use new connections and running ones finish, HTTP/${http1Only ? '1.1' : '2'} (R43)`, async () => {
    const open: ApiResponse[] = [];
    await using server = await startApiServer({ handler: watchOrEcho(open), http1Only });
    await using watched = watchedUpstream(loopbackTarget(server.port));
    const running = send(watched.upstream, { target: '/watch' });
    await running.firstChunk;
    const before = server.accepted;
    watched.upstream.redial();
    assert.match(String(await send(watched.upstream, { target: '/get' }).body), /^echo/);
    assert.equal(server.accepted, before + 1);
    assert.equal(running.endings, 0);
    open[0]?.end('last\n');
    assert.equal(String(await running.body), 'first\nlast\n');
    await eventually(() => watched.upstream.connections === 1, 'the former connection is closed');
  });

for (const http1Only of [false, true])
  test(`a connection that is being made with the former certificate is not used, HTTP/${http1Only ? '1.1' : '2'} (R23, R43)`, async () => {
    await using server = await startApiServer({ handler: watchOrEcho(), http1Only });
    let asked = 0;
    const certificate = (): Promise<undefined> => {
      asked++;
      // No handshake is done by then: it takes several turns.
      if (asked === 1) setImmediate(() => watched.upstream.redial());
      return Promise.resolve(undefined);
    };
    const credentials = {
      certificate,
      authorization: () => Promise.resolve(undefined),
      rejected: () => undefined,
    };
    await using watched = watchedUpstream(loopbackTarget(server.port), { credentials });
    assert.match(String(await send(watched.upstream, { target: '/get' }).body), /^echo/);
    assert.equal(asked, 2);
    await eventually(() => watched.upstream.connections === 1, 'the former connection is closed');
  });
