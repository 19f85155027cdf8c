/** What the simulator has to know of each resource that it serves: one row for each. */
import type { ApiObject } from './api-object.ts';
import { type LeaseObject, writeLease } from './lease-object.ts';
import { EMPTY_NODE, type NodeObject } from './node-object.ts';
import { parseNodePatch } from './patch-node.ts';
import { writeNode } from './protobuf-node.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import type { ResourceNames } from './resource-names.ts';

/** Its functions are given objects of this kind alone. */
export interface Kind<O extends ApiObject = ApiObject> {
  readonly resource: ResourceNames;
  readonly shortNames?: readonly string[];
  /** What Go writes of an object that was never set, behind its metadata. */
  readonly empty: Omit<O, 'metadata'>;
  /** Writes the fields of its protobuf message. */
  write(writer: ProtobufWriter, object: O): void;
  /** The fields that a selector may ask for, besides those of metadata, and their values. */
  readonly selectable?: readonly string[];
  fieldOf?(object: O, field: string): string;
  /** The object after a merge patch; absent where there are none. @throws ApiError 400 or 422 */
  patch?(object: O, body: string): O;
}

export const NODE: Kind<NodeObject> = {
  resource: { group: '', version: 'v1', plural: 'nodes', singular: 'node', kind: 'Node', namespaced: false },
  shortNames: ['no'],
  empty: EMPTY_NODE,
  write: writeNode,
  // kubernetes pkg/registry/core/node/strategy.go
  selectable: ['spec.unschedulable'],
  fieldOf: ({ spec }) => String(spec.unschedulable ?? false),
  patch: (node, body) => parseNodePatch(body)(node),
};

export const LEASE: Kind<LeaseObject> = {
  resource: {
    group: 'coordination.k8s.io',
    version: 'v1',
    plural: 'leases',
    singular: 'lease',
    kind: 'Lease',
    namespaced: true,
  },
  empty: { spec: {} },
  write: writeLease,
};

export const KINDS: readonly Kind[] = [NODE, LEASE];

/** The object of a BOOKMARK: only a resourceVersion, and what Go writes for zero values. */
export function bookmarkOf<O extends ApiObject>(
  kind: Kind<O>,
  resourceVersion: number,
  isEndOfInitialEvents: boolean,
): O {
  const metadata = {
    resourceVersion: String(resourceVersion),
    // apimachinery pkg/apis/meta/v1/types.go, InitialEventsAnnotationKey
    ...(isEndOfInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
  return { metadata, ...kind.empty } as ApiObject as O;
}
