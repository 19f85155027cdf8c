/** What the model's objects have in common that lie in namespaces: two of one name in each of two namespaces. */
import assert from 'node:assert/strict';
import { customProjection, type ProjectionDefinition } from '../../src/core/projection/custom-projection.ts';
import type { Resource } from '../../src/core/resource/resource.ts';
import {
  BIG,
  LABELS,
  MANAGED_FIELDS,
  type ModelObject,
  type ModelScope,
  type ObjectState,
  type Seen,
} from './model-object.ts';
import { type ProjectionName, PROJECTIONS } from './model-projection.ts';

/** The first two are there from the beginning: one name in two namespaces. */
export const KEYS = ['red/one', 'blue/one', 'red/two', 'blue/two'] as const;

/** @param annotations besides the note */
export function metadataOf(
  { key, uid, labels, note, isBig }: ObjectState,
  resourceVersion: string,
  annotations: Readonly<Record<string, string>> = {},
): ModelObject['metadata'] {
  const [namespace = '', name = ''] = key.split('/');
  const labelMap = LABELS[labels % LABELS.length];
  return {
    name,
    namespace,
    uid: `uid-${uid}`,
    resourceVersion,
    ...(labelMap === undefined ? {} : { labels: labelMap }),
    annotations: { note: isBig ? BIG : String(note), ...annotations },
    managedFields: MANAGED_FIELDS,
  };
}

/** Of the noise. RFC 3339 with whole seconds. */
export function timeOf({ beat }: ObjectState): string {
  return new Date(1_767_225_600_000 + beat * 10_000).toISOString().replace('.000', '');
}

/** Labels as a set of pairs: which of them comes first says nothing. */
export function labelsOf({ metadata }: ModelObject): string[] {
  return Object.entries(metadata.labels ?? {})
    .map((pair) => JSON.stringify(pair))
    .sort();
}

/** What always counts, and the labels, which every projection of the model sees. */
export function identityOf(object: ModelObject): unknown[] {
  const { name, namespace, uid } = object.metadata;
  return [name, namespace, uid, labelsOf(object)];
}

/** A projection by its paths, and what it means in plain words. */
export function seenBy(
  resource: Resource,
  name: string,
  definition: ProjectionDefinition,
  means: (object: never) => unknown[],
): Seen {
  const made = customProjection(resource, name, definition);
  assert.ok('projection' in made, JSON.stringify(made));
  const meaningOf = (object: ModelObject): string =>
    JSON.stringify([...identityOf(object), ...means(object as never)]);
  return { name, projection: made.projection, meaningOf };
}

/** Of two projections one or the other, whichever of Nodes' a run has named. */
export function oneOf(first: Seen, second: Seen): (name: ProjectionName) => Seen {
  return (name) => (PROJECTIONS.indexOf(name) % 2 === 0 ? first : second);
}

export const SCOPES: readonly ModelScope[] = [
  { namespace: '', labelSelector: '', fieldSelector: '', matches: () => true },
  {
    namespace: 'red',
    labelSelector: '',
    fieldSelector: '',
    matches: ({ metadata }) => metadata.namespace === 'red',
  },
  {
    namespace: '',
    labelSelector: '',
    fieldSelector: 'metadata.name=one',
    matches: ({ metadata }) => metadata.name === 'one',
  },
  {
    namespace: 'blue',
    labelSelector: 'zone=in',
    fieldSelector: '',
    matches: ({ metadata }) => metadata.namespace === 'blue' && metadata.labels?.['zone'] === 'in',
  },
];
