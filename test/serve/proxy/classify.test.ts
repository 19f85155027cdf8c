import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameOf } from '../../../src/core/resource/resource.ts';
import { RESOURCES } from '../../../src/core/resource/resources.ts';
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

test('a resource is known by its group, version and plural, and by whether its objects lie in namespaces', () => {
  const sieved = (target: string): string => {
    const found = classify('GET', target, RESOURCES);
    return 'resource' in found
      ? `${found.kind} ${nameOf(found.resource)} in "${found.namespace}" ${'name' in found ? found.name : ''}`
      : found.kind;
  };
  const group = '/apis/coordination.k8s.io/v1';
  for (const [target, is] of [
    [`${group}/leases`, 'filtered-list leases.coordination.k8s.io in "" '],
    [`${group}/leases?watch=1`, 'filtered-watch leases.coordination.k8s.io in "" '],
    [`${group}/namespaces/red/leases`, 'filtered-list leases.coordination.k8s.io in "red" '],
    [`${group}/namespaces/r%65d/leases/?watch=1`, 'filtered-watch leases.coordination.k8s.io in "red" '],
    [`${group}/watch/leases`, 'filtered-watch leases.coordination.k8s.io in "" '],
    [`${group}/watch/namespaces/red/leases`, 'filtered-watch leases.coordination.k8s.io in "red" '],
    [`${group}/watch/namespaces/red/leases/a`, 'filtered-watch leases.coordination.k8s.io in "red" a'],
    ['/api/v1/nodes?watch=1', 'filtered-watch nodes in "" '],
    [`${group}/namespaces/red/leases/a?watch=1`, 'other'],
    [`${group}/namespaces/red/leases/a/status?watch=1`, 'other'],
    [`${group}/namespaces/red/leases?continue=x`, 'other'],
    // No object that lies in a namespace can be named without it, nor a Node with one.
    [`${group}/watch/leases/a`, 'watch'],
    [`${group}/namespaces//leases?watch=1`, 'watch'],
    ['/api/v1/namespaces/red/nodes?watch=1', 'watch'],
    ['/api/v1/namespaces/red/nodes', 'other'],
    ['/apis/coordination.k8s.io/v1beta1/leases?watch=1', 'watch'],
    ['/apis/x.io/v1/leases?watch=1', 'watch'],
    ['/api/v1/leases?watch=1', 'watch'],
    [`/${group}/leases?watch=1`, 'watch'],
  ] as const)
    assert.equal(sieved(target), is, target);
  for (const target of [`${group}/leases?watch=1`, `${group}/namespaces/red/leases?watch=1`])
    assert.equal(classify('GET', target).kind, 'watch', 'what is sieved is Nodes');
  assert.equal(classify('GET', `${group}/leases`).kind, 'other');
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
