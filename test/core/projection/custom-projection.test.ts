import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NODES } from '../../../src/core/resource/node.ts';
import { metadataOnly } from '../../../src/core/resource/metadata-only.ts';
import { OBJECT_META } from '../../../src/core/resource/object-meta.ts';
import {
  customProjection,
  type ProjectionDefinition,
} from '../../../src/core/projection/custom-projection.ts';
import type { Projection } from '../../../src/core/projection/filter.ts';
import { arbitraryChange, type TestNode } from '../../support/arbitrary-node.ts';
import { jsonFrame, protobufFrame } from '../../support/encode.ts';
import { canonicalJson } from '../../support/projections.ts';
import { assertEachArrives } from '../../support/arrivals.ts';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { WatchEvent } from '../../../src/core/codec/watch-event.ts';
import { BOTH, frame, node, reasonFor, TestSieve } from '../../support/sieving.ts';
import { often, runs } from '../../support/property-runs.ts';

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

const entries = (map: Record<string, string> = {}, isMeant: (key: string) => boolean) =>
  Object.fromEntries(Object.entries(map).filter(([key]) => isMeant(key)));

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
  {
    by: 'include',
    paths: [
      'metadata.annotations["kubernetes.io/os"]',
      'metadata.annotations["a"]',
      'metadata.labels["a*"]',
      'status.capacity["1*"]',
      'status.conditions[type=Ready].status',
      'status.conditions[type=Ready].reason',
      'status.conditions[type=NetworkUnavailable]',
      'status.addresses[type=InternalIP].address',
      'status.addresses[type=ExternalIP].address',
    ],
    means: (node) => [
      identity(node),
      entries(node.metadata.annotations, (key) => key === 'a' || key === 'kubernetes.io/os'),
      entries(node.metadata.labels, (key) => key.startsWith('a')),
      entries(node.status.capacity, (key) => key.startsWith('1')),
      (node.status.conditions ?? [])
        .filter(({ type = '' }) => ['NetworkUnavailable', 'Ready'].includes(type))
        .map((condition) =>
          condition.type === 'Ready' ? ['Ready', condition.status, condition.reason ?? null] : condition,
        ),
      (node.status.addresses ?? []).filter(({ type }) => type !== 'Hostname'),
    ],
  },
  {
    by: 'include',
    paths: ['status.conditions[*].reason', 'status.conditions[type=Ready].status', 'metadata.labels'],
    means: (node) => [
      identity(node),
      node.metadata.labels ?? {},
      (node.status.conditions ?? []).map(({ type, status, reason = null }) =>
        type === 'Ready' ? [reason, status] : [reason],
      ),
    ],
  },
  {
    by: 'exclude',
    paths: [
      'metadata.managedFields',
      'metadata.annotations["a"]',
      'metadata.annotations["kubernetes.io/*"]',
      'metadata.labels["labels"]',
      'status.conditions[*].lastHeartbeatTime',
      'status.conditions[type=MemoryPressure]',
      'status.conditions[type=Ready].message',
      'status.addresses[type=Hostname]',
    ],
    means: ({ metadata, spec, status }) => {
      const { resourceVersion: _rv, managedFields: _mf, labels, annotations, ...meta } = metadata;
      const { conditions = [], addresses = [], capacity = {}, ...rest } = status;
      return [
        meta,
        entries(labels, (key) => key !== 'labels'),
        entries(annotations, (key) => key !== 'a' && !key.startsWith('kubernetes.io/')),
        spec,
        { ...rest, capacity },
        conditions
          .filter(({ type }) => type !== 'MemoryPressure')
          .map(({ lastHeartbeatTime: _time, message, ...condition }) =>
            condition.type === 'Ready' ? condition : { ...condition, message },
          ),
        addresses.filter(({ type }) => type !== 'Hostname'),
      ];
    },
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
      assert.ok(often(Math.min(swallowed, changed), RUNS, 1 / 14), `${swallowed} no-ops, ${changed} changes`);
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
    [problemOf('include', 'metadata.annotations["*"]'), /all entries are metadata\.annotations$/],
    [problemOf('include', 'metadata.annotations["a*b"]'), /\* stands for the rest of a key, at its end/],
    [problemOf('exclude', 'metadata.labels["a"].b'), /an entry of a map has no fields/],
    [problemOf('exclude', 'spec["podCIDR"]'), /spec is not a map/],
    [
      problemOf('include', 'status.conditions.status'),
      /conditions is a list: write status\.conditions\[\*\]/,
    ],
    [problemOf('include', 'status.nodeInfo[*].kernelVersion'), /nodeInfo is not a list/],
    [problemOf('include', 'status.conditions[*]'), /choose fields of the elements, or the list itself/],
    [
      problemOf('include', 'status.conditions[type=Ready].status.x'),
      /status has no fields that can be chosen/,
    ],
    [
      problemOf('include', 'status.conditions[type=A].status', 'status.conditions[status=B].type'),
      /^"status\.conditions\[type=A\]\.status": elements of a list are chosen by one field only, here by status already/,
    ],
    [
      problemOf('exclude', 'spec.taints[key=a]', 'spec.taints[effect=b].value', 'spec.taints[value=c].key'),
      /"spec\.taints\[effect=b\]\.value": .*by key already; "spec\.taints\[value=c\]\.key": .*by key already/,
    ],
    [problemOf('include', 'spec.podCIDRs[x=y]'), /podCIDRs has no fields that can be chosen/],
    [problemOf('include', 'status.images[names=x].sizeBytes'), /no text field names in images/],
    [problemOf('include', 'spec.podCIDR.x'), /podCIDR has no fields that can be chosen/],
    [problemOf('include', 'nothing'), /there is no nothing here, only metadata, spec, status/],
    [problemOf('include', 'metadata.resourceVersion'), /changes with every event/],
    [problemOf('exclude', 'metadata'), /identity fields, which always count/],
    [problemOf('exclude', 'metadata.ownerReferences[*].uid'), /identity field, which always counts/],
    [problemOf('include'), /names no field/],
    [problemOf('exclude', 'metadata.annotations.foo'), /by its key: metadata\.annotations\["foo"\]$/],
    [problemOf('exclude', 'status.capacity.cpu'), /by its key: status\.capacity\["cpu"\]$/],
    [problemOf('exclude', 'metadata.labels.a.b[type=x].c'), /by its key: metadata\.labels\["KEY"\]$/],
    [
      problemOf('include', 'metadata.labels', 'metadata.labels.foo'),
      /^"metadata.labels.foo": one entry of a map is chosen by its key/,
    ],
    [problemOf('include', 'metadata.labels[*]'), /by its key: metadata\.labels\["KEY"\]$/],
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
    assert.match(problemOf('include', path), /is not a path of fields/, path);
});

