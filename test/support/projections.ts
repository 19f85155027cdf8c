/** What each preset means, in plain JavaScript over decoded objects: the oracle for the byte scanners. */
import { CONSUMERS } from '../../src/core/projection/consumers.ts';
import type { PresetName } from '../../src/core/projection/presets.ts';
import { customMeaning } from '../differential/meaning.ts';
import type { Condition, TestNode } from './arbitrary-node.ts';

/** The presets that are plans; the others are given by paths, which mean what those of a user do. */
export type Planned = Exclude<PresetName, keyof typeof CONSUMERS>;

/** A value that two nodes share exactly when the preset sees no difference between them. */
export function project(preset: PresetName, node: TestNode): string {
  return isPlanned(preset)
    ? canonicalJson(PROJECTIONS[preset](node))
    : customMeaning({ by: 'include', paths: CONSUMERS[preset] }).of({ ...node });
}

const isPlanned = (preset: PresetName): preset is Planned => !Object.hasOwn(CONSUMERS, preset);

const identity = ({
  metadata: { uid, deletionTimestamp, finalizers = [], ownerReferences = [], labels = {} },
}: TestNode) => ({
  uid,
  deletionTimestamp,
  finalizers,
  ownerReferences,
  labels,
});

const networkUnavailable = (node: TestNode): Condition | undefined =>
  node.status.conditions?.find(({ type }) => type === 'NetworkUnavailable');

const PROJECTIONS: Readonly<Record<Planned, (node: TestNode) => unknown>> = {
  labels: identity,
  metallb: (node) => ({
    ...identity(node),
    networkUnavailable: networkUnavailable(node)?.status,
    unschedulable: node.spec.unschedulable,
    internalIPs: (node.status.addresses ?? [])
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address),
  }),
  'metallb-upstream': (node) => ({
    ...identity(node),
    networkUnavailable: networkUnavailable(node)?.status === 'True',
  }),
  heartbeat: ({ metadata, spec, status, ...rest }) => {
    const { resourceVersion: _rv, managedFields: _mf, labels = {}, annotations = {}, ...meta } = metadata;
    const { conditions = [], capacity = {}, ...others } = status;
    return {
      ...rest,
      metadata: { ...meta, labels, annotations },
      spec,
      status: {
        ...others,
        capacity,
        conditions: conditions.map(({ lastHeartbeatTime: _time, ...condition }) => condition),
      },
    };
  },
};

export const PLANNED = Object.keys(PROJECTIONS) as Planned[];

/** JSON with sorted keys, so that map order does not count. Absent and undefined are the same. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.entries(child).sort(([a], [b]) => (a < b ? -1 : 1))
      : child,
  );
}

/** The paths in which two nodes differ for a preset that names all it compares, as `/debug/explain` spells them. */
export function changedPaths(
  preset: Exclude<Planned, 'heartbeat'>,
  before: TestNode,
  after: TestNode,
): string[] {
  const [old, now] = [before, after].map((node) => pathsOf(preset, node));
  const all = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...all].filter((path) => old?.get(path) !== now?.get(path)).sort();
}

function pathsOf(preset: Exclude<Planned, 'heartbeat'>, node: TestNode): ReadonlyMap<string, string> {
  const { labels, ...identities } = identity(node);
  const values = new Map<string, string>();
  const put = (path: string, value: unknown): void => {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0))
      values.set(path, JSON.stringify(value));
  };
  for (const [name, value] of Object.entries(identities)) put(`metadata.${name}`, value);
  for (const [key, value] of Object.entries(labels)) put(`metadata.labels[${JSON.stringify(key)}]`, value);
  const condition = 'status.conditions[NetworkUnavailable].status';
  const { status } = networkUnavailable(node) ?? {};
  if (preset === 'metallb-upstream') put(`${condition} == "True"`, status === 'True' || undefined);
  if (preset !== 'metallb') return values;
  put(condition, status);
  put('spec.unschedulable', node.spec.unschedulable);
  const internal = (node.status.addresses ?? []).filter(({ type }) => type === 'InternalIP');
  put(
    'status.addresses[InternalIP].address',
    internal.map(({ address }) => address),
  );
  return values;
}
