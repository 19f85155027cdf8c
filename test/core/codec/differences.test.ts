import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES } from '../../../src/core/resource/node.ts';
import { planOf, PRESETS, type PresetName } from '../../../src/core/projection/presets.ts';
import { customProjection } from '../../../src/core/projection/custom-projection.ts';
import { differences, MAX_PATHS } from '../../../src/core/codec/differences.ts';
import { JsonScanner } from '../../../src/core/codec/json/scanner.ts';
import { ProtobufScanner } from '../../../src/core/codec/protobuf/scanner.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { arbitraryChange, arbitraryNode, type TestNode } from '../../support/arbitrary-node.ts';
import { changedPaths, PLANNED, project } from '../../support/projections.ts';
import { BOTH, frame, node, type TestEncoding } from '../../support/sieving.ts';
import { often, runs } from '../../support/property-runs.ts';

const RUNS = runs(400);

function formOf(encoding: TestEncoding, preset: PresetName, object: TestNode): Buffer {
  const scanner = new (encoding === 'json' ? JsonScanner : ProtobufScanner)(NODES, planOf(preset));
  const event = new WatchEvent();
  const bytes = frame(encoding, 'MODIFIED', object);
  scanner.scan(bytes, 0, bytes.length, event);
  assert.equal(event.understanding, 'projected');
  return Buffer.from(event.canonical.view());
}

function differ(encoding: TestEncoding, preset: PresetName, before: TestNode, after: TestNode) {
  const legend = CODECS[encoding].legend(NODES, planOf(preset));
  return differences(legend, formOf(encoding, preset, before), formOf(encoding, preset, after));
}

const told = (...all: Parameters<typeof differ>): string[] =>
  differ(...all).paths.map(({ path, change }) => `${path} ${change}`);

describe('the paths in which two states of a Node differ (R29)', () => {
  const unavailable = (status: string) => ({
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'NetworkUnavailable', status },
      ],
    },
  });
  const address = (...all: string[]) => ({
    status: { addresses: all.map((one) => ({ type: 'InternalIP', address: one })) },
  });
  const labels = (map: Record<string, string>) => ({ metadata: { labels: map } });
  const cases: readonly [what: string, before: object, after: object, expected: readonly string[]][] = [
    ['a label added', labels({}), labels({ foo: 'x' }), ['metadata.labels["foo"] added']],
    ['a label removed', labels({ foo: 'x', b: '' }), labels({ b: '' }), ['metadata.labels["foo"] removed']],
    ['a label changed', labels({ foo: 'x' }), labels({ foo: 'y' }), ['metadata.labels["foo"] changed']],
    [
      'a key with dots, slashes and quotes',
      labels({ 'a.b/c"]': 'x' }),
      labels({}),
      ['metadata.labels["a.b/c\\"]"] removed'],
    ],
    [
      'the network',
      unavailable('False'),
      unavailable('True'),
      ['status.conditions[NetworkUnavailable].status changed'],
    ],
    [
      'one of several addresses',
      address('a', 'b'),
      address('a', 'c'),
      ['status.addresses[InternalIP].address changed'],
    ],
    ['another uid', {}, { metadata: { uid: 'u2' } }, ['metadata.uid changed']],
    [
      'a finalizer more',
      { metadata: { finalizers: ['a'] } },
      { metadata: { finalizers: ['a', 'b'] } },
      ['metadata.finalizers changed'],
    ],
    ['the first finalizer', {}, { metadata: { finalizers: ['a'] } }, ['metadata.finalizers added']],
    ['a cordon', {}, { spec: { unschedulable: true } }, ['spec.unschedulable added']],
    ['nothing', labels({ a: '1' }), labels({ a: '1' }), []],
  ];
  for (const encoding of BOTH)
    for (const [what, before, after, expected] of cases)
      test(`metallb, ${encoding}: ${what}`, () => {
        assert.deepEqual(told(encoding, 'metallb', node(before), node(after)), expected);
      });

  for (const encoding of BOTH) {
    test(`${encoding}: what a preset takes of a condition is told in its own words`, () => {
      const paths = told(encoding, 'metallb-upstream', node(unavailable('False')), node(unavailable('True')));
      assert.deepEqual(paths, ['status.conditions[NetworkUnavailable].status == "True" added']);
    });

    test(`${encoding}: heartbeat names what it compares whole as a whole, and elements by their place`, () => {
      const after = node({
        metadata: { annotations: { note: 'x' } },
        spec: { podCIDR: '10.1.0.0/24' },
        status: {
          conditions: [
            { type: 'NetworkUnavailable', status: 'True' },
            { type: 'Ready', status: 'True' },
          ],
        },
      });
      assert.deepEqual(told(encoding, 'heartbeat', node(), after).sort(), [
        'metadata.annotations["note"] added',
        'spec changed',
        'status.conditions[0].status changed',
      ]);
    });
  }

  test('a field that no schema knows is told by its key, or by its number', () => {
    const json = (extra: object): TestNode => ({ ...node(), ...extra });
    assert.deepEqual(told('json', 'heartbeat', json({}), json({ future: 1, 'odd key': 2 })), [
      'future added',
      '["odd key"] added',
    ]);
    const legend = CODECS.protobuf.legend(NODES, planOf('heartbeat'));
    const before = formOf('protobuf', 'heartbeat', node());
    const value = Buffer.from([1, 99, 0, 0, 0, 1, 0, 0, 0, 7]);
    assert.deepEqual(differences(legend, before, Buffer.concat([before, value])).paths, [
      { path: '#99', change: 'added' },
    ]);
  });

  test('no more than a few are listed, and the others counted; a long key is cut', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 'v']));
    const { paths, more } = differ('json', 'labels', node(labels({})), node(labels(many)));
    assert.deepEqual([paths.length, more], [MAX_PATHS, 50 - MAX_PATHS]);
    const [long] = told('json', 'labels', node(labels({})), node(labels({ ['x'.repeat(5000)]: 'v' })));
    assert.ok((long?.length ?? Infinity) < 400);
  });
});

