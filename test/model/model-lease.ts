/** The model's Leases: two of one name in each of two namespaces, renewed and taken over, judged by plain words. */
import assert from 'node:assert/strict';
import { customProjection } from '../../src/core/projection/custom-projection.ts';
import { LEASES } from '../../src/core/resource/lease.ts';
import { LEASE } from '../../src/lab/simulator/kind.ts';
import { type LeaseObject } from '../../src/lab/simulator/lease-object.ts';
import {
  BIG,
  LABELS,
  MANAGED_FIELDS,
  type ModelObject,
  type ModelScope,
  type ObjectState,
  type Seen,
  type Subject,
} from './model-object.ts';
import { PROJECTIONS } from './model-projection.ts';

type ModelLease = ModelObject & LeaseObject;

/** The first two are there from the beginning: one name in two namespaces. */
const KEYS = ['red/one', 'blue/one', 'red/two', 'blue/two'] as const;

function modelLease(state: ObjectState, resourceVersion: string): ModelLease {
  const { key, uid, labels, cordoned, network, address, beat, note, isBig } = state;
  const [namespace = '', name = ''] = key.split('/');
  const labelMap = LABELS[labels % LABELS.length];
  const time = new Date(1_767_225_600_000 + beat * 10_000).toISOString().replace('.000', '.000000');
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${uid}`,
      resourceVersion,
      ...(labelMap === undefined ? {} : { labels: labelMap }),
      annotations: { note: isBig ? BIG : String(note) },
      managedFields: MANAGED_FIELDS,
    },
    spec: {
      holderIdentity: `${cordoned ? 'new' : 'old'}-${network % 3}`,
      leaseDurationSeconds: 15 * address,
      renewTime: time,
    },
  };
}

/** Labels as a set of pairs: which of them comes first says nothing. */
const labelsOf = ({ metadata }: ModelObject): string[] =>
  Object.entries(metadata.labels ?? {})
    .map((pair) => JSON.stringify(pair))
    .sort();

const holderOf = (object: ModelObject): string => {
  const { metadata, spec } = object as ModelLease;
  return JSON.stringify([metadata.uid, labelsOf(object), spec.holderIdentity]);
};

const calmOf = (object: ModelObject): string => {
  const { metadata, spec } = object as ModelLease;
  const { name, namespace, uid } = metadata;
  const { holderIdentity, leaseDurationSeconds } = spec;
  return JSON.stringify([name, namespace, uid, labelsOf(object), holderIdentity, leaseDurationSeconds]);
};

/** Both see the labels. */
const HOLDER = seen('holder', holderOf, { by: 'include', paths: ['metadata.labels', 'spec.holderIdentity'] });
const CALM = seen('calm', calmOf, {
  by: 'exclude',
  paths: ['spec.renewTime', 'metadata.annotations', 'metadata.managedFields'],
});

function seen(
  name: string,
  meaningOf: Seen['meaningOf'],
  definition: Parameters<typeof customProjection>[2],
): Seen {
  const made = customProjection(LEASES, name, definition);
  return 'projection' in made
    ? { name, projection: made.projection, meaningOf }
    : assert.fail(JSON.stringify(made.problems));
}

const SCOPES: readonly ModelScope[] = [
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

export const MODEL_LEASES: Subject = {
  resource: LEASES,
  kind: LEASE,
  keys: KEYS,
  scopes: SCOPES,
  seen: (name) => (PROJECTIONS.indexOf(name) % 2 === 0 ? HOLDER : CALM),
  // All that it sees the other sees too.
  least: HOLDER,
  objectOf: modelLease,
};
