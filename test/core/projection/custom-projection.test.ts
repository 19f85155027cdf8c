import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NODES } from '../../../src/core/resource/node.ts';
import {
  customProjection,
  type ProjectionDefinition,
} from '../../../src/core/projection/custom-projection.ts';
import { type Projection } from '../../../src/core/projection/filter.ts';
import { arbitraryChange, type TestNode } from '../../support/arbitrary-node.ts';
import { canonicalJson } from '../../support/projections.ts';
import { assertEachArrives } from '../../support/arrivals.ts';
import { BOTH, frame, node, reasonFor, TestSieve } from '../../support/sieving.ts';
import { runs } from '../../support/property-runs.ts';

const RUNS = runs(700);

function projection(definition: ProjectionDefinition): Projection {
  const made = customProjection(NODES, 'mine', definition);
  if ('problems' in made) assert.fail(made.problems.map(({ message }) => message).join('\n'));
  return made.projection;
}

const problemOf = (by: ProjectionDefinition['by'], ...paths: string[]): string => {
  const made = customProjection(NODES, 'mine', { by, paths });
  return 'problems' in made ? made.problems.map(({ message }) => message).join('; ') : 'none';
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
      let swallowed = 0;
      let changed = 0;
      fc.assert(
        fc.property(arbitraryChange, ([before, after]) => {
          const same = canonicalJson(means(before)) === canonicalJson(means(after));
          if (same) swallowed++;
          else changed++;
          for (const encoding of BOTH) {
            const sieve = new TestSieve({ encoding, plan });
            reasonFor(sieve, frame(encoding, 'ADDED', before));
            const reason = reasonFor(sieve, frame(encoding, 'MODIFIED', after));
            assert.equal(reason, same ? 'unchanged' : 'changed', encoding);
          }
        }),
        RUNS,
      );
      assert.ok(Math.min(swallowed, changed) > RUNS.numRuns / 14, `${swallowed} no-ops, ${changed} changes`);
    });
  });

test('fingerprints of two projections are comparable only where these are defined alike (R16)', () => {
  const key = (...paths: string[]) => projection({ by: 'include', paths }).key;
  assert.equal(key('metadata.labels'), key('metadata.labels', 'metadata.labels'));
  assert.notEqual(key('metadata.labels'), key('metadata.annotations'));
  assert.notEqual(key('spec'), projection({ by: 'exclude', paths: ['spec'] }).key);
});

