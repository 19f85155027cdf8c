/** A caller with very many requests: what others still get (R27, R43). */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually, type ApiRequest, type ApiResponse } from '../../support/api-server.ts';
import { ask, begin, startBoth } from '../../support/proxy.ts';

const GREEDY = { authorization: 'Bearer greedy' };
const OTHER = { authorization: 'Bearer other' };
const CROWD = 32;

/** Upstream answers nothing but what is known of it. */
function hanging(asked: { url: string; session: unknown }[]) {
  return (req: ApiRequest, res: ApiResponse): void => {
    asked.push({ url: req.url, session: res.stream.session });
    if (!req.url.startsWith('/hang')) res.end('hello');
  };
}

function floodOf(t: TestContext, port: number, paths: readonly string[]) {
  return paths.map((path) => {
    const req = begin(port, { path, headers: GREEDY });
    t.after(() => req.destroy());
    req.on('error', () => undefined).end();
    return req;
  });
}

test('what a caller has in flight beyond its share goes over connections apart, whatever it asks for', async (t) => {
  const asked: { url: string; session: unknown }[] = [];
  await using both = await startBoth({ handler: hanging(asked) });
  for (const headers of [GREEDY, OTHER]) await ask(both.port, { path: '/', headers });
  const shared = asked[0]?.session;
  floodOf(
    t,
    both.port,
    Array.from({ length: CROWD }, (_, i) => `/hang/${i}`),
  );
  await eventually(() => asked.length === 2 + CROWD, 'its share is upstream');
  const beyond = ['/hang', '/api/v1/nodes?hang', '/api/v1/nodes?watch=1&hang'];
  floodOf(t, both.port, beyond);
  await eventually(() => asked.length === 2 + CROWD + beyond.length, 'the rest is upstream');
  for (const { url, session } of asked.slice(2)) {
    const isBeyond = beyond.some((path) => path === url);
    assert.equal(session === shared, !isBeyond, url);
  }
  assert.equal(String((await ask(both.port, { path: '/', headers: OTHER })).body), 'hello');
  assert.equal(asked.at(-1)?.session, shared);
});

test('a token that was never accepted takes no connection with the watches of others, which a 401 would end', async () => {
  const asked: { url: string; session: unknown }[] = [];
  await using both = await startBoth({ handler: hanging(asked) });
  await ask(both.port, { path: '/', headers: OTHER });
  const watch = '/api/v1/nodes?watch=1';
  for (const headers of [OTHER, GREEDY, {}]) await ask(both.port, { path: watch, headers });
  const [shared, known, ...strangers] = asked.map(({ session }) => session);
  assert.notEqual(known, shared);
  assert.deepEqual(
    strangers.map((session) => session === shared),
    [true, true],
  );
});

test('a caller with requests on all connections leaves places for others: its oldest that waits is answered 503', async (t) => {
  const refused: string[] = [];
  const asked: { url: string; session: unknown }[] = [];
  await using both = await startBoth(
    { handler: hanging(asked) },
    { limits: { maxConnections: 10 }, onRefused: (limit) => refused.push(limit) },
  );
  for (const headers of [GREEDY, OTHER]) await ask(both.port, { path: '/', headers });
  const statuses: (number | undefined)[] = [];
  for (let at = 0; at < 10; at++) {
    const [req] = floodOf(t, both.port, [`/hang/${at}`]);
    req?.on('response', (res) => statuses.push(res.resume().statusCode));
    await eventually(() => asked.some(({ url }) => url === `/hang/${at}`), 'it is upstream');
  }
  assert.equal(String((await ask(both.port, { path: '/', headers: OTHER })).body), 'hello');
  await eventually(() => statuses.length === 3, 'the oldest have been answered');
  assert.deepEqual(statuses, [503, 503, 503]);
  assert.deepEqual(refused, ['connections', 'connections', 'connections']);
});
