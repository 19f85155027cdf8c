/** What was read of an event is the same for everybody, however it was read: scanned, or remembered. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { EventReader } from '../../../src/core/sieve/event-reader.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import { Sieve } from '../../../src/core/sieve/sieve.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { serverFrame } from '../../support/whole-node.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';

const readerOf = (encoding: TestEncoding, memos?: Memos): EventReader =>
  new EventReader({ codec: CODECS[encoding], resource: NODES, memos }, planOf('metallb'));
const at = (resourceVersion: string, label = 'a') =>
  node({ metadata: { resourceVersion, labels: { label } } });
const client = (): Sieve =>
  new Sieve({ phase: 'past', resourceVersion: '1', snapshot: undefined, passAt: () => Infinity });

for (const encoding of BOTH)
  describe(`events that are read once, ${encoding}`, () => {
    test('each client is judged by what it holds itself (I2)', () => {
      const reader = readerOf(encoding, new Memos(64 * 1024));
      const [early, late] = [client(), client()];
      const judged = ['5', '6', '7'].map((version, i) => {
        const bytes = serverFrame(encoding, 'MODIFIED', at(version, i === 2 ? 'b' : 'a'));
        const event = reader.read(bytes, 0, bytes.length) ?? assert.fail();
        return [early.judge(event), i === 0 ? 'not there yet' : late.judge(event)];
      });
      assert.deepEqual(judged, [
        ['first_seen', 'not there yet'],
        ['unchanged', 'first_seen'],
        ['changed', 'changed'],
      ]);
    });

    test('a remembered one is told as a scanned one, its form too', () => {
      const [plain, remembering] = [readerOf(encoding), readerOf(encoding, new Memos(64 * 1024))];
      for (const version of ['5', '6', '7']) {
        const bytes = serverFrame(encoding, 'MODIFIED', at(version));
        const [a, b] = [plain, remembering].map((reader) => {
          const event = reader.read(bytes, 0, bytes.length) ?? assert.fail();
          const { type, key, resourceVersion, doubt, fingerprint } = event;
          const form = Buffer.from(event.form() ?? assert.fail());
          assert.equal(fingerprintOf(form), fingerprint);
          return { type, key, resourceVersion, doubt, fingerprint, form };
        });
        assert.deepEqual(b, a);
        assert.deepEqual([a?.type, a?.key, a?.resourceVersion], ['MODIFIED', 'node-1', version]);
      }
    });

    test('what is not understood is doubt, and what is no frame is nothing (I1)', () => {
      const reader = readerOf(encoding);
      const doubtOver = (bytes: Buffer) => reader.read(bytes, 0, bytes.length)?.doubt;
      assert.equal(doubtOver(frame(encoding, 'MODIFIED', at('5'))), undefined);
      assert.equal(doubtOver(frame(encoding, 'MODIFIED', at(''))), 'undecodable');
      assert.equal(doubtOver(frame(encoding, 'RENAMED', at('5'))), 'unknown_type');
      const leases = new EventReader({ codec: CODECS[encoding], resource: LEASES }, planOf('labels'));
      const foreign = frame(encoding, 'MODIFIED', at('5'));
      assert.equal(leases.read(foreign, 0, foreign.length)?.doubt, 'foreign_kind');
      const nothing = Buffer.from('{"type":\n');
      if (encoding === 'json') assert.equal(reader.read(nothing, 0, nothing.length), undefined);
    });
  });
