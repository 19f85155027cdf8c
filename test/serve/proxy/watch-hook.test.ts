import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { WatchOpening } from '../../../src/serve/proxy/watch-hook.ts';
import { type ApiResponse, eventually } from '../../support/api-server.ts';
import { ask, begin, head, startBoth } from '../../support/proxy.ts';
import { inTurn } from '../../support/property-runs.ts';

test('a filtered watch is handed over with its head flushed, and its length taken away', async () => {
  const openings: WatchOpening[] = [];
  const heard: string[] = [];
  let finish = (): void => undefined;
  await using both = await startBoth(
    {
      handler: (_req, res) => {
        res.writeHead(200, { 'content-length': '4', 'x-a': '1' });
        res.write('ab');
        finish = () => res.end('cd');
      },
    },
    {
      openWatch: (opening) => {
        openings.push(opening);
        return {
          onResponse: () => assert.fail('the head is in the opening'),
          onData: (chunk) => {
            heard.push(String(chunk));
            return opening.res.write(`<${String(chunk)}>`);
          },
          onEnd: () => opening.res.end('end'),
          giveWay: () => undefined,
          onError: () => opening.res.destroy(),
        };
      },
    },
  );
  const path = '/api/v1/nodes?watch=1&resourceVersion=7';
  const req = begin(both.port, { path, headers: { Accept: 'application/json' } });
  req.end();
  const res = await head(req);
  assert.equal(res.headers['content-length'], undefined);
  assert.equal(res.headers['x-a'], '1');
  await eventually(() => heard.length === 1, 'first chunk');
  finish();
  let body = '';
  for await (const chunk of res) body += String(chunk);
  assert.equal(body, '<ab><cd>end');
  const [opening] = openings;
  assert.equal(opening?.classified.query.resourceVersion, '7');
  assert.equal(opening.requestHeaders.accept, 'application/json');
  assert.equal(opening.head.statusCode, 200);
});

test('a declined watch, another watch and a LIST pass through', async () => {
  let asked = 0;
  await using both = await startBoth(
    { handler: (req, res) => res.end(req.url) },
    {
      openWatch: () => {
        asked += 1;
        return undefined;
      },
    },
  );
  for (const path of ['/api/v1/nodes?watch=1', '/api/v1/pods?watch=1', '/api/v1/nodes']) {
    assert.equal(String((await ask(both.port, { path })).body), path);
  }
  assert.equal(asked, 1);
});

test('R9, R10: the handler hears of upstream’s death, and nothing after its client is gone', async () => {
  const heard: string[] = [];
  const open: ApiResponse[] = [];
  await using both = await startBoth(
    {
      handler: (_req, res) => {
        res.write('x');
        open.push(res);
      },
    },
    {
      openWatch: ({ res }) => {
        res.once('close', () => heard.push('close'));
        return {
          onResponse: () => undefined,
          onData: (chunk) => res.write(chunk),
          onEnd: () => heard.push('end'),
          giveWay: () => undefined,
          onError: (error) => {
            heard.push(error.code);
            res.end('clean');
          },
        };
      },
    },
  );
  const first = begin(both.port, { path: '/api/v1/nodes?watch=1' });
  first.end();
  const res = await head(first);
  await once(res, 'data');
  for (const socket of both.server.sockets) socket.destroy();
  assert.equal(String((await once(res, 'data'))[0]), 'clean');
  await eventually(() => heard.length === 2, 'error and close');
  const second = begin(both.port, { path: '/api/v1/nodes?watch=1' });
  second.on('error', () => undefined);
  second.end();
  await once(await head(second), 'data');
  const gone = once(open[1]?.stream ?? assert.fail(), 'close');
  second.destroy();
  await gone;
  await eventually(() => heard.length === 3, 'close');
  assert.deepEqual(heard, ['reset', 'close', 'close']);
});

const MIB = 2 ** 20;

/** Requests that upstream answers meanwhile: what was to come of other streams has come by then. */
async function afterOtherRequests(port: number): Promise<void> {
  for (let i = 0; i < 20; i++) await ask(port, { path: '/other' });
}

for (const http1Only of inTurn([true, false], 1))
  test(`I6: a list waits for the tap on it, and for its client, and comes whole (R3, HTTP/${http1Only ? '1.1' : '2'})`, async () => {
    const list = Buffer.alloc(40 * MIB, 'list');
    let tapped = 0;
    let chunks = 0;
    let isStuck = true;
    let caughtUp = (): void => undefined;
    await using both = await startBoth(
      { http1Only, handler: (req, res) => res.end(req.url === '/other' ? 'x' : list) },
      {
        tapList: (tapping) => {
          ({ caughtUp } = tapping);
          return {
            onData({ length }) {
              tapped += length;
              chunks++;
              if (!isStuck) setImmediate(caughtUp);
              return false;
            },
            onEnd: (done) => done(),
            onGone: () => undefined,
          };
        },
      },
    );
    const req = begin(both.port, { path: '/api/v1/nodes' });
    req.end();
    const res = await head(req);
    let received = 0;
    res.on('data', ({ length }: Buffer) => (received += length));
    await eventually(() => tapped > 0, 'the first bytes');
    await afterOtherRequests(both.port);
    assert.equal(chunks, 1, 'nothing came while the tap was behind');

    res.pause();
    isStuck = false;
    caughtUp();
    for (let before = 0; before < tapped;) {
      before = tapped;
      await afterOtherRequests(both.port);
    }
    assert.ok(tapped < 32 * MIB, `${tapped} bytes came while the client read nothing`);

    isStuck = true;
    const before = chunks;
    const ended = once(res, 'end');
    res.resume();
    await afterOtherRequests(both.port);
    assert.ok(chunks <= before + 1, `${chunks - before} chunks came while the tap was behind`);

    isStuck = false;
    caughtUp();
    await ended;
    assert.deepEqual({ received, tapped }, { received: list.length, tapped: list.length });
  });
