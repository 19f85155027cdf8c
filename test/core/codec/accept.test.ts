import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedBy } from '../../../src/core/codec/accept.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const AS = ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

test('what a client asks for is the first of what it likes best that there is a serializer for', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['', 'json', false],
    ['*/*', 'json', false],
    [JSON_TYPE, 'json', false],
    [`${PROTOBUF}, */*`, 'protobuf', false],
    [`${PROTOBUF},${JSON_TYPE}`, 'protobuf', false],
    // client-go's metadata client, for watches and for lists; controller-runtime's is the same.
    [`${PROTOBUF}${AS},${JSON_TYPE}${AS},${JSON_TYPE}`, 'protobuf', true],
    [`${PROTOBUF}${AS.replace('data;', 'dataList;')},${JSON_TYPE}`, 'protobuf', true],
    // kube-rs.
    [`${JSON_TYPE}${AS}`, 'json', true],
    [`Application/JSON ; as=PartialObjectMetadata; v=v1 ; g=meta.k8s.io`, 'json', true],
    // A name in another case is another name.
    [`${JSON_TYPE};as=partialobjectmetadata;g=meta.k8s.io;v=v1`, 'json', false],
    [`${JSON_TYPE};as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1`, 'json', false],
    [`${JSON_TYPE};as=PartialObjectMetadata`, 'json', false],
    [`${JSON_TYPE};as=Table;v=v1;g=meta.k8s.io,${JSON_TYPE}`, 'json', false],
    [`${JSON_TYPE};q=0.5${AS},${PROTOBUF};q=0.9`, 'protobuf', false],
    [`${JSON_TYPE};q=0${AS},${PROTOBUF}`, 'protobuf', false],
    [`${JSON_TYPE};q=0.9,application/cbor;q=1`, 'json', false],
    ['application/cbor', 'opaque', false],
    ['constructor, __proto__', 'opaque', false],
    [',;=,;;;', 'opaque', false],
  ];
  for (const [accept, encoding, isMetadataOnly] of cases) {
    const asked = askedBy(accept);
    assert.deepEqual(
      [asked.codec?.name ?? 'opaque', asked.isMetadataOnly],
      [encoding, isMetadataOnly],
      accept,
    );
  }
});
