import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedOfHub } from '../../../src/core/hub/asked.ts';
import { NODES } from '../../../src/core/resource/node.ts';

const of = (query: string, accept = 'application/json', path = '/api/v1/nodes') =>
  askedOfHub({ method: 'GET', target: `${path}?${query}` }, accept, NODES);

test('what clients ask for is understood: LISTs, watches of all and of one, in either encoding', () => {
  assert.deepEqual(of('limit=500&resourceVersion=0')?.what, { kind: 'list', freshness: { kind: 'any' } });
  assert.equal(askedOfHub({ method: 'GET', target: '/api/v1/nodes' }, '', NODES)?.codec.name, 'json');
  assert.deepEqual(of('watch=true&resourceVersion=7&timeoutSeconds=300&allowWatchBookmarks=true')?.what, {
    kind: 'watch',
    start: { kind: 'from', resourceVersion: '7' },
    interest: { bookmarks: true, key: undefined },
    timeoutSeconds: 300,
  });
  // As client-go asks.
  const asClientGo = 'allowWatchBookmarks=true&resourceVersion=7&timeout=5m57s&timeoutSeconds=357&watch=true';
  assert.equal(of(asClientGo)?.what.kind, 'watch');
  const one = of('watch=1&resourceVersion=7&fieldSelector=metadata.name%3Dn1');
  assert.equal(one?.attributes.name, 'n1');
  assert.deepEqual(one.what.kind === 'watch' && one.what.interest, { bookmarks: false, key: 'n1' });
  for (const [accept, codec] of [
    ['application/vnd.kubernetes.protobuf, */*', 'protobuf'],
    ['application/json, */*', 'json'],
    ['*/*', 'json'],
    ['application/vnd.kubernetes.protobuf,application/json', 'protobuf'],
  ] as const)
    assert.equal(of('resourceVersion=0', accept)?.codec.name, codec);
});

test('whatever the API server might read in another way is for the API server', () => {
  for (const query of [
    'labelSelector=a',
    'fieldSelector=metadata.name%3Dn1',
    'limit=1',
    'continue=x&resourceVersion=0',
    'resourceVersion=0&pretty=1',
    'resourceVersion=0&timeout=1s',
    'resourceVersion=a',
    'resourceVersion=1&resourceVersionMatch=Exact',
    'watch=1&labelSelector=a',
    'watch=1&fieldSelector=spec.unschedulable%3Dtrue',
    'watch=1&fieldSelector=metadata.name%3Dn1,spec.unschedulable%3Dtrue',
    'watch=1&fieldSelector=metadata.name!%3Dn1',
    'watch=1&resourceVersion=7&limit=5',
    'watch=1&resourceVersion=7&timeoutSeconds=-1',
    'watch=1&resourceVersion=7&timeoutSeconds=x',
    'watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan',
  ])
    assert.equal(of(query), undefined, query);
  for (const accept of [
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    'application/cbor, application/json',
    'application/json;q=0.5,application/vnd.kubernetes.protobuf',
    'text/html',
  ])
    assert.equal(of('resourceVersion=0', accept), undefined, accept);
  for (const path of [
    '/api/v1/nodes/',
    '//api/v1/nodes',
    '/api/v1/watch/nodes',
    '/api/v1/nodes/n1',
    '/api/v1/pods',
  ])
    assert.equal(of('resourceVersion=0', '', path), undefined, path);
  assert.equal(askedOfHub({ method: 'POST', target: '/api/v1/nodes' }, '', NODES), undefined);
});
