/** What is known of clients has half of --memory-budget in the running program, and no more (R27, I6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { runReady } from './harness.ts';

const MIB = 1024 * 1024;
const OBJECT_BYTES = 320;

function listOf(count: number): string {
  const items = Array.from({ length: count }, (_, at) => ({
    metadata: { name: `n${at}`, uid: `u${at}`, resourceVersion: '5' },
  }));
  return JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items });
}

/** While a list passes, what becomes a snapshot of it lies there twice. */
const FITS = Math.floor((8 * MIB) / OBJECT_BYTES / 2);

for (const [count, source] of [
  [FITS - 100, 'list'],
  [FITS + 100, 'cold'],
] as const) {
  test(`of --memory-budget 16MiB, ${count} Nodes of a list begin the next watch from: ${source}`, async (t) => {
    const list = listOf(count);
    await using server = await startApiServer({
      handler: (req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        if (req.url.includes('watch=')) res.write('');
        else res.end(req.url.startsWith('/api/v1/nodes') ? list : '{}');
      },
    });
    const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
    const proxy = await runReady(t, backend, { argv: ['--memory-budget', '16MiB'] });
    assert.equal((await proxy.fetch('/api/v1/nodes')).status, 200);
    const held = (await proxy.scrape()).sum('watchsieve_budget_bytes');
    assert.ok(held <= 8 * MIB, `${held} bytes`);
    const watch = await proxy.watch('resourceVersion=7');
    const adopted = (await proxy.scrape()).sum('watchsieve_baselines_adopted_total', { source });
    assert.equal(adopted, 1);
    watch.abort();
  });
}
