import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodingOf } from '../../src/wire/encoding.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf;stream=watch';

test('only what there is a scanner for is read, plain or in gzip; everything else is opaque (R13, I1)', () => {
  const cases = [
    [JSON_TYPE, '', 'json', false],
    [JSON_TYPE, 'identity', 'json', false],
    [`${JSON_TYPE}; charset=utf-8`, '', 'json', false],
    [JSON_TYPE, 'gzip', 'json', true],
    [JSON_TYPE, ' GZIP ', 'json', true],
    [PROTOBUF_TYPE, '', 'protobuf', false],
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
    assert.deepEqual(encodingOf(type, coding), { encoding, isGzipped }, `${type} ${coding}`);
});
