/** Nodes as fast-check makes them: every field that a preset reads, and enough of those that none does. */
import fc from 'fast-check';

export interface Condition {
  type?: string;
  status?: string;
  lastHeartbeatTime?: string;
  reason?: string;
  message?: string;
}
export interface TestNode {
  kind: 'Node';
  apiVersion: 'v1';
  metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string; apiVersion: string }[];
    finalizers?: string[];
    managedFields?: { manager: string; operation: string }[];
  };
  spec: {
    podCIDR?: string;
    providerID?: string;
    unschedulable?: boolean;
    taints?: { key: string; effect: string }[];
  };
  status: {
    capacity?: Record<string, string>;
    conditions?: Condition[];
    addresses?: { type: string; address: string }[];
    nodeInfo?: { machineID: string; kernelVersion: string };
    images?: { names: string[]; sizeBytes: number }[];
  };
}

/** Strings that tempt a careless scanner: quotes, braces, escapes, other objects' text, and characters of 1 to 4 bytes. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    'True',
    'False',
    'NetworkUnavailable',
    '"labels":{"a":"b"}',
    '{"type":"MODIFIED","object":{"kind":"Node","metadata":{"name":"x","labels":{"a":"1"}}}}',
    '\\',
    '"',
    '\\"',
    '\n\u0000\u001f',
    '<&>\u2028',
    '}]',
    'é€😀',
  ),
);
const key = fc.oneof(
  fc.constantFrom('a', 'b', 'ab', 'kubernetes.io/os', 'labels', 'uid', '__proto__x', '10', '2'),
  text,
);
const stringMap = fc.dictionary(key, text, { maxKeys: 5, noNullPrototype: true });
const time = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:10Z', '2026-06-01T12:00:00Z');
const optional = { requiredKeys: [] };

const condition: fc.Arbitrary<Condition> = fc.record(
  {
    type: fc.constantFrom('NetworkUnavailable', 'Ready', 'MemoryPressure', 'networkunavailable'),
    status: fc.constantFrom('True', 'False', 'Unknown', ''),
    lastHeartbeatTime: time,
    reason: text,
    message: text,
  },
  { requiredKeys: ['type', 'status'] },
);

// Lists are absent rather than empty, as Go's omitempty has it.
export const arbitraryNode: fc.Arbitrary<TestNode> = fc.record({
  kind: fc.constant('Node' as const),
  apiVersion: fc.constant('v1' as const),
  metadata: fc.record(
    {
      name: fc.constantFrom('node-1', 'node-2'),
      uid: fc.constantFrom('u1', 'u2'),
      resourceVersion: fc.nat(9).map(String),
      deletionTimestamp: time,
      labels: stringMap,
      annotations: stringMap,
      ownerReferences: fc.array(fc.record({ kind: text, name: text, uid: text, apiVersion: text }), {
        minLength: 1,
        maxLength: 2,
      }),
      finalizers: fc.array(text, { minLength: 1, maxLength: 2 }),
      managedFields: fc.array(fc.record({ manager: text, operation: text }), { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ['name', 'uid', 'resourceVersion'] },
  ),
  spec: fc.record(
    {
      podCIDR: text,
      providerID: text,
      unschedulable: fc.boolean(),
      taints: fc.array(fc.record({ key: text, effect: text }), { minLength: 1, maxLength: 2 }),
    },
    optional,
  ),
  status: fc.record(
    {
      capacity: stringMap,
      conditions: fc.array(condition, { minLength: 1, maxLength: 4 }),
      addresses: fc.array(
        fc.record({ type: fc.constantFrom('InternalIP', 'ExternalIP', 'Hostname'), address: text }),
        { minLength: 1, maxLength: 3 },
      ),
      nodeInfo: fc.record({ machineID: text, kernelVersion: text }),
      images: fc.array(
        fc.record({ names: fc.array(text, { minLength: 1, maxLength: 2 }), sizeBytes: fc.nat() }),
        { minLength: 1, maxLength: 2 },
      ),
    },
    optional,
  ),
});

type Part = ['metadata' | 'spec' | 'status', string];
const NOISE: Part[] = [
  ['metadata', 'resourceVersion'],
  ['metadata', 'managedFields'],
];

/** Two states of one Node: the second takes some parts from another one, so that few fields differ. */
export const arbitraryChange: fc.Arbitrary<readonly [TestNode, TestNode]> = fc
  .tuple(
    arbitraryNode,
    arbitraryNode,
    fc.oneof(
      // What every preset takes for noise, so that there are no-ops for each.
      { weight: 1, arbitrary: fc.subarray(NOISE) },
      { weight: 2, arbitrary: fc.uniqueArray(fc.constantFrom(...pathsOfParts()), { maxLength: 3 }) },
    ),
  )
  .map(([before, other, paths]) => {
    const after = structuredClone(before);
    for (const [section, field] of paths) copyPart(after[section], other[section], field);
    return [before, after] as const;
  });

function pathsOfParts(): Part[] {
  const fields = {
    metadata: [
      'uid',
      'resourceVersion',
      'deletionTimestamp',
      'labels',
      'annotations',
      'ownerReferences',
      'finalizers',
      'managedFields',
    ],
    spec: ['podCIDR', 'providerID', 'unschedulable', 'taints'],
    status: ['capacity', 'conditions', 'addresses', 'nodeInfo', 'images'],
  };
  return (['metadata', 'spec', 'status'] as const).flatMap((section) =>
    fields[section].map((field) => [section, field] as Part),
  );
}

function copyPart(to: object, from: object, field: string): void {
  const part: unknown = Reflect.get(from, field);
  if (part === undefined) Reflect.deleteProperty(to, field);
  else Reflect.set(to, field, structuredClone(part));
}
