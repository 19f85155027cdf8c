/** Nodes as Go writes them: fields in the order of their declaration, as far as test nodes have these. */
import type { TestNode } from './arbitrary-node.ts';

const METADATA = [
  'name',
  'uid',
  'resourceVersion',
  'deletionTimestamp',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];
const SPEC = ['podCIDR', 'providerID', 'unschedulable', 'taints'];
const STATUS = ['capacity', 'conditions', 'addresses', 'daemonEndpoints', 'nodeInfo', 'images'];

export function inGoOrder({ metadata, spec, status }: TestNode) {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: ordered(metadata, METADATA),
    spec: ordered(spec, SPEC),
    status: ordered(status, STATUS),
  } as const;
}

function ordered(part: object, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    keys
      .map((key) => [key, Reflect.get(part, key) as unknown] as const)
      .filter(([, value]) => value !== undefined),
  );
}
