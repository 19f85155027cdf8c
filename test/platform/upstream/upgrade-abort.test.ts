import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually, startApiServer } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { loopbackTarget, watchedUpstream } from '../../support/upstream.ts';

const UPGRADE = {
  method: 'GET',
  target: '/exec',
  headers: ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1'],
};
/** More turns of the event loop than a handshake on loopback takes. */
const TURNS = 60;

async function startSilent() {
  const sockets = new Set<Duplex>();
  const server = await startApiServer({
    http1Only: true,
    handler: () => assert.fail('not a plain request'),
    upgrade: (_req, socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    },
  });
  return { server, sockets };
}

test('R10: a client that goes while the CA is being read leaves no upgrade behind', async () => {
  const { server } = await startSilent();
  await using _server = server;
  const ca = Promise.withResolvers<string>();
  const target = { ...loopbackTarget(server.port), readCa: () => ca.promise };
  await using watched = watchedUpstream(target);
  const gone = new AbortController();
  const asked = watched.upstream.upgrade(UPGRADE, gone.signal);
  gone.abort();
  ca.resolve(LOOPBACK.ca);
  await assert.rejects(asked);
  assert.equal(watched.upstream.connections, 0);
  assert.deepEqual(watched.failures, []);
});

test('R10: a client that goes at any moment before the answer leaves no connection upstream', async () => {
  const { server, sockets } = await startSilent();
  await using _server = server;
  await using watched = watchedUpstream(loopbackTarget(server.port));
  for (let turns = 0; turns < TURNS; turns++) {
    const gone = new AbortController();
    const asked = watched.upstream.upgrade(UPGRADE, gone.signal);
    for (let i = 0; i < turns; i++) await turn();
    gone.abort();
    await assert.rejects(asked);
  }
  await eventually(() => watched.upstream.connections === 0 && sockets.size === 0, 'no connection is left');
});
