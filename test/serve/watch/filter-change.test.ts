/** Mode and preset changed under a running stream: the kill switch (R21). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectionOf, type PresetName } from '../../../src/core/projection/presets.ts';
import type { Filter } from '../../../src/core/projection/filter.ts';
import type { Mode } from '../../../src/core/projection/filter.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';
import { testStream } from '../../support/streams.ts';

const filter = (mode: Mode, preset: PresetName = 'metallb'): Filter => ({
  mode,
  projection: projectionOf(preset),
});

/** An event of node-1: `note` is an annotation, which only the preset `heartbeat` sees. */
const event = (encoding: TestEncoding, resourceVersion: number, note = 'a', type = 'MODIFIED'): Buffer =>
  frame(
    encoding,
    type,
    node({ metadata: { name: 'node-1', resourceVersion: String(resourceVersion), annotations: { note } } }),
  );

/** What counted, as `MODIFIED swallowed unchanged`, one line each, in no order. */
const counts = ({ stream }: ReturnType<typeof testStream>): string[] =>
  [...stream.tally.counts()].map(
    ({ type, verdict, reason, count }) => `${count} ${type} ${verdict} ${reason}`,
  );

for (const encoding of BOTH) {
  test(`observe takes effect at the next event, a frame whose first half came before included, ${encoding} (R21)`, () => {
    const made = testStream({ encoding });
    const { stream, response } = made;
    stream.onData(event(encoding, 1, 'a', 'ADDED'));
    stream.onData(event(encoding, 2));
    const third = event(encoding, 3);
    stream.onData(third.subarray(0, 50));
    assert.equal(response.written.length, 1);
    stream.refilter(filter('observe'));
    assert.equal(response.written.length, 1, 'nothing is sent for the change itself');
    stream.onData(third.subarray(50));
    assert.deepEqual(response.output, Buffer.concat([event(encoding, 1, 'a', 'ADDED'), third]));
    assert.deepEqual(counts(made), [
      '1 ADDED forwarded added',
      '1 MODIFIED swallowed unchanged',
      '1 MODIFIED would_swallow unchanged',
    ]);
  });

  test(`back to filter, what was forwarded meanwhile is what the client holds, ${encoding} (I2, I5)`, () => {
    const { stream, response } = testStream({ encoding, filter: filter('observe') });
    stream.onData(event(encoding, 1, 'a', 'ADDED'));
    stream.onData(event(encoding, 2));
    stream.refilter(filter('filter'));
    stream.onData(event(encoding, 3));
    assert.equal(response.written.length, 2);
    const left = stream.sieve.snapshot();
    assert.equal(left?.resourceVersion, '2', 'the last one delivered');
    assert.deepEqual([...left.snapshot.held.keys()], ['node-1']);
  });

  for (const bookmarks of [true, false])
    test(`lag at the change to observe is made good in time, ${encoding}, ${bookmarks ? 'a bookmark' : 'the held frame'} (I4)`, () => {
      const { stream, response, time, releases } = testStream({ encoding, bookmarks, maxLagMs: 10_000 });
      stream.onData(event(encoding, 1, 'a', 'ADDED'));
      stream.onData(event(encoding, 2));
      stream.refilter(filter('observe', 'heartbeat'));
      time.pass(9999);
      assert.equal(response.written.length, 1);
      time.pass(1);
      assert.deepEqual(releases, [bookmarks ? 'bookmark' : 'held_frame']);
      if (!bookmarks) assert.deepEqual(response.written[1], event(encoding, 2));
      assert.equal(stream.lagMs, 0);
    });

  test(`an event forwarded after the change overtakes what was held back, ${encoding} (R18)`, () => {
    const { stream, response, time, releases } = testStream({ encoding, bookmarks: false, maxLagMs: 10_000 });
    stream.onData(event(encoding, 1, 'a', 'ADDED'));
    stream.onData(event(encoding, 2));
    stream.refilter(filter('observe'));
    stream.onData(event(encoding, 3));
    time.pass(20_000);
    assert.deepEqual(releases, []);
    assert.deepEqual(response.written[1], event(encoding, 3));
  });

  test(`another preset forgets the baseline: an object passes once, then counts by the new one, ${encoding} (I2)`, () => {
    const made = testStream({ encoding });
    const { stream, response } = made;
    stream.onData(event(encoding, 1, 'a', 'ADDED'));
    // Swallowed: the client still holds note a.
    stream.onData(event(encoding, 2, 'b'));
    stream.refilter(filter('filter', 'heartbeat'));
    assert.equal(stream.projection.name, 'heartbeat');
    stream.onData(event(encoding, 3, 'b'));
    assert.deepEqual(response.written[1], event(encoding, 3, 'b'));
    stream.onData(event(encoding, 4, 'b'));
    stream.onData(event(encoding, 5, 'c'));
    assert.deepEqual(response.written.slice(2), [event(encoding, 5, 'c')]);
    assert.deepEqual(counts(made), [
      '1 ADDED forwarded added',
      '1 MODIFIED forwarded first_seen',
      '1 MODIFIED forwarded changed',
      '2 MODIFIED swallowed unchanged',
    ]);
  });

  test(`the same preset again forgets nothing, ${encoding}`, () => {
    const { stream, response } = testStream({ encoding });
    stream.onData(event(encoding, 1, 'a', 'ADDED'));
    stream.refilter(filter('filter'));
    stream.onData(event(encoding, 2));
    assert.equal(response.written.length, 1);
  });

  test(`another preset inside the initial events leaves their end where it is, ${encoding} (R20)`, () => {
    const { stream, response } = testStream({ encoding, phase: 'until-not-added', resourceVersion: '' });
    stream.onData(event(encoding, 1, 'a', 'ADDED'));
    stream.refilter(filter('filter', 'labels'));
    assert.equal(stream.sieve.pastInitialEvents, false);
    assert.equal(stream.sieve.snapshot(), undefined);
    stream.onData(event(encoding, 2));
    stream.onData(event(encoding, 3));
    assert.equal(response.written.length, 2);
  });

  test(`an ended stream keeps the projection that its snapshot was made by, ${encoding} (R16)`, () => {
    const { stream } = testStream({ encoding });
    stream.onData(event(encoding, 1, 'a', 'ADDED'));
    stream.onEnd();
    stream.refilter(filter('filter', 'labels'));
    assert.equal(stream.projection.name, 'metallb');
    assert.equal(stream.sieve.snapshot()?.snapshot.held.size, 1);
  });
}
