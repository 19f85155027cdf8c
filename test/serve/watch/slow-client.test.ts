/** A client that takes nothing, without sockets: when its stream ends, with what, and how long it is waited for (R11). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { StreamRegistry } from '../../../src/serve/watch/stream-registry.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';
import { FakeResponse, testStream } from '../../support/streams.ts';

/** A response whose client takes what was written, and the end, only when told. */
class StalledResponse extends FakeResponse {
  override end(): void {
    this.at = 'ended';
  }
  takeAll(): void {
    this.writableLength = 0;
    this.emit('finish');
    this.emit('close');
  }
}

const beat = (encoding: TestEncoding, resourceVersion: string, type = 'MODIFIED'): Buffer =>
  frame(encoding, type, node({ metadata: { resourceVersion } }));

function stalled(encoding: TestEncoding = 'json', bookmarks = true) {
  const response = new StalledResponse();
  const made = testStream({
    encoding,
    bookmarks,
    maxQueuedBytes: 1000,
    response,
  });
  made.stream.onData(beat(encoding, '2', 'ADDED'));
  response.writableLength = 500;
  return { ...made, response };
}

for (const encoding of BOTH)
  describe(`a client that has taken nothing for --slow-client-timeout, ${encoding} (R11)`, () => {
    test('is ended: upstream at once, the client with a bookmark behind what waits for it (R17)', () => {
      const { stream, response, causes, aborted } = stalled(encoding);
      stream.onData(beat(encoding, '3'));
      response.emit('timeout');
      assert.equal(aborted(), true);
      assert.deepEqual(causes, ['slow_client']);
      assert.equal(response.at, 'ended');
      assert.deepEqual(
        response.output,
        Buffer.concat([beat(encoding, '2', 'ADDED'), CODECS[encoding].bookmark(NODES, '3')]),
      );
    });

    test('is ended with the held frame where it did not ask for bookmarks (R18)', () => {
      const { stream, response } = stalled(encoding, false);
      stream.onData(beat(encoding, '3'));
      response.emit('timeout');
      assert.deepEqual(response.written.at(-1), beat(encoding, '3'));
    });
  });

describe('a client that takes nothing (R11)', () => {
  test('is not ended while nothing waits for it: the stream is idle', () => {
    const { response, causes } = stalled();
    response.writableLength = 0;
    response.emit('timeout');
    assert.deepEqual(causes, []);
    assert.equal(response.at, 'open');
  });

  test('is ended at once when more waits for it than any allowed event explains (I6)', () => {
    const { stream, response, causes, aborted } = stalled();
    stream.onData(beat('json', '3', 'ADDED'));
    assert.deepEqual(causes, []);
    response.writableLength = 1001;
    stream.onData(beat('json', '4', 'ADDED'));
    assert.deepEqual(causes, ['slow_client']);
    assert.equal(aborted(), true);
    assert.equal(response.at, 'ended');
  });

  test('has five minutes for its last bytes, then its connection is closed', () => {
    const { response, time, causes } = stalled();
    response.emit('timeout');
    // What its socket says again is no news.
    response.emit('timeout');
    time.pass(299_999);
    assert.equal(response.at, 'ended');
    time.pass(1);
    assert.equal(response.at, 'destroyed');
    assert.deepEqual(causes, ['slow_client'], 'it ends once');
    assert.equal(time.running, 0);
  });

  for (const end of ['upstream', 'deadline', 'drain'] as const)
    test(`has no longer than that at any other end either: ${end}`, () => {
      const { stream, response, time } = stalled();
      if (end === 'upstream') stream.onEnd();
      else if (end === 'drain') void stream.drain();
      else time.pass(600_000);
      assert.equal(response.at, 'ended');
      time.pass(300_000);
      assert.equal(response.at, 'destroyed');
    });

  test('leaves no timer behind when it takes its last bytes after all', async () => {
    const { stream, response, time } = stalled();
    response.emit('timeout');
    response.takeAll();
    await stream.left;
    assert.equal(time.running, 0);
    assert.equal(response.at, 'ended');
  });

  test('is in the sum of waiting bytes until they have left, also after the end of its stream (I6)', async () => {
    const streams = new StreamRegistry();
    const { stream, response } = stalled();
    streams.add(stream);
    assert.equal(streams.queuedBytes, 500);
    streams.remove(stream, 'slow_client');
    assert.equal(streams.size, 0);
    assert.equal(streams.queuedBytes, 500);
    response.takeAll();
    response.writableLength = 500;
    await stream.left;
    assert.equal(streams.queuedBytes, 0, 'it is not asked any more');
  });
});
