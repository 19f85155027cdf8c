/** Who counts as one caller (R27): nobody is many by what anyone can write into a request. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Callers } from '../../../src/serve/proxy/callers.ts';
import { eventually, type ApiRequest, type ApiResponse } from '../../support/api-server.ts';
import { ask, rawConnection, startBoth } from '../../support/proxy.ts';

const bearer = (token: string): string[] => ['Authorization', `Bearer ${token}`];

/** The callers that requests with these headers count as, each after upstream has answered it with 200. */
function accepted(headers: readonly string[][]): Set<string> {
  const callers = new Callers();
  const digests = headers.map((each) => callers.digestOf(each));
  for (const digest of digests) callers.answered(digest, 200);
  return new Set(digests.map((digest) => callers.callerOf(digest)));
}

describe('callers', () => {
  test('all whose credentials upstream has not accepted are one', () => {
    const callers = new Callers();
    const [good, bad, worse] = ['good', 'bad', 'worse'].map((token) => callers.digestOf(bearer(token)));
    assert.ok(good !== undefined && bad !== undefined && worse !== undefined);
    callers.answered(good, 403);
    callers.answered(bad, 401);
    assert.equal(callers.callerOf(bad), callers.callerOf(worse));
    assert.notEqual(callers.callerOf(good), callers.callerOf(bad));
    callers.answered(good, 401);
    assert.equal(callers.callerOf(good), callers.callerOf(bad));
  });

  test('are a thousand at most, of whom the one answered longest ago is forgotten', () => {
    const callers = new Callers();
    const digests = Array.from({ length: 1001 }, (_, i) => callers.digestOf(bearer(`token-${i}`)));
    for (const digest of digests.slice(0, 1000)) callers.answered(digest, 200);
    callers.answered(digests[0] ?? '', 200);
    callers.answered(digests[1000] ?? '', 200);
    assert.deepEqual(
      digests.filter((digest) => !callers.isKnown(digest)),
      [digests[1]],
    );
  });

  test('one token, written in several ways, is one caller', () => {
    const spellings = [
      'Bearer TOK',
      'BEARER TOK',
      'bEaReR TOK',
      ' Bearer TOK ',
      'Bearer TOK 1',
      'Bearer TOK  2',
    ];
    const headers = [
      ...spellings.map((value) => ['Authorization', value]),
      ['authorization', 'Bearer TOK', 'Authorization', 'Bearer other'],
      ['X-Other', '1', 'AUTHORIZATION', 'Bearer TOK', 'Impersonate-User', 'jane', 'Cookie', 'a=1'],
    ];
    assert.equal(accepted(headers).size, 1);
    assert.equal(accepted([...headers, bearer('tok')]).size, 2);
  });

  test('one JWT is one caller, whatever its base64 has in bits that count for nothing', () => {
    // 256 bytes, as a signature with RSA has: of the last of 342 characters the lower four bits are spare.
    const signature = Buffer.alloc(256, 0xff).toString('base64url');
    const start = `e30.eyJzdWIiOiJhIn0.${signature.slice(0, -1)}`;
    const spare = ['w', 'x', 'y', 'z', '0', '9', '-', '_', 'w=', 'w==', 'w========'];
    assert.ok(signature.endsWith('w'));
    assert.equal(accepted(spare.map((end) => bearer(start + end))).size, 1);
    assert.equal(accepted([bearer(`${start}w`), bearer(`${start}A`)]).size, 2);
    // Other tokens are compared as they are: these would be the same bytes.
    assert.equal(accepted([bearer('token-1'), bearer('token-2')]).size, 2);
  });

  test('what the API server takes for anonymous is one caller, and a stranger', () => {
    const values = [
      '',
      'Basic 1',
      'Basic 2',
      'Bearer',
      'Bearer  1',
      'Bearer  2',
      'Bearer,1',
      'Token 1',
      'TOK',
    ];
    const headers = [
      [],
      ...values.map((value) => ['Authorization', value]),
      ['Authorization', 'Basic 1', 'Authorization', 'Bearer TOK'],
      // Headers that Connection names do not get to upstream.
      ['Connection', 'close, Authorization', ...bearer('1')],
      ['Connection', 'AUTHORIZATION', ...bearer('2')],
      // Not letters of a token: blanks and JSON are read by some API servers in as many ways as one likes.
      ...['T\t1', '{"a":1}', 'TÖK', 'T=K'].map(bearer),
    ];
    const callers = new Callers();
    const stranger = callers.callerOf(callers.digestOf(bearer('never answered')));
    assert.deepEqual(accepted(headers), new Set([stranger]));
  });

  test('answers that come before anybody looked at a token make nobody known, and nobody unknown', () => {
    const callers = new Callers();
    const [made, good] = [callers.digestOf(bearer('made-up')), callers.digestOf(bearer('good'))];
    callers.answered(good, 200);
    for (const statusCode of [204, 302, 400, 404, 408, 413, 429, 431, 500, 502, 503, 504]) {
      callers.answered(made, statusCode);
      callers.answered(good, statusCode);
      assert.ok(!callers.isKnown(made), String(statusCode));
      assert.ok(callers.isKnown(good), String(statusCode));
    }
  });
});

const MANY = 8;

for (const [what, path, authorization] of [
  ['credentials that the API server does not read', '/version', (i: number) => `Basic ${i}`],
  ['tokens that it has not looked at', '/version?timeout=x', (i: number) => `Bearer made-up-${i}`],
] as const)
  test(`one client with many ${what} takes no place of a caller with fewer requests (R27)`, async (t) => {
    const asked: string[] = [];
    const watched: ApiResponse[] = [];
    const refused: string[] = [];
    // As an API server that shows /version to everybody: what is no bearer token is anonymous.
    const handler = (req: ApiRequest, res: ApiResponse): void => {
      asked.push(req.url);
      if (req.url.startsWith('/slow')) return;
      if (req.url.includes('timeout=x')) res.writeHead(400);
      res.write('{}\n');
      if (req.url.includes('watch=1')) watched.push(res);
      else res.end();
    };
    await using both = await startBoth(
      { handler },
      { limits: { maxRequests: MANY }, onRefused: (limit) => refused.push(limit) },
    );
    const open = async () => {
      const socket = await rawConnection(both.port);
      t.after(() => socket.destroy());
      return socket;
    };
    const get = (target: string, value: string) =>
      `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${value}\r\n\r\n`;
    for (let i = 0; i < 2; i++) {
      const watch = await open();
      watch.write(get(`/api/v1/services?watch=1&i=${i}`, 'Bearer speaker'));
      await once(watch, 'data');
      watch.resume();
    }
    for (let i = 0; i < MANY; i++) {
      const before = refused.length;
      const socket = await open();
      socket.write(get(path, authorization(i)));
      await once(socket, 'data');
      socket.resume();
      socket.write(get(`/slow/${i}`, authorization(i)));
      await eventually(
        () => asked.includes(`/slow/${i}`) || refused.length > before,
        'it was let in, or not',
      );
    }
    assert.deepEqual(new Set(refused), new Set(['requests']), 'there was no room for all');
    // One more request, so that upstream has heard of whatever was broken off before.
    const own = { path: '/version', headers: { authorization: 'Bearer speaker' } };
    const { res } = await ask(both.port, own);
    assert.deepEqual(
      watched.map(({ stream }) => stream.destroyed),
      [false, false],
    );
    assert.equal(res.statusCode, 200);
  });
