/** The model's Nodes, in the shape that both the simulator's encoders and the oracle (test/support/projections.ts) take. */
import { NODES } from '../../src/core/resource/node.ts';
import { NODE } from '../../src/lab/simulator/kind.ts';
import { EMPTY_NODE, type NodeObject } from '../../src/lab/simulator/node-object.ts';
import type { TestNode } from '../support/arbitrary-node.ts';
import {
  BIG,
  LABELS,
  MANAGED_FIELDS,
  type ModelScope,
  type ObjectState,
  type Subject,
} from './model-object.ts';
import { nodesSeenBy } from './model-projection.ts';

export type ModelNode = TestNode & NodeObject;

const NAMES = ['node-1', 'node-2', 'node-3', 'node-4'] as const;
const STATUSES = ['False', 'True', 'Unknown'] as const;

export function modelNode(state: ObjectState, resourceVersion: string): ModelNode {
  const { key: name, uid, labels, cordoned, network, address, beat, note, isBig } = state;
  const lastHeartbeatTime = new Date(1_767_225_600_000 + beat * 10_000).toISOString().replace('.000', '');
  const annotations = { note: isBig ? BIG : String(note) };
  const labelMap = LABELS[labels % LABELS.length];
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name,
      uid: `uid-${uid}`,
      resourceVersion,
      ...(labelMap === undefined ? {} : { labels: labelMap }),
      annotations,
      managedFields: MANAGED_FIELDS,
    },
    spec: { podCIDR: '10.0.0.0/24', ...(cordoned ? { unschedulable: true } : {}) },
    status: {
      capacity: { cpu: '4' },
      conditions: [
        { type: 'NetworkUnavailable', status: STATUSES[network % STATUSES.length] ?? '' },
        { type: 'Ready', status: 'True', lastHeartbeatTime },
      ],
      addresses: [{ type: 'InternalIP', address: `10.0.0.${address}` }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: EMPTY_NODE.status.nodeInfo,
    },
  };
}

export const SCOPES: readonly ModelScope[] = [
  { namespace: '', labelSelector: '', fieldSelector: '', matches: () => true },
  {
    namespace: '',
    labelSelector: 'zone=in',
    fieldSelector: '',
    matches: ({ metadata }) => metadata.labels?.['zone'] === 'in',
  },
  {
    namespace: '',
    labelSelector: '',
    fieldSelector: 'metadata.name=node-1',
    matches: ({ metadata }) => metadata.name === 'node-1',
  },
];

export const MODEL_NODES: Subject = {
  resource: NODES,
  kind: NODE,
  keys: NAMES,
  scopes: SCOPES,
  seen: nodesSeenBy,
  least: nodesSeenBy('labels'),
  objectOf: modelNode,
};
