/** Expected attributes follow requestinfo.go of the API server 1.37, and authorization.go, which hands them on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, type RequestAttributes } from '../../../src/core/request/request-attributes.ts';
import { NODES } from '../../support/nodes-asked.ts';

const LEASES: RequestAttributes = {
  ...NODES,
  group: 'coordination.k8s.io',
  resource: 'leases',
  namespace: 'kube-node-lease',
};

const READ: readonly [target: string, attributes: RequestAttributes][] = [
  ['/api/v1/nodes', NODES],
  ['/api/v1/nodes?watch=1', { ...NODES, verb: 'watch' }],
  ['/api/v1/nodes?watch=TRUE&watch=0', { ...NODES, verb: 'watch' }],
  ['/api/v1/nodes?watch=False', NODES],
  ['/api/v1/nodes?limit=500&timeoutSeconds=30', NODES],
  ['/api/v1/n%6fdes', NODES],
  ['/api/v1/nodes?labelSelector=a%3Db', { ...NODES, labelSelector: 'a=b' }],
  [
    '/api/v1/nodes?fieldSelector=metadata.name%3Dn1',
    { ...NODES, name: 'n1', fieldSelector: 'metadata.name=n1' },
  ],
  [
    '/api/v1/nodes?watch=1&fieldSelector=metadata.name==n1,spec.unschedulable=true',
    { ...NODES, verb: 'watch', name: 'n1', fieldSelector: 'metadata.name==n1,spec.unschedulable=true' },
  ],
  ['/api/v1/nodes?fieldSelector=metadata.name!=n1', { ...NODES, fieldSelector: 'metadata.name!=n1' }],
  [
    '/api/v1/nodes?fieldSelector=spec.x=metadata.name=n1',
    { ...NODES, fieldSelector: 'spec.x=metadata.name=n1' },
  ],
  ['/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', LEASES],
  [
    '/apis/coordination.k8s.io/v1/watch/namespaces/kube-node-lease/leases/n1',
    { ...LEASES, verb: 'watch', name: 'n1' },
  ],
  // Not by the deprecated paths: neither a name nor selectors count there.
  ['/api/v1/watch/nodes?fieldSelector=metadata.name=n1&labelSelector=a', { ...NODES, verb: 'watch' }],
  ['/api/v1/namespaces', { ...NODES, resource: 'namespaces' }],
];

for (const [target, attributes] of READ)
  test(`the authorizer is told of ${target} as the API server tells it`, () => {
    assert.deepEqual(attributesOf('GET', target), attributes);
  });

const DOUBTFUL: readonly string[] = [
  '/api/v1/nodes/n1',
  '/api/v1/nodes/n1/status',
  '/api/v1/namespaces/x',
  '/api/v1/watch/namespaces/x',
  '/api/v1/proxy/nodes/n1',
  '/api/v1',
  '/version',
  '//api/v1/nodes',
  '/api/v1/nodes?limit=many',
  '/api/v1/nodes?timeoutSeconds=',
  '/api/v1/nodes?fieldSelector=metadata.name',
  '/api/v1/nodes?fieldSelector=metadata.name=',
  '/api/v1/nodes?fieldSelector=metadata.name=..',
  '/api/v1/nodes?fieldSelector=metadata.name=a%2Fb',
  '/api/v1/nodes?fieldSelector=metadata.name=a,metadata.name=b',
  '/api/v1/nodes?fieldSelector=metadata.name=a%5C,b',
  '/api/v1/nodes?fieldSelector=metadata.name=a&labelSelector=b',
  '/api/v1/nodes?fieldSelector=metadata.name=a%FF',
  '/api/v1/nodes?labelSelector=%FE',
  `/api/v1/nodes?labelSelector=${'a'.repeat(8192)}`,
];

for (const target of DOUBTFUL)
  test(`no question is asked about ${target.slice(0, 80)}`, () => {
    assert.equal(attributesOf('GET', target), undefined);
  });

test('no question is asked about any other method', () => {
  for (const method of ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    assert.equal(attributesOf(method, '/api/v1/nodes'), undefined);
});
