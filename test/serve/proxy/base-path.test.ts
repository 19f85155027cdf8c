/** With a kubeconfig's server at a path, nothing leaves that path: credentials are for what lies below it (R2, I7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawExchange, startBoth, startProxy } from '../../support/proxy.ts';
import { loopbackTarget } from '../../support/upstream.ts';

const BASE = '/k8s/clusters/x';
const LEAVING = [
  '/../x',
  '/..',
  '/a/../../x',
  '/./x',
  '/.',
  '/%2e%2e/x',
  '/%2E./x',
  '/.%2e?a=b',
  '/a%2f..%2fx',
  '/a%2F%2e%2e',
  '/a\\..\\x',
  '/a%5c..%5Cx',
  '/..;a=b/x',
];
const STAYING = [
  '/',
  '//a',
  '/a..b/...',
  '/..a',
  '/.well-known/x',
  '/a?b=/../c',
  '/a%2Fb',
  '/%2e%2ea',
  '/a;..',
];

for (const http1Only of [false, true]) {
  const by = http1Only ? 'HTTP/1.1' : 'HTTP/2';

  test(`targets that lead out of the base path are refused, and reach no upstream on ${by}`, async () => {
    const seen: string[] = [];
    await using both = await startBoth({
      http1Only,
      handler: (req, res) => {
        seen.push(req.url);
        res.end();
      },
    });
    await using behind = await startProxy({ ...loopbackTarget(both.server.port), basePath: BASE });
    const ask = (target: string): Promise<string> =>
      rawExchange(behind.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    for (const target of LEAVING) {
      assert.match(await ask(target), /^HTTP\/1\.1 400 [^]*"reason":"BadRequest"/, target);
    }
    assert.deepEqual(seen, []);
    for (const target of STAYING) assert.match(await ask(target), /^HTTP\/1\.1 200 /, target);
    assert.deepEqual(
      seen,
      STAYING.map((target) => BASE + target),
    );
  });
}

test('upgrades that lead out of the base path are refused, and reach no upstream', async () => {
  const seen: string[] = [];
  await using both = await startBoth({
    handler: () => assert.fail('not a plain request'),
    upgrade: (req, socket) => {
      seen.push(req.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    },
  });
  await using behind = await startProxy({ ...loopbackTarget(both.server.port), basePath: BASE });
  const ask = (target: string): Promise<string> =>
    rawExchange(
      behind.port,
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`,
    );
  for (const target of LEAVING) assert.match(await ask(target), /^HTTP\/1\.1 400 /, target);
  assert.deepEqual(seen, []);
  assert.match(await ask('/exec'), /^HTTP\/1\.1 403 /);
  assert.deepEqual(seen, [`${BASE}/exec`]);
});
