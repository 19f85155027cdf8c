/** What is held for callers that are refused and do not take the refusal (R27): no budget counts it. */
import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { mock, test } from 'node:test';
import { LEAVE_MS } from '../../../src/platform/listen/endings.ts';
import { answer } from '../../../src/serve/proxy/answer.ts';
import { clientListener } from '../../../src/serve/proxy/listener.ts';
import { refused } from '../../../src/serve/proxy/status-body.ts';
import { eventually } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { h2Begin, h2Client } from '../../support/h2-client.ts';

test('by HTTP/2 a refusal that is not taken within a second is reset, and one that is taken is not', async (t) => {
  let closed = 0;
  const server = clientListener({
    tls: LOOPBACK.tls,
    isHub: true,
    onRequest: (_req, res) => {
      res.once('close', () => (closed += 1));
      answer(res, refused('bad-target'));
    },
    onUpgrade: () => assert.fail('none is asked for'),
    onBound: (bound) => assert.fail(bound),
    limits: {
      ...{ maxConnections: 10, maxStreams: 10, maxUpgrades: 10, maxRequests: 10 },
      ...{ handshakeTimeoutMs: 10_000, headersTimeoutMs: 30_000, moveAfterMs: 300_000 },
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  using reading = await h2Client(port);
  using stuck = await h2Client(port, { settings: { initialWindowSize: 0 } });
  const taken = h2Begin(reading, { ':path': '/' }).resume();
  const streams = Array.from({ length: 250 }, () =>
    h2Begin(stuck, { ':path': '/', 'x-long': 'x'.repeat(500) }),
  );
  let heads = 0;
  for (const stream of streams) stream.on('error', () => undefined).once('response', () => (heads += 1));
  await eventually(() => heads === 250 && taken.closed, 'all are refused');
  assert.equal(closed, 1);
  mock.timers.tick(LEAVE_MS - 1);
  assert.equal(closed, 1);
  mock.timers.tick(1);
  await eventually(() => streams.every((stream) => stream.closed), 'they are reset');
  assert.equal(closed, 251);
  assert.equal(taken.rstCode, constants.NGHTTP2_NO_ERROR);
});
