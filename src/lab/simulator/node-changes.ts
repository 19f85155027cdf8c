/**
 * The changes Nodes go through, as pure functions from one immutable Node to the next. They keep the
 * order of keys that the Go structs have.
 */
import type { ApiObject, ObjectMeta } from './api-object.ts';
import type { NodeCondition, NodeObject } from './node-object.ts';

/** Values to set by key; null removes the key, as in a JSON merge patch. */
export type MapPatch = Readonly<Record<string, string | null>>;

/** Labels set or removed. */
export function withLabels<O extends ApiObject>(object: O, patch: MapPatch): O {
  return { ...object, metadata: withMap(object.metadata, 'labels', patch) };
}

/** Annotations set or removed. */
export function withAnnotations<O extends ApiObject>(object: O, patch: MapPatch): O {
  return { ...object, metadata: withMap(object.metadata, 'annotations', patch) };
}

/** Cordoned or not; Go leaves out a false. */
export function withUnschedulable(node: NodeObject, unschedulable: boolean): NodeObject {
  // Go's order: taints come last, also where the mark is new.
  const { taints, ...spec } = node.spec;
  return { ...node, spec: { ...spec, unschedulable: unschedulable ? true : undefined, taints } };
}

/** One condition's status set at `time` (RFC 3339); the condition is added where it is missing. */
export function withCondition(
  node: NodeObject,
  condition: { readonly type: string; readonly status: string },
  time: string,
): NodeObject {
  const conditions = node.status.conditions ?? [];
  const times = { lastHeartbeatTime: time, lastTransitionTime: time };
  const isKnown = conditions.some(({ type }) => type === condition.type);
  const added: NodeCondition = { ...condition, ...times, reason: 'Simulated', message: '' };
  const changed = conditions.map((known) =>
    known.type === condition.type ? { ...known, status: condition.status, ...times } : known,
  );
  return { ...node, status: { ...node.status, conditions: isKnown ? changed : [...changed, added] } };
}

/** What a kubelet writes every ten seconds: new heartbeat times in its own conditions, nothing else. */
export function withHeartbeat(node: NodeObject, time: string): NodeObject {
  const managedFields = (node.metadata.managedFields ?? []).map((entry) =>
    entry.subresource === 'status' ? { ...entry, time } : entry,
  );
  const conditions = (node.status.conditions ?? []).map((condition) =>
    // NetworkUnavailable belongs to the network plugin, which writes it only once.
    condition.type === 'NetworkUnavailable' ? condition : { ...condition, lastHeartbeatTime: time },
  );
  return {
    ...node,
    metadata: { ...node.metadata, managedFields },
    status: { ...node.status, conditions },
  };
}

/** The object with its keys in the order of Go's encoding/json, which sorts the keys of maps. */
export function sortKeys(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where there was no such map yet, its key comes where Go writes it. */
function withMap(metadata: ObjectMeta, name: 'labels' | 'annotations', patch: MapPatch): ObjectMeta {
  const { labels, annotations, managedFields, ...before } = metadata;
  const maps = { labels, annotations, [name]: mergeMap(metadata[name], patch) };
  return { ...before, ...maps, ...(managedFields === undefined ? {} : { managedFields }) };
}

/** Undefined where nothing is left: Go leaves out an empty map. */
function mergeMap(
  map: Readonly<Record<string, string>> = {},
  patch: MapPatch,
): Record<string, string> | undefined {
  const merged: Record<string, string> = { ...map };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = value;
  }
  return Object.keys(merged).length === 0 ? undefined : sortKeys(merged);
}
