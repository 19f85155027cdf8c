import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { ProtobufScanner } from '../../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { stringField } from '../../support/encode.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';

test('a synthesised bookmark is byte for byte what a real API server sends (R17)', () => {
  const recorded = {
    json: jsonFrames(fixture('watch.json')).filter((frame) => frame.includes('"BOOKMARK"')),
    protobuf: protobufFrames(fixture('watch.pb')).filter((frame) => frame.includes('BOOKMARK')),
  };
  for (const encoding of ['json', 'protobuf'] as const) {
    assert.ok(recorded[encoding].length > 0);
    for (const genuine of recorded[encoding]) {
      const resourceVersion = /"resourceVersion":"(\d+)"/.exec(genuine.toString())?.[1] ?? digitsIn(genuine);
      assert.deepEqual(CODECS[encoding].bookmark(NODES, resourceVersion), genuine);
    }
  }
});

test('a resourceVersion of any length keeps all lengths right', () => {
  for (let length = 0; length < 300; length++) {
    const resourceVersion = '9'.repeat(length);
    const bytes = CODECS.protobuf.bookmark(NODES, resourceVersion);
    assert.equal(bytes.readUInt32BE(0), bytes.length - 4);
    assert.ok(bytes.includes(stringField(6, resourceVersion)), `${length}`);
    const scanner = new ProtobufScanner(NODES, planOf('heartbeat'));
    const event = new WatchEvent();
    scanner.scan(bytes, 0, bytes.length, event);
    assert.deepEqual([event.type, event.resourceVersion], ['BOOKMARK', resourceVersion], `${length}`);
  }
});

test('a resourceVersion is opaque: its bytes come back as they were read', () => {
  const bytes = CODECS.protobuf.bookmark(NODES, Buffer.from([0xe9, 0xff]).toString('latin1'));
  assert.ok(bytes.includes(Buffer.from([6 * 8 + 2, 2, 0xe9, 0xff])));
});

/** In a protobuf bookmark the resourceVersion stands before generation (tag `8`), whose value is 0. */
function digitsIn(frame: Buffer): string {
  return /(\d+)8\0/.exec(frame.toString('latin1'))?.[1] ?? '';
}
