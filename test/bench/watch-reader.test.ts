import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WatchReader } from '../../bench/end-to-end/watch-reader.ts';
import { addedFrame } from '../../bench/end-to-end/cluster-frames.ts';
import { BenchFrame, benchNode, heartbeatBytes, markText } from '../../bench/frames.ts';

const ENCODING = 'protobuf';
const PLAN = {
  encoding: ENCODING,
  nodes: 2,
  added: 2,
  warmUp: 2,
  events: 4,
  changeEvery: 2,
  rate: 0,
} as const;
const FRAMES = [0, 1].map((index) => BenchFrame.of('MODIFIED', benchNode(index), ENCODING));

function modified(event: number, change: number): Buffer {
  const frame = FRAMES[event % 2];
  assert.ok(frame);
  return frame.writeTo(Buffer.alloc(2 ** 15), {
    resourceVersion: PLAN.nodes + event,
    mark: markText({ change, sentAt: 1n }),
    heartbeat: heartbeatBytes(ENCODING, event),
  });
}

function readerOf(...frames: readonly Buffer[]): WatchReader {
  const reader = new WatchReader(PLAN);
  for (const frame of [...FRAMES.map((added) => addedFrame(added, ENCODING)), ...frames]) reader.push(frame);
  return reader;
}

describe('the reader of a bench', () => {
  test('is warm with the last change of the warm-up, and counts what comes after', () => {
    assert.equal(readerOf(modified(1, 0)).isWarm, false);
    const reader = readerOf(modified(1, 0), modified(2, 1));
    assert.equal(reader.isWarm, true);
    assert.deepEqual([reader.changes, reader.heartbeats], [0, 0]);
    for (const frame of [modified(3, 0), modified(4, 2), modified(5, 0), modified(6, 3)]) reader.push(frame);
    reader.finish();
    assert.deepEqual([reader.changes, reader.heartbeats, reader.latenciesMs.length], [2, 2, 2]);
  });

  test('refuses events out of order, a change that is missing, and half a frame', () => {
    assert.throws(() => readerOf(modified(2, 1), modified(1, 0)), /event 3 came after 4/);
    assert.throws(() => readerOf(modified(2, 2)), /change 2 came after 0/);
    assert.throws(() => readerOf(modified(2, 1).subarray(0, 100)).finish(), /inside a frame/);
  });
});