test('with a path that means nothing goes the nearest that does (R14, R33)', () => {
  const meant: readonly (readonly [path: string, meant: string])[] = [
    ['metadata.label', 'metadata.labels'],
    ['status.condition[type=Ready].status', 'status.conditions[type=Ready].status'],
    ['status.conditions[type=Ready].state', 'status.conditions[type=Ready].status'],
    ['spec.labels', 'metadata.labels'],
    ['metadata.podCIDR', 'spec.podCIDR'],
    ['status.kernelVersion', 'status.nodeInfo.kernelVersion'],
    ['spec.lastHeartbeatTime', 'status.conditions[*].lastHeartbeatTime'],
    ['metadata.annotations.kubevirt.io/heartbeat', 'metadata.annotations["kubevirt.io/heartbeat"]'],
    ['metadata.annotations[kubevirt.io/heartbeat]', 'metadata.annotations["kubevirt.io/heartbeat"]'],
  ];
  for (const [path, right] of meant) {
    assert.ok(problemOf('exclude', path).endsWith(`(did you mean ${right}?)`), problemOf('exclude', path));
    assert.equal(problemOf('exclude', right), 'none');
  }
  assert.match(problemOf('include', 'status.conditions[typ=Ready].status'), /\(did you mean type\?\)$/);
  assert.doesNotMatch(problemOf('include', 'spec.something'), /did you mean/);
  assert.doesNotMatch(problemOf('include', 'a/b'), /did you mean/);
});

