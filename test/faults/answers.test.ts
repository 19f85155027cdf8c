/** The rows of the fault table about answers and LISTs, in every variant (R5, R42). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANSWER_ACTIONS } from './answer-actions.ts';
import { CONTENT_TYPE, nodeList } from './frames.ts';
import { isRetriedByRestClient, nextAfter } from './reactions.ts';
import { Scene, type TestClient } from './scene.ts';
import { resetStream, sent } from './stream-actions.ts';
import { ANSWER_FAULTS, happensOver, LIST_FAULTS } from './table.ts';
import { VARIANTS, variantName } from './variants.ts';
import { inTurn } from '../support/property-runs.ts';

for (const [at, row] of ANSWER_FAULTS.entries())
  describe(`R42, R5: ${row.phase}: ${row.fault} (${row.id})`, { concurrency: 2 }, () => {
    const variants = VARIANTS.filter(({ http }) => happensOver(row, http));
    for (const variant of inTurn(variants, at)) {
      test(`${row.answer === 'ours' ? 'our 429 and 503' : 'passes unchanged'}: ${variantName(variant)}`, async (t) => {
        const { watch, list, given, proxy } = await ANSWER_ACTIONS[row.id](t, variant);
        for (const [client, ownCode] of [
          [watch, 429],
          [list, 503],
        ] as const) {
          const code = await client.status;
          assert.equal(await client.ended, 'clean');
          if (given === undefined) assertOurs(client, code, ownCode);
          else {
            assert.equal(code, given.code);
            assert.equal(client.headers['content-type'], given.contentType);
            assert.equal(client.headers['retry-after'], given.retryAfter);
            assert.ok(client.bytes.equals(given.body));
          }
        }
        const retryAfter = watch.headers['retry-after'] !== undefined;
        const code = await watch.status;
        // A status that the rest client tries again is one the reflector hears of only if it lasts.
        const lasts = code === 429 || !isRetriedByRestClient(code, retryAfter);
        assert.equal(lasts ? nextAfter({ kind: 'status', code, retryAfter }) : 'watch', row.next);
        const scrape = await proxy.scrape();
        assert.equal(scrape.sum('watchsieve_streams'), 0);
        assert.equal(scrape.sum('watchsieve_streams_ended_total'), 0, 'no stream had begun');
      });
    }
  });

for (const [at, row] of LIST_FAULTS.entries())
  describe(`R42: in the middle of a LIST: ${row.fault} (${row.id})`, () => {
    for (const variant of inTurn(VARIANTS, at))
      test(`the client sees a broken response, and no snapshot is left: ${variantName(variant)}`, async (t) => {
        const scene = await Scene.start(t, variant);
        const { encoding, http } = variant;
        const body = nodeList(encoding);
        const whole = await scene.ask('limit=500');
        whole.upstream.res.writeHead(200, { 'content-type': CONTENT_TYPE.list[encoding] });
        const part = body.subarray(0, body.length - 1);
        await sent(whole.upstream.res, part);
        await whole.client.has(part.length);
        if (row.id === 'list-lost') scene.loseConnections();
        else if (http === '1.1') scene.resetConnections();
        else resetStream(whole.upstream.res);
        assert.equal(await whole.client.ended, row.client);
        assert.ok(whole.client.bytes.equals(part));

        const { client } = await scene.watch('resourceVersion=10');
        client.leave();
        const scrape = await scene.proxy.scrape();
        assert.equal(scrape.sum('watchsieve_baselines_adopted_total', { source: 'cold' }), 1);
        assert.equal(scrape.sum('watchsieve_baselines_adopted_total'), 1);
      });
  });

test('R16: a LIST that came to its end leaves the snapshot that a broken one does not', async (t) => {
  const scene = await Scene.start(t, { encoding: 'json', http: '2' });
  const { upstream, client: lister } = await scene.ask('limit=500');
  upstream.res.writeHead(200, { 'content-type': CONTENT_TYPE.list.json });
  upstream.res.end(nodeList('json'));
  assert.equal(await lister.ended, 'clean');
  const { client } = await scene.watch('resourceVersion=10');
  client.leave();
  assert.equal((await scene.proxy.scrape()).sum('watchsieve_baselines_adopted_total', { source: 'list' }), 1);
});

/** R5: a Status that names the cause. */
function assertOurs(client: TestClient, code: number, ownCode: number): void {
  assert.equal(code, ownCode);
  assert.equal(client.headers['retry-after'], '1');
  assert.equal(client.headers['content-type'], 'application/json');
  const status: unknown = JSON.parse(client.bytes.toString());
  assert.ok(typeof status === 'object' && status !== null);
  assert.equal(Reflect.get(status, 'kind'), 'Status');
  assert.equal(Reflect.get(status, 'code'), ownCode);
  assert.match(String(Reflect.get(status, 'message')), /^watchsieve: \S/);
}
