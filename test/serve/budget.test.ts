/** What draws on --memory-budget in the running program, and how much of it: that each part is given it (R27, I6). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect } from 'node:tls';
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
    if (source === 'list') assert.ok(held >= count * OBJECT_BYTES, `${held} bytes`);
    const watch = await proxy.watch('resourceVersion=7');
    const adopted = (await proxy.scrape()).sum('watchsieve_baselines_adopted_total', { source });
    assert.equal(adopted, 1);
    watch.abort();
  });
}

test('bodies that are kept to be sent again draw on --memory-budget, and are 8 MiB of it at most', async (t) => {
  const read: (() => void)[] = [];
  await using server = await startApiServer({
    handler: (req, res) => {
      if (req.method === 'POST') void buffer(req).then(() => read.shift()?.());
      else res.end('{}');
    },
  });
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  const proxy = await runReady(t, backend);
  const held = async (): Promise<number> => (await proxy.scrape()).sum('watchsieve_budget_bytes');
  const upload = async (body: string): Promise<number> => {
    const before = await held();
    const isRead = new Promise<void>((resolve) => read.push(resolve));
    void proxy.fetch('/api/v1/x', { method: 'POST', body }).catch(() => undefined);
    await isRead;
    return (await held()) - before;
  };
  const each: number[] = [];
  for (let count = 0; count < 10; count++) each.push(await upload('x'.repeat(MIB)));
  // Besides what is kept, each request draws what it may take on its way.
  const [first = 0] = each;
  const last = each.at(-1) ?? 0;
  assert.equal(first - last, MIB);
  assert.ok(last > 512 * 1024, `${last} bytes`);
  assert.deepEqual(
    each.map((bytes) => bytes - last),
    [...Array.from({ length: 8 }, () => MIB), 0, 0],
  );
});

test('requests and heads draw on --memory-budget: beyond it those of the greediest are refused, or end', async (t) => {
  await using server = await startApiServer({
    handler: (req, res) => {
      if (req.url !== '/hang') res.end('{}');
    },
  });
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  const proxy = await runReady(t, backend, { argv: ['--memory-budget', '16MiB'] });
  const held = async (): Promise<number> => (await proxy.scrape()).sum('watchsieve_budget_bytes');
  const { port } = proxy.app.proxyAddress;
  const half = connect({ host: '127.0.0.1', port, ca: proxy.caPem });
  t.after(() => half.destroy());
  await once(half, 'secureConnect');
  half.on('error', () => undefined).write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(60_000)}`);
  while ((await held()) < 50_000);
  let refused = 0;
  // Each draws four times its head.
  for (let count = 0; count < 80; count++)
    void proxy.fetch('/hang', { headers: { 'x-long': 'x'.repeat(60_000) } }).then(
      ({ status }) => (refused += status === 503 ? 1 : 0),
      () => undefined,
    );
  const atLimit = async (): Promise<number> =>
    (await proxy.scrape()).sum('watchsieve_refused_total', { limit: 'memory' });
  while ((await atLimit()) < 10);
  assert.ok((await held()) <= 16 * MIB);
  while (refused < 10) await held();
  assert.equal((await proxy.fetch('/version')).status, 200);
});
