import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrantCache, grantKey } from '../../../src/core/grant/grant-cache.ts';
import type { RequestAttributes } from '../../../src/core/request/request-attributes.ts';

const NODES: RequestAttributes = {
  verb: 'list',
  group: 'g',
  version: 'v1',
  resource: 'nodes',
  subresource: 's',
  namespace: 'ns',
  name: 'n',
  labelSelector: 'l',
  fieldSelector: 'f',
};
const TOKEN = ['authorization', 'Bearer one'];

test('every attribute and every byte of the credentials is in the key', () => {
  const others: readonly [RequestAttributes, readonly string[]][] = [
    ...Object.keys(NODES).map((field): [RequestAttributes, readonly string[]] => [
      { ...NODES, [field]: field === 'verb' ? 'watch' : '' },
      TOKEN,
    ]),
    // What one attribute ends with is not what the next begins with.
    [{ ...NODES, resource: 'node', subresource: 'ss' }, TOKEN],
    [{ ...NODES, labelSelector: 'f', fieldSelector: 'l' }, TOKEN],
    [NODES, ['authorization', 'Bearer one ']],
    [NODES, ['authorization', 'Bearer two']],
    [NODES, ['cookie', 'Bearer one']],
    [NODES, []],
  ];
  const keys = others.map(([attributes, credentials]) => grantKey(attributes, credentials));
  assert.equal(new Set([grantKey(NODES, TOKEN), ...keys]).size, others.length + 1);
});

test('no credentials can be read back from a key', () => {
  assert.doesNotMatch(grantKey(NODES, TOKEN), /one|Bearer/);
});

test('a grant lasts from the moment its question left', () => {
  const cache = new GrantCache({ maxGrants: 10, ttlMs: 10_000 });
  cache.allow('a', 500);
  assert.equal(cache.allowedAt('a', 10_499), 500);
  assert.equal(cache.allowedAt('a', 10_500), undefined);
});

test('grants are bounded: those asked first go first, and so do those that have run out', () => {
  const cache = new GrantCache({ maxGrants: 3, ttlMs: 100 });
  for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) cache.allow(key, at);
  assert.equal(cache.size, 3);
  assert.equal(cache.allowedAt('a', 5), undefined);
  cache.allow('e', 200);
  assert.equal(cache.size, 1);
});

test('what was asked again is not taken for the oldest', () => {
  const cache = new GrantCache({ maxGrants: 2, ttlMs: 100 });
  cache.allow('a', 0);
  cache.allow('b', 1);
  cache.allow('a', 2);
  cache.allow('c', 3);
  assert.equal(cache.allowedAt('b', 4), undefined);
  assert.equal(cache.allowedAt('a', 4), 2);
});

test('what was refused since is forgotten', () => {
  const cache = new GrantCache({ maxGrants: 2, ttlMs: 100 });
  cache.allow('a', 0);
  cache.forget('a');
  assert.equal(cache.allowedAt('a', 1), undefined);
});
