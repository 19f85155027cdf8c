import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NODES } from '../../../src/core/resource/node.ts';
import { CODECS, listCodecOf, watchCodingOf } from '../../../src/core/codec/codecs.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf;stream=watch';

test('only what there is a scanner for is read, plain or in gzip; everything else is opaque (R13, I1)', () => {
  const cases = [
    [JSON_TYPE, '', 'json', false],
    [JSON_TYPE, 'identity', 'json', false],
    [`${JSON_TYPE}; charset=utf-8`, '', 'json', false],
    [JSON_TYPE, 'gzip', 'json', true],
    [JSON_TYPE, ' GZIP ', 'json', true],
    [' Application/JSON ;charset=utf-8', '', 'json', false],
    ['application/json-seq', '', 'opaque', false],
    ['text/plain; application/json', '', 'opaque', false],
    [PROTOBUF_TYPE, '', 'protobuf', false],
    ['application/vnd.kubernetes.protobuf ; charset=x ; Stream=Watch', '', 'protobuf', false],
    ['application/cbor;stream=watch', '', 'opaque', false],
    ['', '', 'opaque', false],
    [PROTOBUF_TYPE, 'gzip', 'protobuf', true],
    ['application/vnd.kubernetes.protobuf', '', 'opaque', false],
    [JSON_TYPE, 'deflate', 'opaque', false],
    [JSON_TYPE, 'br', 'opaque', false],
    [JSON_TYPE, 'gzip,gzip', 'opaque', false],
    [JSON_TYPE, 'gzip,br', 'opaque', false],
    // Not decoded either: its Content-Encoding stays true.
    ['application/cbor-seq', 'gzip', 'opaque', false],
    [undefined, 'gzip', 'opaque', false],
    [undefined, '', 'opaque', false],
  ] as const;
  for (const [type, coding, encoding, isGzipped] of cases)
    assert.deepEqual(
      watchCodingOf(type, coding, NODES),
      { codec: encoding === 'opaque' ? undefined : CODECS[encoding], isGzipped },
      `${type} ${coding}`,
    );
});

test('a list is read in JSON or protobuf, whatever the parameters of its type (R16)', () => {
  const cases = [
    ['application/json', 'json'],
    [' Application/JSON ; charset=utf-8', 'json'],
    ['application/vnd.kubernetes.protobuf', 'protobuf'],
    ['application/vnd.kubernetes.protobuf;as=Table', 'protobuf'],
    ['application/cbor', undefined],
    ['text/html; application/json', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const;
  for (const [type, encoding] of cases) assert.equal(listCodecOf(type, NODES)?.name, encoding, type);
});
