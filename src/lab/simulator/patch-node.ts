/**
 * Merge patches of Nodes, as far as clients of the simulator use them: labels, annotations and
 * `spec.unschedulable`. For these a strategic merge patch means the same as a JSON merge patch.
 */
import { badRequest, unprocessablePatch } from './api-error.ts';
import { withAnnotations, withLabels, withUnschedulable } from './node-changes.ts';
import type { MapPatch } from './node-changes.ts';
import type { NodeObject } from './node-object.ts';

/** Reads a patch and returns the change it asks for. @throws ApiError 400 or 422. */
export function parseNodePatch(body: string): (node: NodeObject) => NodeObject {
  const { metadata, spec, ...others } = parseRecord('the patch', parseJson(body));
  const { labels, annotations, ...otherMetadata } = parseRecord('metadata', metadata ?? {});
  const { unschedulable, ...otherSpec } = parseRecord('spec', spec ?? {});
  const unknown = Object.keys({ ...others, ...otherMetadata, ...otherSpec });
  if (unknown.length > 0) throw unprocessablePatch(unknown);
  const labelPatch = parseMapPatch('labels', labels ?? {});
  const annotationPatch = parseMapPatch('annotations', annotations ?? {});
  if (unschedulable !== undefined && unschedulable !== null && typeof unschedulable !== 'boolean') {
    throw badRequest('spec.unschedulable must be true, false or null');
  }
  return (node) => {
    const changed = withAnnotations(withLabels(node, labelPatch), annotationPatch);
    return unschedulable === undefined ? changed : withUnschedulable(changed, unschedulable === true);
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest('the patch is not JSON');
  }
}

function parseRecord(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(`${name} must be an object`);
  }
  return { ...value };
}

function parseMapPatch(name: string, value: unknown): MapPatch {
  const patch: Record<string, string | null> = {};
  for (const [key, entry] of Object.entries(parseRecord(name, value))) {
    if (typeof entry !== 'string' && entry !== null)
      throw badRequest(`${name}.${key} must be a string or null`);
    patch[key] = entry;
  }
  return patch;
}
