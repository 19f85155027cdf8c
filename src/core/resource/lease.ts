/** Leases, from kubernetes/api coordination/v1 generated.proto and types.go (v0.37). */
import { OBJECT_META } from './object-meta.ts';
import { type Resource } from './resource.ts';
import { message, type MessageType, number, pointer, text, time } from './schema.ts';

const SPEC: MessageType = {
  holderIdentity: pointer(text(1)),
  leaseDurationSeconds: pointer(number(2)),
  acquireTime: pointer(time(3)),
  renewTime: pointer(time(4)),
  leaseTransitions: pointer(number(5)),
  strategy: pointer(text(6)),
  preferredHolder: pointer(text(7)),
};

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
  schema: { metadata: message(1, OBJECT_META), spec: message(2, SPEC) },
  layout: { behindMetadata: 'spec' },
};
