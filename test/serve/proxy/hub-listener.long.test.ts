/** What the listener of a hub does for clients that speak HTTP/2 (R27). */
import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { mock, test, type TestContext } from 'node:test';
import { LEAVE_MS } from '../../../src/platform/listen/endings.ts';
import type { ClientResponse } from '../../../src/platform/listen/served.ts';
import { answer } from '../../../src/serve/proxy/answer.ts';
import { clientListener, KEEP_ALIVE_MS, LISTENER_TIMES } from '../../../src/serve/proxy/listener.ts';
import { refused } from '../../../src/serve/proxy/status-body.ts';
import { eventually } from '../../support/api-server.ts';
import { LOOPBACK } from '../../support/certificates.ts';
import { h2Begin, h2Client, h2Settled } from '../../support/h2-client.ts';

// For the whole process, which is that of this file alone: what is cleared after a reset would take a fake timer of the
// next test with it.
mock.timers.enable({ apis: ['setTimeout'] });

/** Is not answered. */
const RUNS = '/runs';

/** Refuses whatever else is asked, after `onResponse`. */
async function refusing(t: TestContext, onResponse: (res: ClientResponse) => void): Promise<number> {
  const server = clientListener({
    tls: LOOPBACK.tls,
    isHub: true,
    onRequest: (req, res) => {
      if (req.url === RUNS) return;
      onResponse(res);
      answer(res, refused('bad-target'));
    },
    onUpgrade: () => assert.fail('none is asked for'),
    onBound: (bound) => assert.fail(bound),
    limits: {
      ...{ maxConnections: 10, maxStreams: 10, maxUpgrades: 10, maxRequests: 10 },
      ...LISTENER_TIMES,
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  return port;
}

test('by HTTP/2 a refusal that is not taken within a second is reset, and one that is taken is not', async (t) => {
  // What a refused caller holds is in no budget.
  let closed = 0;
  const port = await refusing(t, (res) => res.once('close', () => (closed += 1)));
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

test('a connection to a hub is asked to go when it was without a request for 120 s, or is four to six minutes old', async (t) => {
  const { moveAfterMs } = LISTENER_TIMES;
  const port = await refusing(t, () => undefined);
  using idle = await h2Client(port);
  h2Begin(idle, { ':path': '/' }).resume();
  await h2Settled(idle);
  using busy = await h2Client(port);
  h2Begin(busy, { ':path': RUNS });
  await h2Settled(busy);
  mock.timers.tick(KEEP_ALIVE_MS - 1);
  await h2Settled(idle);
  assert.deepEqual(idle.goAways, []);
  mock.timers.tick(1);
  await eventually(() => idle.goAways.length === 1, 'the idle one is asked to go');
  mock.timers.tick(0.75 * moveAfterMs - KEEP_ALIVE_MS - 1);
  await h2Settled(busy);
  assert.deepEqual(busy.goAways, []);
  mock.timers.tick(0.5 * moveAfterMs + 1);
  await eventually(() => busy.goAways.length === 1, 'the busy one is asked to go');
});
