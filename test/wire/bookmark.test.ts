import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBookmark } from '../../src/wire/bookmark.ts';
import { fixture, jsonFrames, protobufFrames } from '../support/fixtures.ts';

test('a synthesised bookmark is byte for byte what a real API server sends (R17)', () => {
  const recorded = {
    json: jsonFrames(fixture('watch.json')).filter((frame) => frame.includes('"BOOKMARK"')),
    protobuf: protobufFrames(fixture('watch.pb')).filter((frame) => frame.includes('BOOKMARK')),
  };
  for (const encoding of ['json', 'protobuf'] as const) {
    assert.ok(recorded[encoding].length > 0);
    for (const genuine of recorded[encoding]) {
      const resourceVersion = /"resourceVersion":"(\d+)"/.exec(genuine.toString())?.[1] ?? digitsIn(genuine);
      assert.deepEqual(encodeBookmark(encoding, resourceVersion), genuine);
    }
  }
});

test('a long resourceVersion keeps all lengths right', () => {
  const long = '9'.repeat(200);
  const bytes = encodeBookmark('protobuf', long);
  assert.equal(bytes.readUInt32BE(0), bytes.length - 4);
  assert.ok(bytes.includes(long));
});

/** In a protobuf bookmark the resourceVersion stands before generation (tag `8`), whose value is 0. */
function digitsIn(frame: Buffer): string {
  return /(\d+)8\0/.exec(frame.toString('latin1'))?.[1] ?? '';
}
