/** The LIST in a watch's name: the same objects, the same authority, nothing of our own (R22, I7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { listRequestOf } from '../../../src/serve/watch/list-request.ts';
import { metadataOnly } from '../../../src/core/resource/metadata-only.ts';
import { RESOURCES } from '../../../src/core/resource/resources.ts';
import { classify, type FilteredWatch } from '../../../src/serve/proxy/classify.ts';

function filtered(target: string): FilteredWatch {
  const classified = classify('GET', target, RESOURCES);
  if (classified.kind !== 'filtered-watch') assert.fail(`${target} is no filtered watch`);
  return classified;
}

const requestOf = (
  target: string,
  rawHeaders: readonly string[] = [],
  encoding: 'json' | 'protobuf' = 'json',
) => listRequestOf({ classified: filtered(target), rawHeaders, codec: CODECS[encoding] });

test('R22: selectors are those of the watch, whatever else it asked for', () => {
  assert.equal(requestOf('/api/v1/nodes?watch=1&resourceVersion=5').target, '/api/v1/nodes?');
  const selected =
    '/api/v1/watch/nodes?labelSelector=a%3Db%2Cc+in+(d)&timeoutSeconds=9&fieldSelector=x%3D%26';
  assert.equal(
    requestOf(selected).target,
    '/api/v1/nodes?labelSelector=a%3Db%2Cc%20in%20(d)&fieldSelector=x%3D%26&',
  );
});

test('R22: a name in the path becomes the selector that the API server makes of it', () => {
  assert.equal(
    requestOf('/api/v1/watch/nodes/node-1').target,
    '/api/v1/nodes?fieldSelector=metadata.name%3Dnode-1&',
  );
  const both = '/api/v1/watch/nodes/node-1?fieldSelector=metadata.name%3Dnode-1';
  assert.equal(requestOf(both).target, '/api/v1/nodes?fieldSelector=metadata.name%3Dnode-1&');
});

test('R22: what lies in a namespace is listed there', () => {
  const group = '/apis/coordination.k8s.io/v1';
  const { target, resource } = requestOf(`${group}/namespaces/red/leases?watch=1`);
  assert.equal(target, `${group}/namespaces/red/leases?`);
  assert.equal(resource.kind, 'Lease');
  assert.equal(requestOf(`${group}/leases?watch=1`).target, `${group}/leases?`);
  assert.equal(
    requestOf(`${group}/watch/namespaces/r%3Fd/leases/a`).target,
    `${group}/namespaces/r%3Fd/leases?fieldSelector=metadata.name%3Da&`,
  );
});

test('I7: credentials are those of the watch, each header as often as it came; nothing else of it is told', () => {
  const raw = [
    ...['Host', 'localhost', 'Authorization', 'Bearer abc', 'Impersonate-User', 'jane'],
    ...['Impersonate-Group', 'a,b', 'Impersonate-Group', 'c', 'Cookie', 'proxy=1', 'X-Remote-User', 'jane'],
    ...['Accept', 'application/json;as=Table', 'Accept-Encoding', 'gzip', 'User-Agent', 'speaker/1'],
    ...[
      'Content-Length',
      '0',
      'If-None-Match',
      '"x"',
      'Connection',
      'X-Hop',
      'X-Hop',
      '1',
      'Range',
      'bytes=1-',
    ],
  ];
  const carried = [
    ...['Authorization', 'Bearer abc', 'Impersonate-User', 'jane'],
    ...['Impersonate-Group', 'a,b', 'Impersonate-Group', 'c', 'Cookie', 'proxy=1', 'X-Remote-User', 'jane'],
  ];
  const own = (accept: string) => [
    'Accept',
    accept,
    'Accept-Encoding',
    'identity',
    'User-Agent',
    'watchsieve',
  ];
  const target = '/api/v1/nodes?watch=1';
  assert.deepEqual(requestOf(target, raw).headers, [...carried, ...own('application/json')]);
  const protobuf = 'application/vnd.kubernetes.protobuf';
  assert.deepEqual(requestOf(target, raw, 'protobuf').headers, [...carried, ...own(protobuf)]);
  // A watch without credentials is verified without any.
  assert.deepEqual(requestOf(target).headers, own('application/json'));
});

test('R22: a watch of metadata is checked against a list of metadata', () => {
  const watch = filtered('/api/v1/nodes?watch=1');
  const accepted = (encoding: 'json' | 'protobuf'): string[] => {
    const classified = { ...watch, resource: metadataOnly(watch.resource) };
    const { headers, target } = listRequestOf({ classified, rawHeaders: [], codec: CODECS[encoding] });
    assert.equal(target, '/api/v1/nodes?');
    return headers.slice(0, 2);
  };
  const as = ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  assert.deepEqual(accepted('json'), ['Accept', `application/json${as}`]);
  assert.deepEqual(accepted('protobuf'), ['Accept', `application/vnd.kubernetes.protobuf${as}`]);
});