describe('a wider path takes in a narrower one, in either order (R14)', () => {
  const wide: readonly (readonly [ProjectionDefinition['by'], wide: string, narrow: string])[] = [
    ['include', 'status', 'status.addresses[*].type'],
    ['include', 'status', 'status.conditions[type=Ready].status'],
    ['include', 'status', 'status.images'],
    ['include', 'metadata', 'metadata.ownerReferences[*].name'],
    ['include', 'metadata', 'metadata.labels'],
    ['include', 'status.conditions', 'status.conditions[type=Ready].status'],
    ['include', 'status.conditions', 'status.conditions[*].status'],
    ['include', 'spec', 'spec.taints[key=x].effect'],
    ['include', 'status.nodeInfo', 'status.nodeInfo.kernelVersion'],
    ['exclude', 'status', 'status.images'],
    ['exclude', 'status.conditions', 'status.conditions[*].lastHeartbeatTime'],
    ['exclude', 'spec', 'spec.taints[*].timeAdded'],
  ];
  for (const [by, wider, narrower] of wide)
    test(`${by} ${wider} with ${narrower}`, () => {
      const { key } = projection({ by, paths: [wider] });
      assert.equal(projection({ by, paths: [wider, narrower] }).key, key);
      assert.equal(projection({ by, paths: [narrower, wider] }).key, key);
    });

  test('what lies beside each other is united', () => {
    const [a, b] = ['status.addresses[*].type', 'status.addresses[*].address'];
    const { key, plan } = projection({ by: 'include', paths: [a, b] });
    assert.equal(projection({ by: 'include', paths: [b, a] }).key, key);
    assert.deepEqual(plan.fields['status'], {
      fields: { addresses: { each: { fields: { address: 'whole', type: 'whole' }, rest: 'skip' } } },
      rest: 'skip',
    });
  });

  test('the identity fields count as a whole, whatever of them is named', () => {
    const named = projection({ by: 'include', paths: ['metadata.ownerReferences[*].name'] });
    assert.equal(named.key, projection({ by: 'include', paths: ['metadata.uid'] }).key);
  });

  const changes: readonly (readonly [paths: string[], parts: Parameters<typeof node>[0]])[] = [
    [
      ['status', 'status.addresses[*].type'],
      {
        status: {
          addresses: [
            { type: 'InternalIP', address: '10.0.0.9' },
            { type: 'Hostname', address: 'node-1' },
          ],
        },
      },
    ],
    [
      ['status', 'status.conditions[type=Ready].status'],
      {
        status: {
          conditions: [
            { type: 'NetworkUnavailable', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' },
            { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' },
          ],
        },
      },
    ],
    [
      ['metadata', 'metadata.ownerReferences[*].name'],
      { metadata: { ownerReferences: [{ kind: 'k', name: 'n', uid: 'other', apiVersion: 'v1' }] } },
    ],
  ];
  for (const [paths, parts] of changes)
    for (const order of [paths, paths.toReversed()])
      test(`include ${order.join(', ')}: a change of what the wider one has arrives`, () => {
        const { plan } = projection({ by: 'include', paths: order });
        const before = node({
          ...(parts?.metadata && {
            metadata: { ownerReferences: [{ kind: 'k', name: 'n', uid: 'one', apiVersion: 'v1' }] },
          }),
        });
        for (const encoding of BOTH)
          assertEachArrives(encoding, plan, [
            frame(encoding, 'MODIFIED', before),
            frame(encoding, 'MODIFIED', node(parts)),
          ]);
      });
});

describe('elements chosen by a text (R14, R15)', () => {
  for (const text of ['Größe', 'a&b', '<', '😀', 'a/b', 'a\u2028b', "'"])
    test(`${text}, however it is spelled`, () => {
      const { plan } = projection({ by: 'include', paths: [`status.conditions[type=${text}].status`] });
      const states = ['True', 'False'].map((status) =>
        node({ status: { conditions: [{ type: text, status }] } }),
      );
      for (const encoding of BOTH)
        assertEachArrives(
          encoding,
          plan,
          states.map((state) => frame(encoding, 'MODIFIED', state)),
        );
      const escaped = Array.from({ length: text.length }, (_, at) => hexEscape(text, at)).join('');
      assertEachArrives(
        'json',
        plan,
        states.map((state) => {
          const line = JSON.stringify({ type: 'MODIFIED', object: state });
          const spelled = line.replace(JSON.stringify(text), `"${escaped}"`);
          assert.notEqual(spelled, line);
          return Buffer.from(`${spelled}\n`);
        }),
      );
    });

  const hexEscape = (text: string, i: number): string =>
    `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`;
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
    [problemOf('exclude', 'metadata.annotations.foo'), /one entry of a map cannot be chosen/],
    [problemOf('exclude', 'status.capacity.cpu'), /one entry of a map cannot be chosen/],
    [problemOf('exclude', 'metadata.labels.a.b[type=x].c'), /one entry of a map cannot be chosen/],
    [
      problemOf('include', 'metadata.labels', 'metadata.labels.foo'),
      /^"metadata.labels.foo": one entry of a map/,
    ],
    [problemOf('include', 'metadata.labels[*]'), /one entry of a map cannot be chosen/],
    [problemOf('include', 'status', 'status.nothing'), /^"status.nothing": there is no nothing here/],
    [problemOf('include', 'spec', 'spec.podCIDR.x'), /^"spec.podCIDR.x": podCIDR has no fields/],
    [problemOf('exclude', 'status', 'status.conditions.type'), /conditions is a list/],
    [problemOf('include', 'metadata.constructor'), /there is no constructor here/],
    [problemOf('exclude', 'toString'), /there is no toString here/],
    [problemOf('include', 'status.conditions[constructor=x].status'), /no text field constructor/],
    [problemOf('include', 'status.conditions[lastTransitionTime=2026-01-01T00:00:00Z].status'), /is a time/],
    [problemOf('include', 'spec.taints[timeAdded=x].key'), /is a time/],
  ];
  for (const [problem, pattern] of problems) assert.match(problem, pattern);
  for (const path of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a[', 'a[]', 'a[b]', 'a["b]', 'a[*]b', '$.a'])
    assert.match(problemOf('include', path), /is no path of fields/, path);
});
