/** R5: a stream that the API server turns away is no outage, and costs no other client anything. */
import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { test, type TestContext } from 'node:test';
import { UpstreamState } from '../../src/serve/upstream-state.ts';
import { Health } from '../../src/platform/health/health.ts';
import { UpstreamError } from '../../src/platform/upstream/upstream-error.ts';
import { startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { runReady } from './harness.ts';

/** An API server that turns away as many requests as it is told to. */
async function startTurning(t: TestContext) {
  const asked: string[] = [];
  const turn = { away: 0 };
  const api = await startApiServer({
    handler: (req, res) => {
      asked.push(req.url);
      if (turn.away > 0) {
        turn.away -= 1;
        res.stream.close(constants.NGHTTP2_REFUSED_STREAM);
      } else if (req.url.includes('watch=1')) {
        res.writeHead(200, { 'content-type': 'application/json' });
        res.write('');
      } else res.end('{}');
    },
  });
  t.after(() => api[Symbol.asyncDispose]());
  const proxy = await runReady(t, { url: `https://127.0.0.1:${api.port}`, caPem: LOOPBACK.ca });
  return { proxy, asked, turn };
}

test('R5: requests turned away are no outage: nothing is logged, nothing is asked, and no watch waits', async (t) => {
  const { proxy, asked, turn } = await startTurning(t);
  assert.equal((await proxy.fetch('/api/v1/pods')).status, 200);
  turn.away = 1;
  assert.equal((await proxy.fetch('/api/v1/pods')).status, 200);
  // Once more than it is sent again.
  turn.away = 2;
  const refused = await proxy.fetch('/api/v1/pods');
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
  assert.match(refused.body.toString(), /turned the request away/);
  const before = asked.length;
  assert.equal((await proxy.watch('resourceVersion=5')).status, 200);
  assert.deepEqual(asked.slice(before), ['/api/v1/nodes?watch=1&resourceVersion=5']);
  assert.equal(proxy.logged('upstream does not answer, retrying').length, 0);
  assert.match((await proxy.admin('/readyz?verbose')).body.toString(), /\[\+\]upstream ok/);
});

test('R5: only what lets doubt that the API server is there is logged as an outage', (t) => {
  const logged: string[] = [];
  const log = { info: () => undefined, warn: (_fields: object, text: string) => void logged.push(text) };
  const state = new UpstreamState({
    health: new Health(),
    log: log as never,
    probe: () => Promise.resolve(200),
    onReturn: () => undefined,
  });
  t.after(() => state.stop());
  for (const code of ['turned-away', 'request'] as const) state.failed(new UpstreamError('headers', code));
  state.failed(new UpstreamError('body', 'reset'));
  assert.deepEqual(logged, []);
  state.failed(new UpstreamError('headers', 'reset'));
  assert.equal(logged.length, 1);
});
