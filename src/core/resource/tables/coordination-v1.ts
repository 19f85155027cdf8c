/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const COORDINATION_V1 = table({ meta: META_V1 }, `
Lease
 metadata 1 meta.ObjectMeta
 spec 2 LeaseSpec
LeaseSpec
 holderIdentity 1 *text
 leaseDurationSeconds 2 *number
 acquireTime 3 *time
 renewTime 4 *time
 leaseTransitions 5 *number
 strategy 6 *text
 preferredHolder 7 *text
`);
