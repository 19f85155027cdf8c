import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerCredentials, withoutFrontProxy } from '../../../src/core/request/caller-credentials.ts';

const TOKEN = ['Authorization', 'Bearer  one '];

test('the one credential of a request is found, whole', () => {
  assert.deepEqual(callerCredentials(['Accept', '*/*', ...TOKEN, 'X-Remote-User', 'admin']), [
    'authorization',
    'Bearer  one ',
  ]);
  assert.deepEqual(callerCredentials(['cookie', 'a=b']), ['cookie', 'a=b']);
  assert.deepEqual(callerCredentials(['Sec-WebSocket-Protocol', 'v4.channel.k8s.io']), []);
});

const DOUBTFUL: readonly (readonly [what: string, headers: readonly string[]])[] = [
  ['impersonates a user', [...TOKEN, 'Impersonate-User', 'admin']],
  ['impersonates anything at all', [...TOKEN, 'impersonate-extra-scopes', '']],
  [
    'has a token among its protocols',
    ['Sec-Websocket-Protocol', 'x, base64url.bearer.authorization.k8s.io.YQ'],
  ],
  ['has two tokens', [...TOKEN, 'authorization', 'Bearer two']],
  ['has a token and a cookie', [...TOKEN, 'Cookie', 'a=b']],
];

for (const [what, headers] of DOUBTFUL)
  test(`a request that ${what} has no credentials a question could be asked with`, () => {
    assert.equal(callerCredentials(headers), undefined);
  });

test('what only a front proxy may say is left out, and nothing else', () => {
  const headers = ['X-Remote-User', 'admin', ...TOKEN, 'x-remote-extra-scopes', 'all', 'X-Remote', 'stays'];
  assert.deepEqual(withoutFrontProxy(headers), [...TOKEN, 'X-Remote', 'stays']);
});
