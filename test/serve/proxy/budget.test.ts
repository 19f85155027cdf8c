/** Requests, upgrades and what is kept for clients, each driven to its limit: who takes too much goes, others stay (R27). */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { eventually, type ApiResponse } from '../../support/api-server.ts';
import { ask, begin, head, rawConnection, startBoth } from '../../support/proxy.ts';

const MIB = 1024 * 1024;
const GREEDY = { authorization: 'Bearer greedy' };
const OTHER = { authorization: 'Bearer other' };

/** Sends one request whose answer is not waited for. */
async function sent(t: TestContext, port: number, lines: readonly string[]): Promise<TLSSocket> {
  const socket = await rawConnection(port);
  t.after(() => socket.destroy());
  socket.write([...lines, 'Host: x', 'Authorization: Bearer greedy', '', ''].join('\r\n'));
  return socket;
}

test('of requests over --max-requests the oldest of the greediest caller is answered 503 with Retry-After', async (t) => {
  const refused: string[] = [];
  const hung: ApiResponse[] = [];
  await using both = await startBoth(
    {
      handler: (req, res) => {
        if (req.url === '/hang') hung.push(res);
        else res.end('hello');
      },
    },
    { limits: { maxRequests: 3 }, onRefused: (limit) => refused.push(limit) },
  );
  // Both are known from here on.
  for (const headers of [GREEDY, OTHER]) await ask(both.port, { path: '/', headers });
  const waiting = [1, 2, 3].map(() => begin(both.port, { path: '/hang', headers: GREEDY }));
  t.after(() => waiting.forEach((req) => req.destroy()));
  const first = head(waiting[0] ?? assert.fail());
  for (const req of waiting) {
    req.on('error', () => undefined).end();
    await eventually(() => hung.length > waiting.indexOf(req), 'it is upstream');
  }
  assert.equal(String((await ask(both.port, { path: '/', headers: OTHER })).body), 'hello');
  const answer = await first;
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.headers['retry-after'], '1');
  assert.deepEqual(refused, ['requests']);
  await eventually(() => hung[0]?.stream.destroyed === true, 'upstream hears of it');
  assert.equal(hung[1]?.stream.destroyed, false);
});

test('of upgrades over --max-upgrades the oldest that waits is broken off, and upstream has no more connections', async (t) => {
  const refused: string[] = [];
  let asked = 0;
  await using both = await startBoth(
    { handler: (_req, res) => void res.end('hello'), upgrade: () => void (asked += 1) },
    { limits: { maxUpgrades: 2 }, onRefused: (limit) => refused.push(limit) },
  );
  const wish = ['GET /exec HTTP/1.1', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  const first = await sent(t, both.port, wish);
  await eventually(() => asked === 1, 'the first is upstream');
  const second = await sent(t, both.port, wish);
  await eventually(() => asked === 2, 'the second is upstream');
  const third = await sent(t, both.port, wish);
  await eventually(() => asked === 3 && first.closed, 'the first has made room');
  assert.ok(!second.closed && !third.closed);
  assert.deepEqual(refused, ['upgrades']);
  await eventually(() => both.running.watched.upstream.connections <= 2, 'two connections upstream');
});

test('of answers that nobody reads, beyond --memory-budget, the largest are broken off; others are served', async (t) => {
  const refused: string[] = [];
  const budget = new ByteBudget(2 * MIB);
  const large = Buffer.alloc(8 * MIB, 'x');
  await using both = await startBoth(
    { handler: (req, res) => void res.end(req.url === '/large' ? large : 'hello') },
    { budget, onRefused: (limit) => refused.push(limit) },
  );
  for (const headers of [GREEDY, OTHER]) await ask(both.port, { path: '/', headers });
  const readers: TLSSocket[] = [];
  for (let n = 0; n < 8; n++) {
    const socket = await sent(t, both.port, ['GET /large HTTP/1.1']);
    socket.pause();
    readers.push(socket);
  }
  await eventually(() => refused.length >= 4, 'more than fit are paused');
  assert.ok(refused.every((limit) => limit === 'memory'));
  assert.ok(budget.held <= budget.limit);
  assert.equal(String((await ask(both.port, { path: '/', headers: OTHER })).body), 'hello');
  assert.equal((await ask(both.port, { path: '/large', headers: OTHER })).body.length, large.length);
  for (const socket of readers) socket.destroy();
  await eventually(() => budget.held === 0, 'all is given back');
});

test('a request draws what its head, its body and its watch may take, and gives it back', async (t) => {
  const budget = new ByteBudget(64 * MIB);
  let hung = 0;
  await using both = await startBoth({ handler: () => void (hung += 1) }, { budget });
  const drawnBy = async (lines: readonly string[]): Promise<number> => {
    const [before, came] = [budget.held, hung];
    const socket = await sent(t, both.port, lines);
    await eventually(() => hung > came, 'it is upstream');
    const drawn = budget.held - before;
    socket.destroy();
    await eventually(() => budget.held === before, 'all is given back');
    return drawn;
  };
  const plain = await drawnBy(['GET /hang HTTP/1.1']);
  assert.ok(plain > 0);
  const head = await drawnBy(['GET /hang HTTP/1.1', `X-Long: ${'x'.repeat(6000)}`]);
  assert.ok(head >= plain + 4 * 6000, `a head of 6 KB draws ${head - plain} bytes, and is kept four times`);
  const upload = await drawnBy(['POST /hang HTTP/1.1', 'Content-Length: 1000000000']);
  assert.ok(upload >= plain + 768 * 1024, `an upload draws ${upload - plain} bytes`);
  const watch = await drawnBy(['GET /api/v1/nodes?watch=1 HTTP/1.1']);
  assert.ok(watch >= plain + 64 * 1024, `a filtered watch draws ${watch - plain} bytes`);
});
