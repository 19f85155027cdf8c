/** Headers are bytes: what upstream or a client put into one arrives as it was, above 0x7f too (R3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawExchange, startBoth } from '../../support/proxy.ts';

/** As Node has headers: a character for each byte. UTF-8 of an e with an accent, and two bytes that are none. */
const BYTES = '\u00c3\u00a9 \u00ff\u0080';

function headerOf(answer: string, name: string): string | undefined {
  const [head = ''] = answer.split('\r\n\r\n', 1);
  return new RegExp(`\r\n${name}: ([^\r]*)`, 'i').exec(head)?.[1];
}

for (const http1Only of [false, true]) {
  const by = http1Only ? 'HTTP/1.1' : 'HTTP/2';
  const get = (port: number, target: string, more = '', method = 'GET'): Promise<string> =>
    rawExchange(port, `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`);

  for (const [what, method, status] of [
    ['with a body', 'GET', 200],
    ['to HEAD', 'HEAD', 200],
    ['without a body', 'GET', 204],
    ['to a watch', 'GET', 200],
  ] as const)
    test(`bytes of a header pass unchanged in an answer ${what} from ${by}`, async () => {
      await using both = await startBoth({
        http1Only,
        handler: (_req, res) => {
          res.writeHead(status, { 'x-bytes': BYTES, 'content-type': 'application/json' });
          if (method === 'HEAD' || status === 204) res.end();
          else res.end('{}');
        },
      });
      const target = what === 'to a watch' ? '/api/v1/nodes?watch=1' : '/x';
      const answer = await get(both.port, target, '', method);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assert.equal(headerOf(answer, 'x-bytes'), BYTES);
    });

  test(`bytes of a header pass unchanged in a request over ${by}`, async () => {
    const seen: unknown[] = [];
    await using both = await startBoth({
      http1Only,
      handler: (req, res) => {
        seen.push(req.headers['x-bytes']);
        res.end();
      },
    });
    await get(both.port, '/x', `X-Bytes: ${BYTES}\r\n`);
    assert.deepEqual(seen, [BYTES]);
  });
}

for (const [what, head] of [
  ['an answer that switches', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n'],
  ['one that refuses to', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n'],
] as const)
  test(`bytes of a header pass unchanged through an upgrade: ${what}, and its request`, async () => {
    const seen: unknown[] = [];
    await using both = await startBoth({
      handler: () => assert.fail('not a plain request'),
      upgrade: (req, socket) => {
        seen.push(Buffer.from(String(req.headers['x-bytes']), 'latin1').toString('latin1'));
        socket.end(Buffer.from(`${head}X-Bytes: ${BYTES}\r\n\r\n`, 'latin1'));
      },
    });
    const answer = await rawExchange(
      both.port,
      `GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Bytes: ${BYTES}\r\n\r\n`,
    );
    assert.equal(headerOf(answer, 'x-bytes'), BYTES);
    assert.deepEqual(seen, [BYTES]);
  });
