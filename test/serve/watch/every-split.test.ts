import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fixture } from '../../support/fixtures.ts';
import { positions, runs } from '../../support/property-runs.ts';
import { counted, cutAt, type Sieved, sieveChunks } from '../../support/frame-sieves.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';

const beat = (second: number) => ({
  status: {
    conditions: [
      { type: 'NetworkUnavailable', status: 'False', lastHeartbeatTime: `2026-01-01T00:00:0${second}Z` },
    ],
  },
});

/** A short stream with every kind of frame: kept, swallowed, side by side and apart, with characters of many bytes. */
function corpus(encoding: TestEncoding): Buffer[] {
  return [
    frame(encoding, 'ADDED', node(beat(0))),
    frame(encoding, 'MODIFIED', node(beat(1))),
    frame(encoding, 'MODIFIED', node(beat(2))),
    frame(encoding, 'MODIFIED', node({ metadata: { labels: { city: 'Zürich 😀' } } })),
    frame(encoding, 'ADDED', node({ metadata: { name: 'node-2', annotations: { text: '{"type":"\n€"}' } } })),
    frame(encoding, 'UNHEARD', node()),
    frame(encoding, 'MODIFIED', node(beat(3))),
    frame(encoding, 'MODIFIED', node(beat(4))),
    frame(encoding, 'DELETED', node(beat(5))),
    frame(encoding, 'BOOKMARK', node()),
    frame(encoding, 'MODIFIED', node({ ...beat(6), metadata: { name: 'node-2' } })),
    frame(encoding, 'MODIFIED', node({ ...beat(7), metadata: { name: 'node-2' } })),
  ];
}

for (const encoding of BOTH)
  describe(`any chunking of the same ${encoding} bytes gives the same output (R7)`, () => {
    const frames = corpus(encoding);
    const bytes = Buffer.concat(frames);
    const uncut = (): Sieved => sieveChunks([bytes], { encoding });

    test('the corpus has frames that are kept and frames that are not', () => {
      const whole = uncut();
      assert.ok(whole.output.length > 0 && whole.output.length < bytes.length);
      assert.equal(whole.tally.eventsReceived, 12);
      assert.equal(whole.tally.eventsOf('swallowed'), 4);
      assert.equal(whole.tally.bytesReceived, bytes.length);
    });

    test('cut at every byte', () => {
      const whole = uncut();
      for (const cut of positions(bytes.length)) {
        const { output, tally } = sieveChunks(cutAt(bytes, [cut]), { encoding });
        assert.ok(output.equals(whole.output), `cut at ${cut}`);
        assert.equal(counted(tally), counted(whole.tally), `cut at ${cut}`);
      }
    });

    for (const size of [1, 2, 3, 5, 7, 64, 1000])
      test(`in chunks of ${size}`, () => {
        const whole = uncut();
        const cuts = Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => i * size);
        const { output, tally } = sieveChunks(cutAt(bytes, cuts), { encoding });
        assert.ok(output.equals(whole.output));
        assert.equal(counted(tally), counted(whole.tally));
      });

    test('with a frame limit that some frames exceed', () => {
      const maxFrameBytes = Math.max(...frames.map((bytes) => bytes.length)) - 10;
      const limited = sieveChunks([bytes], { encoding, maxFrameBytes });
      assert.match(counted(limited.tally), /oversize/);
      for (const cut of positions(bytes.length)) {
        const { output, tally } = sieveChunks(cutAt(bytes, [cut]), { encoding, maxFrameBytes });
        assert.ok(output.equals(limited.output), `cut at ${cut}`);
        assert.equal(counted(tally), counted(limited.tally), `cut at ${cut}`);
      }
    });

    test('a recorded stream, cut anywhere', () => {
      const recorded = fixture(encoding === 'json' ? 'watch.json' : 'watch.pb');
      const expected = sieveChunks([recorded], { encoding });
      fc.assert(
        fc.property(fc.array(fc.nat(recorded.length), { maxLength: 60 }), (cuts) => {
          const { output, tally } = sieveChunks(cutAt(recorded, cuts), { encoding });
          assert.ok(output.equals(expected.output));
          assert.equal(counted(tally), counted(expected.tally));
        }),
        runs(100),
      );
    });

    test('ended at any byte: no half frame is ever passed on (R9)', () => {
      const whole = uncut();
      for (const end of positions(bytes.length)) {
        const { output, torn, tally } = sieveChunks([bytes.subarray(0, end)], { encoding });
        assert.ok(whole.output.subarray(0, output.length).equals(output), `ended at ${end}`);
        assert.equal(tally.bytesReceived, tally.bytesOf('forwarded') + tally.bytesOf('swallowed'));
        assert.equal(torn, tally.bytesReceived !== end, `ended at ${end}`);
      }
    });
  });

test('a last JSON event without its line feed is whole (R7)', () => {
  const bytes = frame('json', 'ADDED', node());
  const { output, torn } = sieveChunks([bytes.subarray(0, -1)]);
  assert.ok(output.equals(bytes.subarray(0, -1)));
  assert.equal(torn, false);
});

test('a frame of more than a megabyte is sieved like any other (R7)', () => {
  for (const encoding of BOTH) {
    const big = (second: number) =>
      node({ ...beat(second), metadata: { annotations: { big: 'x'.repeat(1_500_000) } } });
    const bytes = Buffer.concat([frame(encoding, 'ADDED', big(0)), frame(encoding, 'MODIFIED', big(1))]);
    const cuts = Array.from({ length: Math.floor(bytes.length / 16_384) }, (_, i) => i * 16_384);
    const { tally } = sieveChunks(cutAt(bytes, cuts), { encoding });
    assert.equal(counted(tally), 'ADDED forwarded added 1; MODIFIED swallowed unchanged 1');
  }
});
