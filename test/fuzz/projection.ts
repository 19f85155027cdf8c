/**
 * What each preset means, over whatever a decoder made of a frame: the judge of the scanners' equalities. Like
 * test/support/projections.ts, but it takes objects of any shape, and an absent text for an empty one, as Go does.
 */
import type { Planned } from '../support/projections.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Equal for two objects only if the preset sees no difference between them. */
export function projected(preset: Planned, object: unknown): string {
  return JSON.stringify(tagged(PROJECTIONS[preset](fieldsOf(object))));
}

const PROJECTIONS: Readonly<Record<Planned, (node: Fields) => unknown>> = {
  labels: identity,
  metallb: (node) => ({
    ...identity(node),
    networkUnavailable: networkUnavailable(node),
    unschedulable: fieldsOf(node['spec'])['unschedulable'],
    internalIPs: listOf(fieldsOf(node['status'])['addresses'])
      .map(fieldsOf)
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address ?? ''),
  }),
  'metallb-upstream': (node) => ({ ...identity(node), isTrue: networkUnavailable(node) === 'True' }),
  heartbeat: ({ kind: _kind, apiVersion: _version, metadata, status, ...rest }) => {
    const { resourceVersion: _rv, managedFields: _fields, labels, annotations, ...meta } = fieldsOf(metadata);
    const { conditions, capacity, allocatable, ...others } = fieldsOf(status);
    return {
      ...rest,
      metadata: { ...meta, labels: labels ?? {}, annotations: annotations ?? {} },
      status: {
        ...others,
        capacity: capacity ?? {},
        allocatable: allocatable ?? {},
        conditions: listOf(conditions).map((condition) => {
          const { lastHeartbeatTime: _time, ...kept } = fieldsOf(condition);
          return kept;
        }),
      },
    };
  },
};

function identity(node: Fields): Fields {
  const { uid, deletionTimestamp, finalizers, ownerReferences, labels } = fieldsOf(node['metadata']);
  return { uid, deletionTimestamp, finalizers, ownerReferences, labels: labels ?? {} };
}

/** The status of the first condition of this type; undefined where there is none. */
function networkUnavailable(node: Fields): unknown {
  const first = listOf(fieldsOf(node['status'])['conditions'])
    .map(fieldsOf)
    .find(({ type }) => type === 'NetworkUnavailable');
  return first === undefined ? undefined : (first['status'] ?? '');
}

/** By what an object is told from others. */
export function keyOf({ namespace = '', name }: Fields): string {
  return namespace === '' ? String(name) : `${String(namespace)}/${String(name)}`;
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Objects as sorted lists of entries, marked, so that no list equals one. */
function tagged(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(tagged);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { of: entries.map(([key, child]) => [key, tagged(child)]) };
}
