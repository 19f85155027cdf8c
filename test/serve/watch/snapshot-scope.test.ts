/** Who may begin with what another has seen: only who sees the same objects, in the same parts (I2, R16). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { metadataOnly } from '../../../src/core/resource/metadata-only.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { scopeKey, type SnapshotScope } from '../../../src/serve/watch/snapshot-scope.ts';

const SCOPE: SnapshotScope = {
  resource: LEASES,
  namespace: '',
  name: '',
  labelSelector: '',
  fieldSelector: '',
  encoding: 'json',
  viewer: '',
  projection: 'p',
};

test('each part of a scope makes it another one', () => {
  const others: Partial<SnapshotScope>[] = [
    { resource: NODES },
    { resource: { ...LEASES, group: 'x.io' } },
    { resource: { ...LEASES, version: 'v1beta1' } },
    { resource: metadataOnly(LEASES) },
    { namespace: 'red' },
    { namespace: 'blue' },
    { name: 'red' },
    { labelSelector: 'red' },
    { fieldSelector: 'red' },
    { encoding: 'protobuf' },
    { viewer: 'red' },
    { projection: 'red' },
  ];
  const keys = [SCOPE, ...others.map((other) => ({ ...SCOPE, ...other }))].map(scopeKey);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(scopeKey({ ...SCOPE }), keys[0]);
});
