/** Objects of one name in several namespaces are several objects, for whoever keeps what is known of them (I2). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { scannerFor } from '../../../src/core/codec/scanner.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { Comparison } from '../../../src/core/sieve/comparison.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import { Sieve } from '../../../src/core/sieve/sieve.ts';
import { type Snapshot } from '../../../src/core/sieve/snapshots.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { type TestNode } from '../../support/arbitrary-node.ts';
import { jsonFrame, jsonList, protobufFrame, protobufList } from '../../support/encode.ts';
import { runs } from '../../support/property-runs.ts';
import { BOTH, node, reasonFor, type TestEncoding } from '../../support/sieving.ts';

const PLAN = planOf('metallb');
const RUNS = runs(400);
const ENCODE = { json: jsonFrame, protobuf: protobufFrame } as const;
const LIST = { json: jsonList, protobuf: protobufList } as const;

interface Step {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly namespace: string;
  readonly name: string;
  readonly label: string;
}

/** Few of each, so that they meet; an object of no namespace is one more. */
const arbitrarySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    type: fc.constantFrom<Step['type']>('ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED'),
    namespace: fc.constantFrom('red', 'blue', ''),
    name: fc.constantFrom('one', 'two'),
    label: fc.constantFrom('a', 'b'),
  }),
  { maxLength: 30 },
);

/** Laid out as the API server writes it, so that it has an essence too. */
function objectOf({ namespace, name, label }: Omit<Step, 'type'>, resourceVersion: number): TestNode {
  const { conditions, addresses, images } = node().status;
  return {
    ...node(),
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      uid: 'u1',
      resourceVersion: String(resourceVersion),
      labels: { label },
      annotations: { a: 'b' },
      managedFields: [{ manager: 'kubelet', operation: 'Update' }],
    },
    status: { conditions, addresses, daemonEndpoints: { kubeletEndpoint: { Port: 10250 } }, images },
  } as TestNode;
}

const idOf = ({ namespace, name }: Pick<Step, 'namespace' | 'name'>): string =>
  JSON.stringify([namespace, name]);

function sieveOf(encoding: TestEncoding, memos: Memos, snapshot?: Snapshot, resourceVersion = ''): Sieve {
  return new Sieve({
    scanner: scannerFor(encoding, PLAN),
    memo: memos.of(encoding, PLAN),
    phase: 'past',
    resourceVersion,
    snapshot,
    passAt: () => Infinity,
  });
}

/** What is known of these objects, by their resourceVersions: a client that holds them knows no more. */
const versionsOf = ({ held }: Pick<Snapshot, 'held'>): string[] =>
  [...held.values()].map(({ resourceVersion }) => String(resourceVersion)).sort();

for (const encoding of BOTH)
  describe(`objects of one name in two namespaces, ${encoding} (I2)`, () => {
    test('a stream swallows exactly what the client holds of this very one, with a memo and after a resume', () => {
      let recalled = 0;
      fc.assert(
        fc.property(arbitrarySteps, fc.nat(30), (steps, resumeAt) => {
          const memos = new Memos(64 * 1024);
          const held = new Map<string, string>();
          let sieve = sieveOf(encoding, memos);
          for (const [i, step] of steps.entries()) {
            if (i === resumeAt) {
              const left = sieve.snapshot();
              if (left !== undefined) sieve = sieveOf(encoding, memos, left.snapshot, left.resourceVersion);
            }
            const reason = reasonFor(sieve, ENCODE[encoding](step.type, objectOf(step, i + 1)));
            const isHeld = step.type === 'MODIFIED' && held.get(idOf(step)) === step.label;
            assert.equal(reason === 'unchanged', isHeld, `${reason} of ${JSON.stringify(step)}`);
            if (isHeld) recalled++;
            if (step.type === 'DELETED') held.delete(idOf(step));
            else held.set(idOf(step), step.label);
            assert.equal(sieve.baselineSize, held.size);
          }
        }),
        RUNS,
      );
      assert.ok(recalled > 0);
    });

    test('a list leaves each in the snapshot, and a check of what is held finds each where it is', () => {
      const arbitraryObjects = fc.uniqueArray(
        fc.record({
          namespace: fc.constantFrom('red', 'blue', ''),
          name: fc.constantFrom('one', 'two'),
          label: fc.constantFrom('a', 'b'),
        }),
        { selector: idOf },
      );
      fc.assert(
        fc.property(arbitraryObjects, fc.nat(5), (objects, changed) => {
          const items = objects.map((object, i) => objectOf(object, i + 1));
          const tap = new ListTap({ encoding, plan: PLAN, passAt: () => Infinity });
          tap.push(LIST[encoding]('99', items), 0);
          const { snapshot } = tap.finish() ?? assert.fail('not understood');
          assert.equal(snapshot.held.size, objects.length);
          assert.deepEqual(versionsOf(snapshot), objects.map((_, i) => String(i + 1)).sort());

          const stream = sieveOf(encoding, new Memos(0));
          for (const item of items) reasonFor(stream, ENCODE[encoding]('ADDED', item));
          const fingerprints = (held: Snapshot['held']) =>
            Object.fromEntries([...held].map(([key, { fingerprint }]) => [key, fingerprint]));
          assert.deepEqual(fingerprints(stream.held()), fingerprints(snapshot.held));

          const comparison = new Comparison(snapshot.held);
          const scanner = scannerFor(encoding, PLAN);
          const event = new WatchEvent();
          for (const [i, object] of objects.entries()) {
            const label = i === changed ? 'c' : object.label;
            const frame = ENCODE[encoding]('ADDED', objectOf({ ...object, label }, i + 1));
            scanner.scan(frame, 0, frame.length, event);
            comparison.object(event.key, fingerprintOf(event.canonical.view()));
          }
          const { matched, mismatched } = comparison.finish();
          const expected = changed < objects.length ? 1 : 0;
          assert.deepEqual([matched, mismatched.length], [objects.length - expected, expected]);
        }),
        RUNS,
      );
    });

    test('what holds a slash is no name: two of them could be spelled alike', () => {
      const sieve = sieveOf(encoding, new Memos(64 * 1024));
      const said = (namespace: string, name: string): string =>
        reasonFor(sieve, ENCODE[encoding]('MODIFIED', objectOf({ namespace, name, label: 'a' }, 1)));
      assert.equal(said('red', 'one'), 'first_seen');
      assert.equal(said('red', 'one'), 'unchanged');
      assert.equal(said('', 'red/one'), 'undecodable');
      assert.equal(sieve.baselineSize, 0, 'and of which object it is nothing is known');
      assert.equal(said('red/one', 'two'), 'undecodable');
      assert.equal(said('red', 'one/two'), 'undecodable');
    });
  });
