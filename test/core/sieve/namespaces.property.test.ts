/** Objects of one name in several namespaces are several objects, for whoever keeps what is known of them (I2). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { Comparison } from '../../../src/core/sieve/comparison.ts';
import { fingerprintOf } from '../../../src/core/sieve/fingerprint.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import type { Snapshot } from '../../../src/core/sieve/snapshots.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import type { FieldsPlan } from '../../../src/core/projection/plan.ts';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { apiVersionOf, type Resource } from '../../../src/core/resource/resource.ts';
import { jsonFrame, jsonList, protobufFrame, protobufList } from '../../support/encode.ts';
import { runs } from '../../support/property-runs.ts';
import { BOTH, node, reasonFor, type TestEncoding, TestSieve } from '../../support/sieving.ts';

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

/** A resource whose objects lie in namespaces, and one whose own do not, of which a strange server sends some all the same. */
const SUBJECTS: readonly Subject[] = [
  {
    resource: LEASES,
    plan: {
      fields: { metadata: { fields: { labels: 'map' }, rest: 'skip' }, spec: { fields: {}, rest: 'whole' } },
      rest: 'skip',
    },
    rest: { spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } },
  },
  {
    resource: NODES,
    plan: planOf('metallb'),
    rest: {
      spec: node().spec,
      status: {
        conditions: node().status.conditions,
        addresses: node().status.addresses,
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
        images: node().status.images,
      },
    },
  },
];

interface Subject {
  readonly resource: Resource;
  readonly plan: FieldsPlan;
  /** Of each object besides its metadata; laid out as the API server writes it, so that it has an essence too. */
  readonly rest: object;
}

function objectOf(
  { resource, rest }: Subject,
  { namespace, name, label }: Omit<Step, 'type'>,
  version: number,
) {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      uid: 'u1',
      resourceVersion: String(version),
      labels: { label },
      annotations: { a: 'b' },
      managedFields: [{ manager: 'kubelet', operation: 'Update' }],
    },
    ...rest,
  };
}

const idOf = ({ namespace, name }: Pick<Step, 'namespace' | 'name'>): string =>
  JSON.stringify([namespace, name]);

function sieveOf(
  { resource, plan }: Subject,
  encoding: TestEncoding,
  memos: Memos,
  snapshot?: Snapshot,
  resourceVersion = '',
): TestSieve {
  return new TestSieve({
    encoding,
    resource,
    plan,
    memos,
    phase: 'past',
    resourceVersion,
    snapshot,
    passAt: () => Infinity,
  });
}

/** What is known of these objects, by their resourceVersions: a client that holds them knows no more. */
const versionsOf = ({ held }: Pick<Snapshot, 'held'>): string[] =>
  [...held.values()].map(({ resourceVersion }) => String(resourceVersion)).sort();

for (const [subject, encoding] of SUBJECTS.flatMap((one) => BOTH.map((encoding) => [one, encoding] as const)))
  describe(`${subject.resource.plural} of one name in two namespaces, ${encoding} (I2)`, () => {
    const { resource, plan } = subject;
    const ofKind = { kind: resource.kind, apiVersion: apiVersionOf(resource) };

    test('a stream swallows exactly what the client holds of this very one, with a memo and after a resume', () => {
      let recalled = 0;
      fc.assert(
        fc.property(arbitrarySteps, fc.nat(30), (steps, resumeAt) => {
          const memos = new Memos(64 * 1024);
          const held = new Map<string, string>();
          let sieve = sieveOf(subject, encoding, memos);
          for (const [i, step] of steps.entries()) {
            if (i === resumeAt) {
              const left = sieve.snapshot();
              if (left !== undefined)
                sieve = sieveOf(subject, encoding, memos, left.snapshot, left.resourceVersion);
            }
            const reason = reasonFor(sieve, ENCODE[encoding](step.type, objectOf(subject, step, i + 1)));
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
          const items = objects.map((object, i) => objectOf(subject, object, i + 1));
          const tap = new ListTap({ codec: CODECS[encoding], resource, plan }, { passAt: () => Infinity });
          tap.push(LIST[encoding]('99', items, ofKind), 0);
          const { snapshot } = tap.finish() ?? assert.fail('not understood');
          assert.equal(snapshot.held.size, objects.length);
          assert.deepEqual(versionsOf(snapshot), objects.map((_, i) => String(i + 1)).sort());

          const stream = sieveOf(subject, encoding, new Memos(0));
          for (const item of items) reasonFor(stream, ENCODE[encoding]('ADDED', item));
          const fingerprints = (held: Snapshot['held']) =>
            Object.fromEntries([...held].map(([key, { fingerprint }]) => [key, fingerprint]));
          assert.deepEqual(fingerprints(stream.held()), fingerprints(snapshot.held));

          const comparison = new Comparison(snapshot.held);
          const scanner = CODECS[encoding].scanner(resource, plan);
          const event = new WatchEvent();
          for (const [i, object] of objects.entries()) {
            const label = i === changed ? 'c' : object.label;
            const frame = ENCODE[encoding]('ADDED', objectOf(subject, { ...object, label }, i + 1));
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
      const sieve = sieveOf(subject, encoding, new Memos(64 * 1024));
      const said = (namespace: string, name: string): string =>
        reasonFor(sieve, ENCODE[encoding]('MODIFIED', objectOf(subject, { namespace, name, label: 'a' }, 1)));
      assert.equal(said('red', 'one'), 'first_seen');
      assert.equal(said('red', 'one'), 'unchanged');
      assert.equal(said('', 'red/one'), 'undecodable');
      assert.equal(sieve.baselineSize, 0, 'and of which object it is nothing is known');
      assert.equal(said('red/one', 'two'), 'undecodable');
      assert.equal(said('red', 'one/two'), 'undecodable');
    });
  });
