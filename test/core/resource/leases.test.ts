/**
 * A resource is its row: all that is known of Leases stands there, and what a real API server sent of them (test/fixtures/leases)
 * is listed, watched, compared, told and brought up to date from it, in both encodings.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { differences } from '../../../src/core/codec/differences.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { customProjection } from '../../../src/core/projection/custom-projection.ts';
import type { FieldsPlan } from '../../../src/core/projection/plan.ts';
import { projectionOf } from '../../../src/core/projection/presets.ts';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { Comparison } from '../../../src/core/sieve/comparison.ts';
import { ListScan } from '../../../src/core/sieve/list-scan.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { Progress } from '../../../src/serve/watch/progress.ts';
import { fixture, jsonFrames, protobufFrames } from '../../support/fixtures.ts';
import { counted, cutAt, frameSieve, sieveChunks } from '../../support/frame-sieves.ts';
import { BOTH, type TestEncoding } from '../../support/sieving.ts';

const FILES = { json: 'json', protobuf: 'pb' } as const;
const recorded = (name: string, encoding: TestEncoding): Buffer =>
  fixture(`leases/${name}.${FILES[encoding]}`);
const framesOf = (name: string, encoding: TestEncoding): Buffer[] =>
  (encoding === 'json' ? jsonFrames : protobufFrames)(recorded(name, encoding));
const isBookmark = (frame: Buffer): boolean => frame.includes('BOOKMARK');

function planOf(paths: readonly string[]): FieldsPlan {
  const made = customProjection(LEASES, 'holder', { by: 'include', paths });
  return 'projection' in made ? made.projection.plan : assert.fail(JSON.stringify(made.problems));
}

const HOLDER = planOf(['spec.holderIdentity', 'metadata.labels']);

function listed(encoding: TestEncoding, plan = HOLDER, cuts: readonly number[] = []) {
  const tap = new ListTap({ codec: CODECS[encoding], resource: LEASES, plan }, { passAt: () => Infinity });
  for (const chunk of cutAt(recorded('list', encoding), cuts)) tap.push(chunk, 0);
  return tap.finish() ?? assert.fail('not understood');
}

for (const encoding of BOTH)
  describe(`Leases as a real API server sends them, ${encoding}`, () => {
    test('are listed, each in its namespace, and a watch from there is sent what changes their holder', () => {
      const left = listed(encoding);
      assert.deepEqual([...left.snapshot.held.keys()].sort(), ['blue/leader', 'red/leader']);
      for (const [name, verdicts] of [
        [
          'watch',
          [
            'BOOKMARK forwarded bookmark 1',
            'DELETED forwarded deleted 1',
            'MODIFIED forwarded changed 2',
            'MODIFIED swallowed unchanged 4',
          ],
        ],
        [
          'watch-red',
          ['BOOKMARK forwarded bookmark 1', 'MODIFIED forwarded changed 1', 'MODIFIED swallowed unchanged 2'],
        ],
      ] as const) {
        const frames = framesOf(name, encoding);
        const bytes = Buffer.concat(frames);
        for (const chunks of [[bytes], frames, cutAt(bytes, [7, bytes.length - 9])]) {
          const { output, tally } = sieveChunks(chunks, {
            encoding,
            resource: LEASES,
            plan: HOLDER,
            ...left,
          });
          assert.deepEqual(counted(tally).split('; ').sort(), verdicts);
          const passed = frames.filter((frame) => !isBookmark(frame) && output.includes(frame));
          assert.equal(Buffer.concat([...passed, ...frames.filter(isBookmark)]).equals(output), true);
        }
      }
    });

    test('are listed the same however the list is cut', () => {
      const whole = listed(encoding).snapshot.held;
      const { length } = recorded('list', encoding);
      for (let at = 1; at < length; at += 13)
        assert.deepEqual(listed(encoding, HOLDER, [at]).snapshot.held, whole);
    });

    test("a bookmark of ours is byte for byte the server's own (R17)", () => {
      const genuine = framesOf('watch', encoding).find(isBookmark) ?? assert.fail('none was recorded');
      const text = genuine.toString('latin1');
      const version = /"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? /(\d+)8\0/.exec(text)?.[1] ?? '';
      assert.deepEqual(CODECS[encoding].bookmark(LEASES, version), genuine);
      const progress = new Progress({
        bookmark: (version) => CODECS[encoding].bookmark(LEASES, version),
        maxLagMs: 1,
      });
      progress.swallowed(version, genuine, 0, 0, 0);
      assert.deepEqual(progress.release()?.bytes, genuine);
    });

    test('what has changed is told by the words of the row (R26)', () => {
      const scanner = CODECS[encoding].scanner(LEASES, HOLDER);
      const forms = framesOf('watch-red', encoding)
        .filter((frame) => !isBookmark(frame))
        .map((frame) => {
          const event = new WatchEvent();
          scanner.scan(frame, 0, frame.length, event);
          assert.deepEqual([event.understanding, event.key], ['projected', 'red/leader']);
          return Buffer.from(event.canonical.view());
        });
      const [first = assert.fail(), last = assert.fail()] = [forms[0], forms.at(-1)];
      assert.deepEqual(differences(CODECS[encoding].legend(LEASES, HOLDER), first, last), {
        paths: [{ path: 'spec.holderIdentity', change: 'changed' }],
        more: 0,
      });
    });

    test('a check finds each where it is held (R22)', () => {
      const { snapshot } = listed(encoding);
      const comparison = new Comparison(snapshot.held);
      const scan = new ListScan(
        { codec: CODECS[encoding], resource: LEASES, plan: HOLDER },
        {
          onObject: ({ key }, fingerprint) => comparison.object(key, fingerprint),
          onUnclear: (key) => comparison.unclear(key),
        },
      );
      scan.push(recorded('list', encoding));
      assert.notEqual(scan.finish(), undefined);
      assert.deepEqual(comparison.finish(), { matched: 2, mismatched: [], notHeld: 0 });
    });

    test('all but the time of renewal is what a projection of all else compares, with shortcuts and without', () => {
      const made = customProjection(LEASES, 'calm', {
        by: 'exclude',
        paths: ['spec.renewTime', 'metadata.managedFields'],
      });
      const { plan } = 'projection' in made ? made.projection : assert.fail();
      const left = listed(encoding, plan);
      const { tally } = sieveChunks([recorded('watch', encoding)], {
        encoding,
        resource: LEASES,
        plan,
        ...left,
      });
      assert.match(counted(tally), /MODIFIED swallowed unchanged 4/);
      assert.match(counted(tally), /MODIFIED forwarded changed 2/);
    });

    test('to a stream of Nodes they are foreign, and Nodes are to theirs (I1)', () => {
      const lease = framesOf('watch-red', encoding)[0] ?? assert.fail();
      const nodes = frameSieve({ encoding }).frames;
      const out: Buffer[] = [];
      nodes.push(lease, out, 0);
      assert.deepEqual(out, [lease]);
      const node = (
        encoding === 'json' ? jsonFrames(fixture('watch.json')) : protobufFrames(fixture('watch.pb'))
      )[0];
      const { frames, tally } = frameSieve({ encoding, resource: LEASES, plan: HOLDER });
      frames.push(node ?? assert.fail(), out, 0);
      assert.match(counted(tally), /foreign_kind/);
      const tap = new ListTap(
        {
          codec: CODECS[encoding],
          resource: NODES,
          plan: projectionOf('labels').plan,
        },
        { passAt: () => Infinity },
      );
      tap.push(recorded('list', encoding), 0);
      assert.equal(tap.finish(), undefined);
    });
  });

test('paths lead where the schema of the resource does', () => {
  const problem = (path: string): string => {
    const made = customProjection(LEASES, 'mine', { by: 'include', paths: [path] });
    return 'problems' in made ? (made.problems[0]?.message ?? '') : '';
  };
  assert.equal(problem('spec.renewTime'), '');
  assert.match(problem('spec.unschedulable'), /there is no unschedulable here, only holderIdentity, /);
  assert.match(problem('status'), /there is no status here, only metadata, spec/);
});
