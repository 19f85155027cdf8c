import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { customProjection, type ProjectionDefinition } from '../../src/sieve/custom-projection.ts';
import { type Projection } from '../../src/sieve/filter.ts';
import { JsonScanner } from '../../src/wire/json-scanner.ts';
import { ProtobufScanner } from '../../src/wire/protobuf-scanner.ts';
import { arbitraryChange, type TestNode } from '../support/arbitrary-node.ts';
import { canonicalJson } from '../support/projections.ts';
import { BOTH, frame, reasonFor, sieveWith } from '../support/sieving.ts';

function projection(definition: ProjectionDefinition): Projection {
  const made = customProjection('mine', definition);
  if ('problems' in made) assert.fail(made.problems.join('\n'));
  return made.projection;
}

const problemOf = (by: ProjectionDefinition['by'], ...paths: string[]): string => {
  const made = customProjection('mine', { by, paths });
  return 'problems' in made ? made.problems.join('; ') : 'none';
};

const identity = ({ metadata: { uid, deletionTimestamp, finalizers, ownerReferences } }: TestNode) => ({
  uid,
  deletionTimestamp,
  finalizers,
  ownerReferences,
});

/** Definitions, and what each means in plain JavaScript. */
const CASES: readonly (ProjectionDefinition & { readonly means: (node: TestNode) => unknown })[] = [
  {
    by: 'include',
    paths: [
      'metadata.labels',
      'spec.taints',
      'status.conditions[type=Ready].status',
      'status.nodeInfo.kernelVersion',
      'status.addresses[*].address',
    ],
    means: (node) => [
      identity(node),
      node.metadata.labels ?? {},
      node.spec.taints ?? [],
      (node.status.conditions ?? []).filter(({ type }) => type === 'Ready').map(({ status }) => status),
      node.status.nodeInfo?.kernelVersion,
      (node.status.addresses ?? []).map(({ address }) => address),
    ],
  },
  {
    by: 'include',
    paths: [
      'spec',
      'status.capacity',
      'status.conditions[*].type',
      'status.conditions[*].reason',
      'metadata.annotations',
    ],
    means: (node) => [
      identity(node),
      node.spec,
      node.status.capacity ?? {},
      (node.status.conditions ?? []).map(({ type, reason }) => ({ type, reason })),
      node.metadata.annotations ?? {},
    ],
  },
  {
    by: 'include',
    paths: ['status'],
    means: (node) => [identity(node), { ...node.status, capacity: node.status.capacity ?? {} }],
  },
  {
    by: 'exclude',
    paths: [
      'metadata.managedFields',
      'metadata.labels',
      'status.images',
      'spec.podCIDR',
      'status.conditions[*].lastHeartbeatTime',
    ],
    means: ({ metadata, spec, status }) => {
      const {
        resourceVersion: _rv,
        managedFields: _mf,
        labels: _labels,
        annotations = {},
        ...meta
      } = metadata;
      const { podCIDR: _cidr, ...others } = spec;
      const { images: _images, conditions = [], capacity = {}, ...rest } = status;
      return [
        { ...meta, annotations },
        others,
        {
          ...rest,
          capacity,
          conditions: conditions.map(({ lastHeartbeatTime: _time, ...condition }) => condition),
        },
      ];
    },
  },
  {
    by: 'exclude',
    paths: ['spec', 'status', 'metadata.annotations'],
    means: ({ metadata: { resourceVersion: _rv, annotations: _a, labels = {}, ...meta } }) => ({
      ...meta,
      labels,
    }),
  },
];

for (const { by, paths, means } of CASES)
  describe(`${by} ${paths.join(', ')} (R14, R15)`, () => {
    test('JSON and protobuf swallow a MODIFIED exactly when nothing that counts has changed', () => {
      const { plan } = projection({ by, paths });
      const scanners = { json: new JsonScanner(plan), protobuf: new ProtobufScanner(plan) };
      let swallowed = 0;
      let changed = 0;
      fc.assert(
        fc.property(arbitraryChange, ([before, after]) => {
          const same = canonicalJson(means(before)) === canonicalJson(means(after));
          if (same) swallowed++;
          else changed++;
          for (const encoding of BOTH) {
            const sieve = sieveWith(scanners[encoding]);
            reasonFor(sieve, frame(encoding, 'ADDED', before));
            const reason = reasonFor(sieve, frame(encoding, 'MODIFIED', after));
            assert.equal(reason, same ? 'unchanged' : 'changed', encoding);
          }
        }),
        { numRuns: 700 },
      );
      assert.ok(swallowed > 50 && changed > 50, `${swallowed} no-ops, ${changed} changes`);
    });
  });

test('fingerprints of two projections are comparable only where these are defined alike (R16)', () => {
  const key = (...paths: string[]) => projection({ by: 'include', paths }).key;
  assert.equal(key('metadata.labels'), key('metadata.labels', 'metadata.labels'));
  assert.notEqual(key('metadata.labels'), key('metadata.annotations'));
  assert.notEqual(key('spec'), projection({ by: 'exclude', paths: ['spec'] }).key);
});

test('what a plan cannot say is a problem that names the path and the reason (R14)', () => {
  const problems: readonly (readonly [string, RegExp])[] = [
    [problemOf('include', 'metadata.annotations["example.com/x"]'), /one entry of a map cannot be chosen/],
    [problemOf('include', 'status.conditions.status'), /conditions is a list: write conditions\[\*\]/],
    [problemOf('include', 'status.nodeInfo[*].kernelVersion'), /nodeInfo is no list/],
    [problemOf('include', 'status.conditions[type=Ready]'), /fields are chosen/],
    [problemOf('include', 'status.conditions[type=Ready].status.x'), /one field is chosen/],
    [
      problemOf('include', 'status.conditions[type=A].status', 'status.conditions[type=B].status'),
      /one field of one kind of element/,
    ],
    [
      problemOf('include', 'status.conditions[type=A].status', 'status.conditions[*].status'),
      /one field of one kind of element/,
    ],
    [problemOf('include', 'status.images[names=x].sizeBytes'), /no text field names in images/],
    [problemOf('include', 'spec.podCIDR.x'), /podCIDR has no fields that can be chosen/],
    [problemOf('include', 'nothing'), /there is no nothing here, only metadata, spec, status/],
    [problemOf('include', 'metadata.resourceVersion'), /changes with every event/],
    [problemOf('exclude', 'metadata'), /identity fields, which always count/],
    [problemOf('exclude', 'metadata.ownerReferences[*].uid'), /identity field, which always counts/],
    [problemOf('exclude', 'status.conditions[type=Ready].status'), /cannot be left out/],
    [problemOf('include'), /names no field/],
  ];
  for (const [problem, pattern] of problems) assert.match(problem, pattern);
  for (const path of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a[', 'a[]', 'a[b]', 'a["b]', 'a[*]b', '$.a'])
    assert.match(problemOf('include', path), /is no path of fields/, path);
});