test('more fields of one object than a scanner tells apart are a problem, and none when a stream begins', () => {
  const schema = {
    metadata: { number: 1, holds: 'message' as const, message: OBJECT_META },
    spec: {
      number: 2,
      holds: 'message' as const,
      message: Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [`f${i}`, { number: i + 1, holds: 'text' as const }]),
      ),
    },
  };
  const made = (count: number) =>
    customProjection({ schema }, 'mine', {
      by: 'include',
      paths: Array.from({ length: count }, (_, i) => `spec.f${i}`),
    });
  const most = made(25);
  assert.ok('projection' in most);
  CODECS.json.scanner({ ...NODES, schema }, most.projection.plan);
  assert.deepEqual(made(26), {
    problems: [{ path: undefined, message: 'names more than 25 fields of one object' }],
  });
});

describe('entries of a map (R14, R15)', () => {
  const heartbeat = (value: string, others: object = {}) =>
    node({ metadata: { annotations: { 'kubevirt.io/heartbeat': value, ...others } } });

  test('left out one by one: that key, and no other that begins or ends like it', () => {
    const { plan } = projection({
      by: 'exclude',
      paths: ['metadata.annotations["kubevirt.io/heartbeat"]', 'metadata.managedFields'],
    });
    for (const encoding of BOTH) {
      const reasons = (before: TestNode, after: TestNode) => {
        const sieve = new TestSieve({ encoding, plan });
        reasonFor(sieve, frame(encoding, 'ADDED', before));
        return reasonFor(sieve, frame(encoding, 'MODIFIED', after));
      };
      assert.equal(reasons(heartbeat('1'), heartbeat('2')), 'unchanged');
      assert.equal(reasons(node(), heartbeat('2')), 'unchanged', 'an empty map equals its absence');
      for (const key of ['kubevirt.io/heartbeat2', 'kubevirt.io/heartbea', 'kubevirt.io/', 'heartbeat', ''])
        assert.equal(reasons(heartbeat('1'), heartbeat('1', { [key]: 'x' })), 'changed', key);
    }
  });

  const SHAPES = [
    { shape: 'whole Nodes', resource: NODES, cut: (whole: TestNode) => whole },
    {
      shape: 'their metadata alone',
      resource: metadataOnly(NODES),
      cut: ({ metadata }: TestNode) => ({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
      }),
    },
  ];
  for (const { shape, resource, cut } of SHAPES)
    test(`without metadata.annotations["kubevirt.io/heartbeat"], of ${shape}: what comes with a heartbeat arrives (R14)`, () => {
      const { plan } = projection({
        by: 'exclude',
        paths: ['metadata.annotations["kubevirt.io/heartbeat"]'],
      });
      const others = { 'example.com/owner': 'a', 'kubevirt.io/ksm-enabled': 'false' };
      const at = (beat: string | undefined, metadata: object = {}, parts: object = {}): TestNode =>
        node({
          metadata: {
            resourceVersion: beat ?? '0',
            annotations: { ...others, ...(beat === undefined ? {} : { 'kubevirt.io/heartbeat': beat }) },
            ...metadata,
          },
          ...parts,
        });
      const annotated = (annotations: object): TestNode =>
        at('2', { annotations: { 'kubevirt.io/heartbeat': '2', ...annotations } });
      const forwarded: Readonly<Record<string, TestNode>> = {
        'another value beside it': annotated({ ...others, 'example.com/owner': 'b' }),
        'another of its own group': annotated({ ...others, 'kubevirt.io/ksm-enabled': 'true' }),
        'one more': annotated({ ...others, 'example.com/new': '' }),
        'one less': annotated({ 'example.com/owner': 'a' }),
        'none but it': annotated({}),
        'a label': at('2', { labels: { a: '2', b: '2' } }),
        'a finalizer': at('2', { finalizers: ['a/b'] }),
        managedFields: at('2', { managedFields: [{ manager: 'm', operation: 'Update' }] }),
        ...(resource === NODES ? { 'a taint': at('2', {}, { spec: { taints: [{ key: 'a' }] } }) } : {}),
      };
      for (const encoding of BOTH) {
        const bytesOf = (type: string, object: TestNode): Buffer =>
          encoding === 'json' ? jsonFrame(type, cut(object)) : protobufFrame(type, cut(object));
        const reason = (after: TestNode, before = at('1')) => {
          const sieve = new TestSieve({ encoding, plan, resource });
          reasonFor(sieve, bytesOf('ADDED', before));
          return reasonFor(sieve, bytesOf('MODIFIED', after));
        };
        assert.equal(reason(at('2')), 'unchanged', encoding);
        assert.equal(reason(at('2'), at(undefined)), 'unchanged', 'the first of all');
        assert.equal(reason(at(undefined)), 'unchanged', 'taken away');
        for (const [what, after] of Object.entries(forwarded))
          assert.equal(reason(after), 'changed', `${encoding}: ${what}`);
      }
    });

  test('chosen by what their keys begin with, however a server spells these', () => {
    const { plan } = projection({ by: 'include', paths: ['metadata.annotations["flannel.é/*"]'] });
    const state = (value: string) => node({ metadata: { annotations: { 'flannel.é/x': value, b: 'c' } } });
    for (const encoding of BOTH)
      assertEachArrives(encoding, plan, [
        frame(encoding, 'MODIFIED', state('1')),
        frame(encoding, 'MODIFIED', state('2')),
      ]);
    const escaped = (value: string): Buffer =>
      Buffer.from(
        frame('json', 'MODIFIED', state(value)).toString().replace('flannel.é', '\\u0066lannel.\\u00e9'),
      );
    assertEachArrives('json', plan, [escaped('1'), escaped('2')]);
  });
});