test('elements of a kind are told by it, and entries of a map by their keys (R29)', () => {
  const made = customProjection(NODES, 'mine', {
    by: 'exclude',
    paths: [
      'metadata.annotations["a"]',
      'metadata.managedFields',
      'status.conditions[type=Ready].reason',
      'status.conditions[type=Other]',
    ],
  });
  assert.ok('projection' in made);
  const { plan } = made.projection;
  const before = node({ metadata: { annotations: { a: '1', b: '1' } } });
  const after = node({
    metadata: { annotations: { a: '2', b: '2' } },
    status: {
      conditions: [
        { type: 'NetworkUnavailable', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' },
        { type: 'Other', status: 'x' },
        { type: 'Ready', status: 'False', reason: 'x', lastHeartbeatTime: '2026-01-01T00:00:00Z' },
      ],
    },
  });
  for (const encoding of BOTH) {
    const formOfMine = (object: TestNode): Buffer => {
      const bytes = frame(encoding, 'MODIFIED', object);
      const event = new WatchEvent();
      CODECS[encoding].scanner(NODES, plan).scan(bytes, 0, bytes.length, event);
      return Buffer.from(event.canonical.view());
    };
    const { paths } = differences(
      CODECS[encoding].legend(NODES, plan),
      formOfMine(before),
      formOfMine(after),
    );
    assert.deepEqual(paths.map(({ path, change }) => `${path} ${change}`).sort(), [
      'metadata.annotations["b"] changed',
      'status.conditions[*].status changed',
      'status.conditions[Ready].status changed',
    ]);
  }
});

for (const preset of PLANNED)
  for (const encoding of BOTH)
    test(`${preset}, ${encoding}: exactly the paths that differ are named, and none where nothing does (R29)`, () => {
      let changes = 0;
      fc.assert(
        fc.property(arbitraryChange, ([before, after]) => {
          const { paths, more } = differ(encoding, preset, before, after);
          assert.equal(paths.length > 0, project(preset, before) !== project(preset, after));
          if (paths.length > 0) changes++;
          if (preset === 'heartbeat' || more > 0) return;
          const named = paths.map(({ path }) => path).sort();
          assert.deepEqual(named, changedPaths(preset, before, after));
        }),
        RUNS,
      );
      assert.ok(often(changes, RUNS, 1 / 14), `the generator must make changes too, not ${changes}`);
    });

test('no value is in the answer, whatever changed (R26)', () => {
  const secret = 'planted-3d9f55e1b0';
  const spoil = (value: unknown): unknown => {
    // Times stay times, or no protobuf could be made of them.
    if (typeof value === 'string') return /^\d{4}-/.test(value) ? value : value + secret;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(spoil);
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, spoil(child)]));
  };
  fc.assert(
    fc.property(arbitraryNode, ({ kind, apiVersion, ...rest }) => {
      const before = { kind, apiVersion, ...rest };
      const after: TestNode = {
        ...before,
        metadata: spoilt(rest.metadata),
        spec: spoilt(rest.spec),
        status: spoilt(rest.status),
      };
      for (const encoding of BOTH)
        for (const preset of PRESETS) {
          const answer = differ(encoding, preset, before, after);
          assert.ok(answer.paths.length > 0);
          assert.ok(!JSON.stringify(answer).includes(secret));
        }
    }),
    runs(100),
  );
  function spoilt<T>(part: T): T {
    return spoil(part) as T;
  }
});

test('bytes that no scanner wrote are read to their end without an exception or a hang (R27)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (a, b) => {
      for (const encoding of BOTH)
        differences(CODECS[encoding].legend(NODES, planOf('heartbeat')), Buffer.from(a), Buffer.from(b));
    }),
    runs(2000),
  );
});
