/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const COORDINATION_V1BETA1 = table({ meta: META_V1 }, `
LeaseCandidate
 metadata 1 meta.ObjectMeta
 spec 2 LeaseCandidateSpec
LeaseCandidateSpec
 leaseName 1 text!
 pingTime 2 *time
 renewTime 3 *time
 binaryVersion 4 text!
 emulationVersion 5 text
 strategy 6 text
`);
