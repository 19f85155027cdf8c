import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { fixture } from '../../support/fixtures.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';
import { testStream } from '../../support/streams.ts';

/** A Node at this resourceVersion, unchanged in all that the metallb preset reads. */
const beat = (encoding: TestEncoding, resourceVersion: number, type = 'MODIFIED', name = 'node-1'): Buffer =>
  frame(encoding, type, node({ metadata: { name, resourceVersion: String(resourceVersion) } }));

for (const encoding of BOTH)
  describe(`a client that asked for bookmarks, ${encoding} (R17)`, () => {
    const open = () => {
      const made = testStream({ encoding, bookmarks: true, maxLagMs: 10_000 });
      made.stream.onData(beat(encoding, 2, 'ADDED'));
      made.response.written.length = 0;
      return made;
    };

    test('gets one with the last swallowed resourceVersion when the interval is over, and no other', () => {
      const { stream, response, time } = open();
      stream.onData(beat(encoding, 3));
      time.pass(4000);
      stream.onData(beat(encoding, 4));
      time.pass(5999);
      assert.equal(response.output.length, 0);
      time.pass(1);
      assert.deepEqual(response.output, CODECS[encoding].bookmark(NODES, '4'));
      time.pass(60_000);
      assert.equal(response.written.length, 1, 'nothing was swallowed since');
    });

    test('gets none after something newer was forwarded', () => {
      const { stream, response, time } = open();
      stream.onData(beat(encoding, 3));
      stream.onData(beat(encoding, 4, 'ADDED', 'node-2'));
      time.pass(60_000);
      assert.deepEqual(response.output, beat(encoding, 4, 'ADDED', 'node-2'));
    });

    test('is at most one interval behind, also when something is forwarded in between', () => {
      const { stream, response, time } = open();
      stream.onData(beat(encoding, 3));
      time.pass(5000);
      stream.onData(beat(encoding, 4, 'ADDED', 'node-2'));
      time.pass(1000);
      stream.onData(beat(encoding, 5));
      response.written.length = 0;
      time.pass(9999);
      assert.equal(response.output.length, 0);
      time.pass(1);
      assert.deepEqual(response.output, CODECS[encoding].bookmark(NODES, '5'));
    });

    test('gets one before the end of the stream', () => {
      for (const end of ['upstream', 'error', 'deadline', 'drain'] as const) {
        const { stream, response, time, releases } = open();
        stream.onData(beat(encoding, 3));
        if (end === 'upstream') stream.onEnd();
        else if (end === 'error') stream.onError(Object.assign(new Error('reset'), { code: 'reset' }));
        else if (end === 'drain') void stream.drain();
        else {
          stream.onData(beat(encoding, 3));
          time.pass(600_000);
        }
        assert.deepEqual(response.written.at(-1), CODECS[encoding].bookmark(NODES, '3'), end);
        assert.equal(response.at, 'ended');
        assert.deepEqual(releases, ['bookmark']);
        assert.equal(time.running, 0, 'no timer is left');
      }
    });

    test('gets none while its socket is full, and one as soon as it is not', () => {
      const { stream, response, time } = open();
      response.writableNeedDrain = true;
      stream.onData(beat(encoding, 3));
      time.pass(30_000);
      assert.equal(response.output.length, 0);
      response.writableNeedDrain = false;
      time.pass(1000);
      assert.deepEqual(response.output, CODECS[encoding].bookmark(NODES, '3'));
    });
  });

