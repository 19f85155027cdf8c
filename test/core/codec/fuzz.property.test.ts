import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NODES } from '../../../src/core/resource/node.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { JsonScanner } from '../../../src/core/codec/json/scanner.ts';
import { ProtobufScanner } from '../../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { runs } from '../../support/property-runs.ts';
import { frameSieve, sieveChunks } from '../../support/frame-sieves.ts';
import { BOTH, type TestEncoding } from '../../support/sieving.ts';

const FRAMES: Readonly<Record<TestEncoding, Buffer[]>> = {
  json: jsonFrames(fixture('watch.json')),
  protobuf: protobufFrames(fixture('watch.pb')),
};

/** A recorded frame with some bytes overwritten, cut out or put in. */
function damaged(encoding: TestEncoding): fc.Arbitrary<Buffer> {
  const edit = fc.record({ at: fc.nat(), cut: fc.nat(4), put: fc.uint8Array({ maxLength: 4 }) });
  return fc
    .tuple(fc.constantFrom(...FRAMES[encoding]), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([frame, edits]) => {
      let bytes = frame;
      for (const { at, cut, put } of edits) {
        const from = at % bytes.length;
        bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)]);
      }
      return bytes;
    });
}

for (const encoding of BOTH)
  describe(`hostile ${encoding} (R27)`, () => {
    test('a damaged frame never throws', () => {
      const scanner =
        encoding === 'json'
          ? new JsonScanner(NODES, planOf('heartbeat'))
          : new ProtobufScanner(NODES, planOf('heartbeat'));
      const event = new WatchEvent();
      fc.assert(
        fc.property(damaged(encoding), (bytes) => {
          scanner.scan(bytes, 0, bytes.length, event);
          scanner.endsInitialEvents(bytes, 0, bytes.length);
        }),
        runs(3000),
      );
    });

    test('random bytes pass whole, in any chunks', () => {
      const chunks = fc.array(
        fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
        { maxLength: 8 },
      );
      fc.assert(
        fc.property(chunks, (pieces) => {
          const all = Buffer.concat(pieces);
          const { output } = sieveChunks(pieces, { encoding });
          assert.ok(all.subarray(0, output.length).equals(output));
        }),
        runs(1000),
      );
    });

    test('damage never makes a sieve swallow what a decoder reads as a change', () => {
      if (encoding === 'protobuf') {
        protobufDamage();
        return;
      }
      fc.assert(
        fc.property(damaged('json'), (bytes) => {
          const before = FRAMES.json[0];
          if (before === undefined) return;
          const { frames, tally } = frameSieve();
          const out: Buffer[] = [];
          frames.push(before, out, 0);
          out.length = 0;
          frames.push(bytes, out, 0);
          if (tally.eventsOf('swallowed') === 0) return;
          // Swallowed: whoever can decode it must see the same labels as before.
          const read = (frame: Buffer): unknown => labelsOf(frame.toString());
          for (const line of jsonFrames(bytes)) {
            if (out.some((kept) => kept.includes(line))) continue;
            const labels = read(line);
            if (labels !== undefined) assert.deepEqual(labels, read(before));
          }
        }),
        runs(3000),
      );
    });
  });

function labelsOf(json: string): unknown {
  try {
    const { object } = JSON.parse(json) as { object: { metadata: { labels: unknown } } };
    return object.metadata.labels;
  } catch {
    return undefined;
  }
}

/** A byte changed inside the labels of a protobuf frame is a change, or doubt; never a no-op. */
function protobufDamage(): void {
  const before = FRAMES.protobuf[0];
  assert.ok(before !== undefined);
  const start = before.indexOf('beta.kubernetes.io/arch');
  const end = before.indexOf('csi.volume.kubernetes.io');
  assert.ok(start > 0 && end > start);
  for (let at = start; at < before.lastIndexOf('eu-west-1a', end) + 10; at++) {
    const changed = Buffer.from(before);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const { tally } = sieveChunks([before, changed], { encoding: 'protobuf' });
    assert.equal(tally.eventsOf('swallowed'), 0, `byte ${at}`);
  }
}
