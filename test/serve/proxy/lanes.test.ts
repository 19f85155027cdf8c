/** By which upstream connection a request goes (R43): watches and lists that are sieved stay clear of what strangers send. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, startBoth } from '../../support/proxy.ts';

const WATCH = '/api/v1/nodes?watch=1';
const LIST = '/api/v1/nodes';
const ACCEPTED = { authorization: 'Bearer accepted' };
const EXPIRED = { authorization: 'Bearer expired' };

test('a caller whose credentials were accepted has its sieved watches and lists apart; anybody else shares', async () => {
  const sessions = new Map<string, unknown>();
  let last: unknown;
  await using both = await startBoth({
    handler: (req, res) => {
      last = res.stream.session;
      res.writeHead(req.headers['authorization'] === ACCEPTED.authorization ? 200 : 401);
      res.end();
    },
  });
  const sessionOf = async (path: string, headers: Record<string, string>): Promise<unknown> => {
    await ask(both.port, { path, headers });
    return last;
  };

  const shared = await sessionOf('/version', EXPIRED);
  // The API server gives up a connection after a 401: whoever was refused, or not heard of yet, may end the shared one only.
  for (const path of [WATCH, LIST, WATCH]) assert.equal(await sessionOf(path, EXPIRED), shared, path);
  assert.equal(await sessionOf(WATCH, ACCEPTED), shared, 'not heard of yet');

  for (const path of [WATCH, LIST]) sessions.set(path, await sessionOf(path, ACCEPTED));
  const apart = sessions.get(WATCH);
  assert.notEqual(apart, shared);
  assert.equal(sessions.get(LIST), apart, 'one connection for both');
  for (const path of ['/version', '/api/v1/pods?watch=1', `${LIST}/a`])
    assert.equal(await sessionOf(path, ACCEPTED), shared, `${path} is not sieved`);
  assert.equal(await sessionOf(WATCH, EXPIRED), shared, 'still refused');
});
