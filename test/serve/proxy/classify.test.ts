import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classify, type WatchQuery } from '../../../src/serve/proxy/classify.ts';
import { runs } from '../../support/property-runs.ts';

const KINDS: readonly (readonly [string, string, ReturnType<typeof classify>['kind']])[] = [
  ['GET', '/api/v1/nodes?watch=true', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=1', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=True', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=no', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=00', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=+', 'filtered-watch'],
  ['GET', '/api/v1/nodes?%77atch=1', 'filtered-watch'],
  ['GET', '/api/v1/nodes?&watch=true&timeoutSeconds=290', 'filtered-watch'],
  ['GET', '/api/v1/nodes?a=%zz&watch=1', 'filtered-watch'],
  ['GET', '/api/v1/nodes?a=1;b=2&watch=1', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=true&watch=false', 'filtered-watch'],
  ['GET', '/api/v1/nodes?watch=%zz&watch=1', 'filtered-watch'],
  ['GET', '/api/v1/nodes/?watch=1', 'filtered-watch'],
  ['GET', '/api/v1/%6eodes?watch=1', 'filtered-watch'],
  ['GET', '/api/v1/nodes%2F?watch=1', 'filtered-watch'],
  ['GET', '/api%2Fv1/nodes?watch=1', 'filtered-watch'],
  ['GET', '/api/v1/nodes?fieldSelector=metadata.name%3Da&watch=1', 'filtered-watch'],
  ['GET', '/api/v1/watch/nodes', 'filtered-watch'],
  ['GET', '/api/v1/watch/nodes?watch=false', 'filtered-watch'],
  ['GET', '/api/v1/watch/nodes/', 'filtered-watch'],
  ['GET', '/api/v1/watch/nodes/a', 'filtered-watch'],
  ['GET', '/api/v1/nodes', 'filtered-list'],
  ['GET', '/api/v1/nodes?watch=false', 'filtered-list'],
  ['GET', '/api/v1/nodes?watch=FALSE', 'filtered-list'],
  ['GET', '/api/v1/nodes?watch=0', 'filtered-list'],
  ['GET', '/api/v1/nodes?watch=false&watch=true', 'filtered-list'],
  ['GET', '/api/v1/nodes?watch=true;x', 'filtered-list'],
  ['GET', '/api/v1/nodes?Watch=true', 'filtered-list'],
  ['GET', '/api/v1/nodes?labelSelector=watch%3D1', 'filtered-list'],
  ['GET', '/api/v1/nodes?limit=500&resourceVersion=0', 'filtered-list'],
  ['GET', '/api/v1/nodes?limit=500&continue=abc', 'other'],
  ['GET', '/api/v1/nodes/a', 'other'],
  ['GET', '/api/v1/nodes/a?watch=true', 'other'],
  ['GET', '/api/v1/nodes/a/status?watch=true', 'other'],
  ['GET', '/api/v1/nodes/a/proxy/x?watch=true', 'other'],
  ['GET', '/api/v1/node?watch=1', 'watch'],
  ['GET', '/api/v1/%zz?watch=1', 'other'],
  ['GET', '/api/v1/pods/../nodes?watch=1', 'other'],
  ['GET', '/api\\v1\\nodes?watch=1', 'other'],
  ['GET', '//evil/api/v1/nodes?watch=1', 'other'],
  ['GET', '/healthz?watch=1', 'other'],
  ['GET', '/api?watch=1', 'other'],
  ['GET', '/api/v1?watch=1', 'other'],
  ['GET', '/api/v1/watch', 'other'],
  ['GET', '/apis/apps/v1?watch=1', 'other'],
  ['POST', '/api/v1/nodes?watch=1', 'other'],
  ['HEAD', '/api/v1/nodes?watch=1', 'other'],
  ['get', '/api/v1/nodes?watch=1', 'other'],
  ['GET', '/api/v1/pods?watch=1', 'watch'],
  ['GET', '/api/v2/nodes?watch=1', 'watch'],
  ['GET', '/apis/x.io/v1/nodes?watch=1', 'watch'],
  ['GET', '/apis/apps/v1/deployments?watch=1', 'watch'],
  ['GET', '/apis/apps/v1/deployments', 'other'],
  ['GET', '/api/v1/namespaces?watch=1', 'watch'],
  ['GET', '/api/v1/namespaces/a?watch=1', 'other'],
  ['GET', '/api/v1/namespaces/a/status?watch=1', 'other'],
  ['GET', '/api/v1/namespaces/a/pods?watch=1', 'watch'],
  ['GET', '/api/v1/namespaces/a/pods/b?watch=1', 'other'],
  ['GET', '/api/v1/namespaces/a/nodes?watch=1', 'watch'],
  ['GET', '/api/v1/watch/namespaces/a/pods', 'watch'],
  ['GET', '/apis/apps/v1/watch/deployments', 'watch'],
  ['GET', '/', 'other'],
  ['GET', '', 'other'],
  ['GET', '*', 'other'],
];

for (const [method, target, kind] of KINDS) {
  test(`R1: ${method} ${target} is ${kind}`, () => {
    assert.equal(classify(method, target).kind, kind);
  });
}

function queryOf(target: string): WatchQuery {
  const classified = classify('GET', target);
  assert.ok(classified.kind === 'filtered-watch');
  return classified.query;
}

test('R1: the options of a watch are decoded as Kubernetes does', () => {
  assert.deepEqual(
    queryOf(
      '/api/v1/nodes?allowWatchBookmarks=true&sendInitialEvents=false&resourceVersion=12%33&timeoutSeconds=447' +
        '&resourceVersionMatch=NotOlderThan&labelSelector=a%3Db+c&fieldSelector=metadata.name%3D%C3%A9&watch=true',
    ),
    {
      allowWatchBookmarks: true,
      sendInitialEvents: false,
      resourceVersion: '123',
      resourceVersionMatch: 'NotOlderThan',
      timeoutSeconds: 447,
      labelSelector: 'a=b c',
      fieldSelector: 'metadata.name=é',
    },
  );
});

test('R1: what is absent or malformed is left out, and the first duplicate wins', () => {
  assert.deepEqual(queryOf('/api/v1/nodes?watch=1&timeoutSeconds=abc&resourceVersion=5&resourceVersion=6'), {
    allowWatchBookmarks: false,
    sendInitialEvents: undefined,
    resourceVersion: '5',
    resourceVersionMatch: '',
    timeoutSeconds: undefined,
    labelSelector: '',
    fieldSelector: '',
  });
  assert.equal(queryOf('/api/v1/nodes?watch=1&timeoutSeconds=0').timeoutSeconds, undefined);
  assert.equal(queryOf('/api/v1/nodes?watch=1&sendInitialEvents').sendInitialEvents, true);
});

test('R1: the object named in a legacy path is told', () => {
  const named = classify('GET', '/api/v1/watch/nodes/n%2D1');
  assert.ok(named.kind === 'filtered-watch');
  assert.equal(named.name, 'n-1');
});

test('R27: any method and target is classified without an error', () => {
  const piece = fc.constantFrom(
    '/',
    '//',
    'api',
    'v1',
    'nodes',
    'watch',
    '?',
    '&',
    '=',
    ';',
    '%',
    '%2f',
    '+',
    '..',
    '\\',
  );
  const target = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST', ''), target, (method, raw) => {
      assert.ok(['filtered-watch', 'watch', 'other'].includes(classify(method, raw).kind));
    }),
    runs(2000),
  );
});
