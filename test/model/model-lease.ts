/** The model's Leases: renewed and taken over, judged by plain words. */
import { LEASES } from '../../src/core/resource/lease.ts';
import { LEASE } from '../../src/lab/simulator/kind.ts';
import type { LeaseObject } from '../../src/lab/simulator/lease-object.ts';
import { KEYS, metadataOf, oneOf, SCOPES, seenBy, timeOf } from './model-namespaced.ts';
import type { ModelObject, ObjectState, Subject } from './model-object.ts';

type ModelLease = ModelObject & LeaseObject;

function modelLease(state: ObjectState, resourceVersion: string): ModelLease {
  const { cordoned, network, address } = state;
  return {
    metadata: metadataOf(state, resourceVersion),
    spec: {
      holderIdentity: `${cordoned ? 'new' : 'old'}-${network % 3}`,
      leaseDurationSeconds: 15 * address,
      renewTime: timeOf(state).replace('Z', '.000000Z'),
    },
  };
}

/** Both see the labels. */
const HOLDER = seenBy(
  LEASES,
  'holder',
  { by: 'include', paths: ['metadata.labels', 'spec.holderIdentity'] },
  ({ spec }: ModelLease) => [spec.holderIdentity],
);
const CALM = seenBy(
  LEASES,
  'calm',
  { by: 'exclude', paths: ['spec.renewTime', 'metadata.annotations', 'metadata.managedFields'] },
  ({ spec }: ModelLease) => [spec.holderIdentity, spec.leaseDurationSeconds],
);

export const MODEL_LEASES: Subject = {
  resource: LEASES,
  kind: LEASE,
  keys: KEYS,
  scopes: SCOPES,
  seen: oneOf(HOLDER, CALM),
  // All that it sees the other sees too.
  least: HOLDER,
  objectOf: modelLease,
};
