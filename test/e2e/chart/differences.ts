/** How one rendering of the webhook's objects differs from another: by kind, of which there is one each. */

import { parseJson, textAt } from '../../support/json-value.ts';
import type { Rendering } from '../rendering.ts';

/** `KIND.PATH` of each value that differs, and what it is in the second; undefined where it is gone. */
export type Differences = Readonly<Record<string, unknown>>;

export function differences(before: Rendering, after: Rendering): Differences {
  const [was, is] = [leaves(before), leaves(after)];
  const changed: Record<string, unknown> = {};
  for (const path of new Set([...was.keys(), ...is.keys()]))
    if (was.get(path) !== is.get(path)) changed[path] = is.get(path);
  return changed;
}

function leaves(rendering: Rendering): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const object of rendering.values()) collect(object, textAt(object, 'kind'), found);
  return found;
}

function collect(value: unknown, path: string, into: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) into.set(path, value);
  else for (const [key, item] of Object.entries(value)) collect(item, `${path}.${key}`, into);
}

const OF_HELM = new Set([
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'helm.sh/chart',
]);

/** Without the labels by which Helm's releases are told apart, in the objects and in what selects by them. */
export function withoutHelmLabels(rendering: Rendering): Rendering {
  const strip = (key: string, value: unknown) => (OF_HELM.has(key) ? undefined : value);
  return new Map(
    [...rendering].map(([identity, object]) => [identity, parseJson(JSON.stringify(object, strip))] as const),
  );
}