for (const encoding of BOTH)
  describe(`a client that did not ask for bookmarks, ${encoding} (R18)`, () => {
    const open = () => {
      const made = testStream({ encoding, bookmarks: false, maxLagMs: 20_000 });
      made.stream.onData(beat(encoding, 2, 'ADDED'));
      made.response.written.length = 0;
      return made;
    };

    test('gets the held frame, byte for byte, when its age is reached; never a bookmark', () => {
      const { stream, response, time, releases } = open();
      const held = beat(encoding, 4);
      // In chunks that cut the frames, whose memory is then used for something else (I8).
      const bytes = Buffer.concat([beat(encoding, 3), held, held.subarray(0, 10)]);
      for (const part of [bytes.subarray(0, 30), bytes.subarray(30, 500), bytes.subarray(500)]) {
        const borrowed = Buffer.from(part);
        stream.onData(borrowed);
        borrowed.fill(0);
      }
      time.pass(20_000);
      assert.deepEqual(response.output, held);
      assert.deepEqual(releases, ['held_frame']);
    });

    test('gets it at the end of the stream', () => {
      const { stream, response } = open();
      stream.onData(beat(encoding, 3));
      stream.onEnd();
      assert.deepEqual(response.output, beat(encoding, 3));
    });

    test('gets no ghost: the held frame is dropped when its node is deleted', () => {
      const { stream, response, time } = open();
      stream.onData(beat(encoding, 3));
      stream.onData(beat(encoding, 4, 'DELETED'));
      time.pass(60_000);
      stream.onEnd();
      assert.deepEqual(response.output, beat(encoding, 4, 'DELETED'));
    });

    test('goes on from a held frame that was released: the same state is still a no-op', () => {
      const { stream, response, time } = open();
      stream.onData(beat(encoding, 3));
      time.pass(20_000);
      response.written.length = 0;
      stream.onData(beat(encoding, 4));
      assert.equal(response.output.length, 0);
    });
  });

test('before the initial events are over nothing is added, whatever time passes (R20)', () => {
  const bytes = fixture('watchlist.json');
  const { stream, response, time } = testStream({ phase: 'until-bookmark', resourceVersion: '' });
  const upTo = bytes.indexOf('"BOOKMARK"') - 20;
  stream.onData(bytes.subarray(0, upTo));
  time.pass(120_000);
  stream.onEnd();
  const frames = response.output.toString().trimEnd().split('\n');
  assert.ok(frames.every((line) => line.startsWith('{"type":"ADDED"')));
});

test('observing adds nothing (R21)', () => {
  const { stream, response, time, releases } = testStream({
    filter: { mode: 'observe', projection: projectionOf('metallb') },
  });
  stream.onData(beat('json', 2, 'ADDED'));
  stream.onData(beat('json', 3));
  time.pass(120_000);
  stream.onEnd();
  assert.deepEqual(response.output, Buffer.concat([beat('json', 2, 'ADDED'), beat('json', 3)]));
  assert.deepEqual(releases, []);
});

test('inside a frame that is passed on in parts nothing is put in', () => {
  const { stream, response, time } = testStream({ maxFrameBytes: 1000 });
  const large = frame('json', 'MODIFIED', node({ metadata: { annotations: { a: 'x'.repeat(5000) } } }));
  const bytes = Buffer.concat([beat('json', 2, 'ADDED'), beat('json', 3), large]);
  stream.onData(bytes.subarray(0, -100));
  time.pass(60_000);
  stream.onData(bytes.subarray(-100));
  assert.deepEqual(response.output, Buffer.concat([beat('json', 2, 'ADDED'), large]));
});

describe('ends (R9, R12)', () => {
  test('a stream that upstream does not end is ended by its deadline, cleanly', () => {
    const { stream, response, time, causes, aborted } = testStream({ deadlineMs: 330_000 });
    stream.onData(beat('json', 2, 'ADDED'));
    time.pass(329_999);
    assert.deepEqual(causes, []);
    time.pass(1);
    assert.deepEqual(causes, ['deadline']);
    assert.equal(aborted(), true);
    assert.equal(response.at, 'ended');
    stream.onData(beat('json', 3));
    stream.onEnd();
    assert.deepEqual(causes, ['deadline'], 'it ends once');
  });

  test('a client that goes away leaves no timer behind, and nothing is written to it', () => {
    const { stream, response, time, causes, aborted } = testStream();
    stream.onData(beat('json', 2, 'ADDED'));
    stream.onData(beat('json', 3));
    response.at = 'destroyed';
    response.emit('close');
    assert.deepEqual(causes, ['client_gone']);
    assert.equal(aborted(), true);
    assert.equal(time.running, 0);
  });

  test('a connection that no longer answers PINGs has a cause of its own', () => {
    const { stream, causes } = testStream();
    stream.onError(Object.assign(new Error('dead'), { code: 'dead' }));
    assert.deepEqual(causes, ['upstream_dead']);
  });
});
