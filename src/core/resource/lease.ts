/** Leases. */
import type { Resource } from './resource.ts';
import { messageIn } from './table.ts';
import { COORDINATION_V1 } from './tables/coordination-v1.ts';

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
  schema: messageIn(COORDINATION_V1, 'Lease'),
  layout: { behindMetadata: 'spec' },
};
