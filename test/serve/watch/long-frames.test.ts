/** What is kept of long frames is drawn from the budget; without room for it they pass as they come (I1, I6). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FREE_FRAME_BYTES } from '../../../src/core/codec/frame-splitter.ts';
import { ByteBudget } from '../../../src/core/limits/byte-budget.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';
import { testStream } from '../../support/streams.ts';

const CHUNK_BYTES = 16 * 1024;
const LONG = 'x'.repeat(4 * FREE_FRAME_BYTES);

const event = (encoding: TestEncoding, type: string, resourceVersion: string, noise = ''): Buffer =>
  frame(encoding, type, node({ metadata: { resourceVersion, annotations: { noise } } }));

function chunksOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES));
}

for (const encoding of BOTH)
  describe(`a long frame in pieces, ${encoding}`, () => {
    const first = event(encoding, 'ADDED', '2');
    const long = event(encoding, 'MODIFIED', '3', LONG);

    test('is judged where there is room for it, which is given back', () => {
      const budget = new ByteBudget(8 * LONG.length);
      const { stream, response } = testStream({ encoding, budget });
      stream.onData(first);
      const known = budget.held;
      let most = 0;
      for (const chunk of chunksOf(long)) {
        stream.onData(chunk);
        most = Math.max(most, budget.held);
      }
      assert.ok(most >= known + LONG.length, `${most} bytes`);
      assert.equal(budget.held, known);
      assert.deepEqual(response.output, first);
    });

    test('passes unseen where there is none, byte for byte, and what comes next is judged again', () => {
      const budget = new ByteBudget(FREE_FRAME_BYTES);
      const { stream, response } = testStream({ encoding, budget });
      // Of the node of the long frame nothing is known from there on: the first event behind it goes out.
      const behind = [event(encoding, 'MODIFIED', '4'), event(encoding, 'MODIFIED', '5')];
      const all = [first, ...chunksOf(long), ...behind];
      for (const chunk of all) {
        stream.onData(chunk);
        assert.ok(budget.held <= budget.limit);
      }
      assert.deepEqual(response.output, Buffer.concat(all.slice(0, -1)));
    });

    test('gives all back when its stream ends', () => {
      const budget = new ByteBudget(8 * LONG.length);
      const { stream, response } = testStream({ encoding, budget });
      for (const chunk of chunksOf(long).slice(0, -1)) stream.onData(chunk);
      assert.ok(budget.held > FREE_FRAME_BYTES);
      stream.giveWay();
      response.emit('close');
      assert.equal(budget.held, 0);
    });
  });

for (const encoding of BOTH)
  describe(`a long frame that is held back, ${encoding}`, () => {
    const first = event(encoding, 'ADDED', '2', LONG);
    const second = event(encoding, 'MODIFIED', '3', LONG);

    test('is held where there is room for it, which is given back when it goes out', () => {
      const budget = new ByteBudget(8 * LONG.length);
      const { stream, response, time } = testStream({ encoding, budget, bookmarks: false, maxLagMs: 10_000 });
      stream.onData(first);
      const known = budget.held;
      stream.onData(second);
      assert.ok(budget.held >= known + LONG.length, `${budget.held} bytes`);
      assert.deepEqual(response.output, first);
      time.pass(10_000);
      assert.equal(budget.held, known);
      assert.deepEqual(response.output, Buffer.concat([first, second]));
    });

    test('goes out at once where there is none', () => {
      const budget = new ByteBudget(FREE_FRAME_BYTES);
      const { stream, response, releases } = testStream({ encoding, budget, bookmarks: false });
      for (const frame of [first, second]) stream.onData(frame);
      assert.deepEqual(releases, ['held_frame']);
      assert.deepEqual(response.output, Buffer.concat([first, second]));
      assert.ok(budget.held <= budget.limit);
      assert.equal(stream.lagMs, 0);
    });

    test('gives all back when its stream ends', async () => {
      const budget = new ByteBudget(8 * LONG.length);
      const { stream, response } = testStream({ encoding, budget, bookmarks: false });
      for (const frame of [first, second]) stream.onData(frame);
      response.emit('close');
      await stream.left;
      assert.equal(budget.held, 0);
    });
  });
