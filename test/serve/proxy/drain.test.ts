import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { ApiResponse } from '../../support/api-server.ts';
import { begin, head, startBoth } from '../../support/proxy.ts';

/** A server that hands each response to the test, which answers when it likes. */
async function startWaiting() {
  let draining = false;
  const waiting = new Map<string, ApiResponse>();
  const arrivals: (() => void)[] = [];
  const both = await startBoth(
    {
      handler: (req, res) => {
        waiting.set(req.url, res);
        for (const arrive of arrivals.splice(0)) arrive();
      },
    },
    { isDraining: () => draining },
  );
  return {
    both,
    proxy: both.running.proxy,
    startDraining: () => {
      draining = true;
      return both.running.proxy.drain();
    },
    /** Sends a request; resolves when upstream has it. */
    ask: async (path: string) => {
      const arrived = new Promise<void>((resolve) => arrivals.push(resolve));
      const req = begin(both.port, { path });
      const answer = head(req);
      req.end();
      await arrived;
      const res = waiting.get(path);
      assert.ok(res !== undefined);
      return { answer, upstream: res };
    },
  };
}

async function textOf(res: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of res) text += String(chunk);
  return text;
}

test('R31, R5: a watch that upstream has not answered yet gets 429 when the drain begins, a LIST 503', async () => {
  const { both, ask, startDraining } = await startWaiting();
  await using _both = both;
  const watch = await ask('/api/v1/nodes?watch=1');
  const list = await ask('/api/v1/nodes');
  await startDraining();
  for (const [{ answer }, status] of [
    [watch, 429],
    [list, 503],
  ] as const) {
    const res = await answer;
    assert.equal(res.statusCode, status);
    assert.equal(res.headers['retry-after'], '1');
    assert.match(await textOf(res), /shutting down/);
  }
});

test('R31: a drain waits for a response that has begun, and not for watches', async () => {
  const { both, ask, startDraining } = await startWaiting();
  await using _both = both;
  const list = await ask('/api/v1/pods');
  list.upstream.writeHead(200, { 'content-type': 'application/json' });
  list.upstream.write('{"items":[');
  const watch = await ask('/api/v1/services?watch=1');
  watch.upstream.writeHead(200);
  watch.upstream.write('{}');
  const listed = await list.answer;
  await watch.answer;
  let drained = false;
  const drain = startDraining().then(() => {
    drained = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(drained, false);
  list.upstream.end(']}');
  assert.equal(await textOf(listed), '{"items":[]}');
  await drain;
});

test('R31: a drain of an idle proxy is over at once', async () => {
  const { both, startDraining } = await startWaiting();
  await using _both = both;
  await startDraining();
});