describe('elements of a list by their kind (R14, R15)', () => {
  const { plan } = projection({
    by: 'include',
    paths: ['status.conditions[type=A].status', 'status.conditions[type=B].status'],
  });
  const states = (...conditions: readonly (readonly [string, string])[]) =>
    node({ status: { conditions: conditions.map(([type, status]) => ({ type, status })) } });

  test('count in their order, and a kind is not mistaken for another', () => {
    for (const encoding of BOTH)
      assertEachArrives(encoding, plan, [
        frame(encoding, 'MODIFIED', states(['A', 'True'], ['B', 'True'])),
        frame(encoding, 'MODIFIED', states(['B', 'True'], ['A', 'True'])),
        frame(encoding, 'MODIFIED', states(['A', 'True'], ['A', 'True'])),
        frame(encoding, 'MODIFIED', states(['A', 'True'], ['C', 'True'])),
        frame(encoding, 'MODIFIED', states(['C', 'True'])),
      ]);
  });

  test('have what is taken of every element too', () => {
    const both = projection({
      by: 'include',
      paths: ['status.conditions[*].reason', 'status.conditions[type=A].status'],
    });
    const state = (reason: string) =>
      node({ status: { conditions: [{ type: 'A', status: 'True', reason }] } });
    for (const encoding of BOTH)
      assertEachArrives(encoding, both.plan, [
        frame(encoding, 'MODIFIED', state('a')),
        frame(encoding, 'MODIFIED', state('b')),
      ]);
  });

  test('are found where the text stands behind what is taken, or comes twice: then it is doubt', () => {
    const json = (conditions: string): Buffer =>
      Buffer.from(
        `{"type":"MODIFIED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","resourceVersion":"1"},"status":{"conditions":${conditions}}}}\n`,
      );
    const scanner = CODECS.json.scanner(NODES, plan);
    const form = (conditions: string): string => {
      const event = new WatchEvent();
      const bytes = json(conditions);
      scanner.scan(bytes, 0, bytes.length, event);
      return event.understanding === 'projected'
        ? event.canonical.view().toString('hex')
        : event.understanding;
    };
    const plain = form('[{"type":"A","status":"True"}]');
    assert.equal(form('[ {"status":"True","x":[{}],"type" : "A"}, {"type":"C"} ]'), plain);
    assert.notEqual(form('[{"status":"False","type":"A"}]'), plain);
    assert.equal(form('[{"type":"A","status":"True","type":"A"}]'), 'undecodable');
    assert.equal(form('[{"type":1,"status":"True"}]'), 'undecodable');
    assert.equal(form('[7]'), 'undecodable');
    for (const none of [
      '[]',
      'null',
      '[null]',
      '[{}]',
      '[{"type":null,"status":"True"}]',
      '[{"status":"True"}]',
    ])
      assert.equal(form(none), form('[{"type":"C","status":"x"}]'), none);
  });
});
