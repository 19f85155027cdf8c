/** How long the running program waits for a TLS handshake: Node.js has timers of its own for it, which no test can set (R27). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { GuardedServer, HANDSHAKE_TIMEOUT_MS } from '../../src/platform/listen/guarded-server.ts';
import { PLAIN_REFUSALS } from '../../src/platform/listen/refusal.ts';
import { SHORT_ANSWERS } from '../../src/platform/listen/short-answers.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { runReady } from './harness.ts';

test('a handshake that stalls is ended after 10 s, at the proxy and at a listener with short answers', async (t) => {
  const simulator = await simulate(t);
  const proxy = await runReady(t, { url: simulator.url, caPem: CA_PEM });
  const reviews = new GuardedServer({
    tls: LOOPBACK.tls,
    limits: SHORT_ANSWERS,
    handlers: { refusals: PLAIN_REFUSALS, onRequest: () => undefined, onBound: () => undefined },
  });
  const { port } = await reviews.listen('127.0.0.1', 0);
  t.after(() => reviews.close());
  await Promise.all(
    [proxy.app.proxyAddress.port, port].map(async (at) => {
      const socket = connect({ host: '127.0.0.1', port: at }).on('error', () => undefined);
      await once(socket, 'connect');
      const begun = performance.now();
      await once(socket.resume(), 'close');
      const tookMs = performance.now() - begun;
      assert.ok(tookMs > HANDSHAKE_TIMEOUT_MS - 100 && tookMs < 2 * HANDSHAKE_TIMEOUT_MS, `${tookMs} ms`);
    }),
  );
});
