import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addedFrame, listBody } from '../../bench/end-to-end/cluster-frames.ts';
import {
  BenchFrame,
  benchNode,
  heartbeatBytes,
  markText,
  readMark,
  readResourceVersion,
  readSentAt,
  resourceVersion,
} from '../../bench/frames.ts';
import { ENCODERS } from '../../src/lab/simulator/encoding.ts';
import { withResourceVersion } from '../../src/lab/simulator/api-object.ts';
import { withHeartbeat } from '../../src/lab/simulator/node-changes.ts';

const MARK = { change: 12, sentAt: 345n };

for (const encoding of ['json', 'protobuf'] as const)
  describe(encoding, () => {
    const node = benchNode(3);
    const frame = BenchFrame.of('MODIFIED', node, encoding);

    test('a patched frame is byte for byte the frame that a heartbeat would have', () => {
      const changed = withHeartbeat(benchNode(3, MARK), '2026-01-02T03:04:12Z');
      const wanted = withResourceVersion(changed, resourceVersion(77));
      const patched = frame.writeTo(Buffer.alloc(2 ** 15), {
        resourceVersion: 77,
        mark: markText(MARK),
        heartbeat: heartbeatBytes(encoding, 7),
      });
      assert.ok(patched.equals(ENCODERS[encoding].frame('MODIFIED', wanted)));
      assert.deepEqual(
        [readResourceVersion(patched), readMark(patched), readSentAt(patched)],
        [77, 12, 345n],
      );
    });

    test('a frame keeps its bytes when it is patched into others', () => {
      const before = Buffer.from(frame.bytes);
      frame.writeTo(Buffer.alloc(2 ** 15), {
        resourceVersion: 5,
        mark: undefined,
        heartbeat: heartbeatBytes(encoding, 1),
      });
      assert.ok(frame.bytes.equals(before));
    });

    test('an ADDED frame is what the API server would send', () => {
      assert.ok(addedFrame(frame, encoding).equals(ENCODERS[encoding].frame('ADDED', node)));
    });

    test('a Node is as large as one with 50 images', () => {
      const { length } = frame.bytes;
      assert.ok(length > 16_000 && length < 20_000, `${length} bytes`);
    });

    test('a list in gzip is smaller, and made once', () => {
      const gzip = listBody(encoding, 3, true);
      assert.ok(gzip.length < listBody(encoding, 3, false).length / 2);
      assert.equal(listBody(encoding, 3, true), gzip);
    });
  });
