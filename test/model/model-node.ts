/**
 * The Nodes of the model: a few fields inside the projections and a few outside, each with values that come back
 * often, in the shape that both the simulator's encoders and the oracle (test/support/projections.ts) take.
 */
import { type NodeObject } from '../../src/lab/simulator/node-object.ts';
import { type TestNode } from '../support/arbitrary-node.ts';
import { meaningOf, type ProjectionName } from './model-projection.ts';

/** Immutable: a change makes a new one, so that what was computed for one may be kept. */
export type ModelNode = TestNode & NodeObject;

export interface NodeState {
  readonly name: string;
  readonly uid: number;
  /** Index of {@link LABELS}. */
  readonly labels: number;
  readonly cordoned: boolean;
  /** Index of {@link STATUSES}. */
  readonly network: number;
  readonly address: number;
  /** Outside of every projection. */
  readonly beat: number;
  /** Outside of every projection but `heartbeat`. */
  readonly note: number;
  /** So long that its frames are over the limit. */
  readonly isBig: boolean;
}

export const NAMES = ['node-1', 'node-2', 'node-3', 'node-4'] as const;

/** Selectors see only `zone`. The others differ by where a byte stands, not by which bytes there are. */
const LABELS: readonly (Record<string, string> | undefined)[] = [
  { zone: 'in' },
  { zone: 'out' },
  { a: 'bc', zone: 'in' },
  { ab: 'c', zone: 'in' },
  undefined,
  { abc: '', zone: 'in' },
];
export const LABEL_VARIANTS = LABELS.length;
/** Labels that no selector of the model takes. */
export const OUT_OF_ZONE = 1;
const MANAGED_FIELDS = [{ manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' }];
const STATUSES = ['False', 'True', 'Unknown'] as const;

/** Above any frame of a small Node, below any of a big one. */
export const MAX_FRAME_BYTES = 4096;
const BIG = 'x'.repeat(MAX_FRAME_BYTES + 1000);

/** A node as it is first added. */
export function freshState(name: string, uid: number): NodeState {
  return {
    name,
    uid,
    labels: 0,
    cordoned: false,
    network: 0,
    address: 1,
    beat: 0,
    note: 0,
    isBig: false,
  };
}

/** What part of a node is changed; `zone` takes it out of a selector or back, `swap` gives it a new uid within one MODIFIED. */
export type Part = 'labels' | 'zone' | 'cordoned' | 'network' | 'address' | 'note' | 'big' | 'swap';

export function changed(state: NodeState, part: Part, value: number, newUid: number): NodeState {
  switch (part) {
    case 'labels':
      return { ...state, labels: value };
    case 'zone':
      return { ...state, labels: state.labels === OUT_OF_ZONE ? 0 : OUT_OF_ZONE };
    case 'cordoned':
      return { ...state, cordoned: !state.cordoned };
    case 'network':
      return { ...state, network: value };
    case 'address':
      return { ...state, address: 1 + (value % 2) };
    case 'note':
      return { ...state, note: value };
    case 'big':
      return { ...state, isBig: !state.isBig };
    case 'swap':
      return { ...state, uid: newUid };
  }
}

export function modelNode(state: NodeState, resourceVersion: string): ModelNode {
  const { name, uid, labels, cordoned, network, address, beat, note, isBig } = state;
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
      nodeInfo: {
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: '',
        osImage: '',
        containerRuntimeVersion: '',
        kubeletVersion: '',
        kubeProxyVersion: '',
        operatingSystem: '',
        architecture: '',
      },
    },
  };
}

/** The same Node as the event that removed it carries it. */
export function atResourceVersion(node: ModelNode, resourceVersion: string): ModelNode {
  return { ...node, metadata: { ...node.metadata, resourceVersion } };
}

const PROJECTED = new Map<ProjectionName, WeakMap<ModelNode, string>>();

/** What the preset sees of this Node, by the oracle. */
export function projectionOf(preset: ProjectionName, node: ModelNode): string {
  let known = PROJECTED.get(preset);
  if (known === undefined) PROJECTED.set(preset, (known = new WeakMap()));
  let projection = known.get(node);
  if (projection === undefined) known.set(node, (projection = meaningOf(preset, node)));
  return projection;
}

export type Store = ReadonlyMap<string, ModelNode>;

const NOTHING_OWED: ReadonlySet<string> = new Set();

/** What differs between two stores as this preset sees them, but for what is owed; undefined where nothing does. */
export function difference(
  preset: ProjectionName,
  found: Store,
  expected: Store,
  owed: ReadonlySet<string> = NOTHING_OWED,
): string | undefined {
  for (const [name, node] of expected) {
    const other = found.get(name);
    if (other === undefined) return `${name} is missing`;
    if (owed.has(name)) continue;
    if (other !== node && projectionOf(preset, other) !== projectionOf(preset, node))
      return `${name} is at ${other.metadata.resourceVersion}, which is not as at ${node.metadata.resourceVersion}`;
  }
  for (const name of found.keys()) if (!expected.has(name)) return `${name} is a ghost`;
  return undefined;
}

/** What a client asks for. */
export interface ModelScope {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly matches: (node: ModelNode) => boolean;
}

export const SCOPES: readonly ModelScope[] = [
  { labelSelector: '', fieldSelector: '', matches: () => true },
  {
    labelSelector: 'zone=in',
    fieldSelector: '',
    matches: ({ metadata }) => metadata.labels?.['zone'] === 'in',
  },
  {
    labelSelector: '',
    fieldSelector: 'metadata.name=node-1',
    matches: ({ metadata }) => metadata.name === 'node-1',
  },
];

export function within(scope: ModelScope, store: Store): Map<string, ModelNode> {
  return new Map([...store].filter(([, node]) => scope.matches(node)));
}
