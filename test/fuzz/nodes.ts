/** Nodes from chance, fast: every field that a preset reads, the large ones that none does, and texts that tempt. */
import type { Condition, TestNode } from '../support/arbitrary-node.ts';
import type { Random } from './random.ts';

const TEXTS = [
  ...['', 'a', 'b', 'True', 'False', 'Unknown', 'NetworkUnavailable', 'InternalIP', 'node-1', '10.0.0.1'],
  ...[
    '"labels":{"a":"b"}',
    '\\',
    '"',
    '\\"',
    '\n\u0000\u001f',
    '<&>\u2028',
    '}]',
    'é€😀',
    ']},"spec":{',
    '\u007f',
  ],
  '{"type":"MODIFIED","object":{"kind":"Node","metadata":{"name":"x","labels":{"a":"1"}}}}',
];
const KEYS = [
  'a',
  'b',
  'ab',
  'kubernetes.io/os',
  'labels',
  'uid',
  '10',
  '2',
  'é',
  'k8s.io/initial-events-end',
];
const TIMES = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:10Z', '2026-06-01T12:00:00Z'];

const text = (random: Random): string =>
  random.oneIn(8) ? random.bytes(random.below(10)).toString('utf8') : random.pick(TEXTS);

function list<T>(random: Random, max: number, item: (random: Random) => T): T[] {
  return Array.from({ length: 1 + random.below(max) }, () => item(random));
}

function map(random: Random): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: random.below(5) }, (): [string, string] => [
      random.oneIn(8) ? text(random) : random.pick(KEYS),
      text(random),
    ]),
  );
}

/** The part, most of the time. */
function often<K extends string, V>(random: Random, key: K, value: (random: Random) => V): { [P in K]?: V } {
  const part: { [P in K]?: V } = {};
  if (!random.oneIn(3)) part[key] = value(random);
  return part;
}

function condition(random: Random): Condition {
  return {
    type: random.pick(['NetworkUnavailable', 'NetworkUnavailable', 'Ready', 'networkunavailable']),
    status: random.pick(['True', 'False', 'Unknown', '', '}a', '}b', '"}']),
    ...often(random, 'lastHeartbeatTime', (r) => r.pick(TIMES)),
    ...often(random, 'reason', text),
  };
}

export function randomNode(random: Random): TestNode {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: random.pick(['node-1', 'node-2', 'é']),
      uid: random.pick(['u1', 'u2']),
      resourceVersion: String(1 + random.below(20)),
      ...(random.oneIn(5) ? { deletionTimestamp: random.pick(TIMES) } : {}),
      ...often(random, 'labels', map),
      ...often(random, 'annotations', map),
      ...(random.oneIn(4)
        ? {
            ownerReferences: list(random, 2, (r) => ({
              kind: text(r),
              name: text(r),
              uid: text(r),
              apiVersion: '',
            })),
          }
        : {}),
      ...(random.oneIn(4) ? { finalizers: list(random, 2, text) } : {}),
      ...often(random, 'managedFields', (r) => list(r, 2, () => ({ manager: text(r), operation: 'Update' }))),
    },
    spec: {
      ...often(random, 'podCIDR', text),
      ...(random.oneIn(3) ? { unschedulable: true } : {}),
      ...(random.oneIn(3) ? { taints: list(random, 2, (r) => ({ key: text(r), effect: text(r) })) } : {}),
    },
    status: {
      ...often(random, 'capacity', map),
      ...often(random, 'conditions', (r) => list(r, 4, condition)),
      ...often(random, 'addresses', (r) =>
        list(r, 3, () => ({ type: r.pick(['InternalIP', 'InternalIP', 'Hostname']), address: text(r) })),
      ),
      ...(random.oneIn(3) ? { nodeInfo: { machineID: text(random), kernelVersion: text(random) } } : {}),
      ...(random.oneIn(2)
        ? { images: list(random, 2, (r) => ({ names: list(r, 2, text), sizeBytes: r.below(2 ** 31) })) }
        : {}),
    },
  };
}

/** The same Node a little later: mostly a heartbeat, sometimes with parts of another one. */
export function laterNode(random: Random, node: TestNode): TestNode {
  const conditions = node.status.conditions?.map((condition) => ({
    ...condition,
    ...(condition.lastHeartbeatTime === undefined ? {} : { lastHeartbeatTime: random.pick(TIMES) }),
  }));
  const later = {
    ...node,
    metadata: { ...node.metadata, resourceVersion: String(100 + random.below(1000)) },
    status: { ...node.status, ...(conditions === undefined ? {} : { conditions }) },
  };
  if (random.oneIn(2)) return later;
  const other = randomNode(random);
  const { name, resourceVersion } = later.metadata;
  switch (random.below(5)) {
    case 0:
      return { ...later, metadata: { ...other.metadata, name, resourceVersion } };
    case 1:
      return { ...later, spec: other.spec };
    case 2:
      return { ...later, status: other.status };
    case 3:
      later.metadata.labels = map(random);
      return later;
    default:
      later.status.conditions = list(random, 3, condition);
      return later;
  }
}
