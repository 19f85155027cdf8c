/** What Flux does to an object before it applies it: a judge of its own, since Flux itself does not run here. */

import assert from 'node:assert/strict';

import { entriesAt, listAt, parseJson, textAt, valueAt } from '../support/json-value.ts';
import type { Cluster } from './cluster.ts';

/** Its field manager. */
export const FLUX = 'kustomize-controller';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What managers called kubectl... own becomes its own, and kubectl's copy of what was applied goes.
 * @param path - of an object, which may not be there yet.
 */
export async function takeOver(cluster: Cluster, path: string): Promise<void> {
  const { status, body } = await cluster.admin.request('GET', path);
  if (status === 404) return;
  const object = parseJson(body.toString());
  const entries = listAt(object, 'metadata', 'managedFields');
  const isTaken = (entry: unknown) =>
    textAt(entry, 'manager').startsWith('kubectl') || textAt(entry, 'manager') === FLUX;
  const fieldsV1 = entries
    .filter(isTaken)
    .map((entry) => valueAt(entry, 'fieldsV1'))
    .reduce(union, {});
  const [first] = entries.filter(isTaken);
  if (first === undefined) return;
  const own = { ...Object.fromEntries(entriesAt(first)), manager: FLUX, operation: 'Apply', fieldsV1 };
  const value = [...entries.filter((entry) => !isTaken(entry)), own];
  const patch = [
    { op: 'replace', path: '/metadata/managedFields', value },
    ...(valueAt(object, 'metadata', 'annotations', LAST_APPLIED) === undefined
      ? []
      : [{ op: 'remove', path: `/metadata/annotations/${LAST_APPLIED.replace('/', '~1')}` }]),
  ];
  const answer = await cluster.admin.request('PATCH', path, {
    body: JSON.stringify(patch),
    headers: { 'content-type': 'application/json-patch+json' },
  });
  assert.equal(answer.status, 200, answer.body.toString());
}

function union(left: unknown, right: unknown): unknown {
  const merged = new Map(entriesAt(left));
  for (const [key, value] of entriesAt(right))
    merged.set(key, merged.has(key) ? union(merged.get(key), value) : value);
  return Object.fromEntries(merged);
}
