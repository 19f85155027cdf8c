/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const SCHEDULING_V1 = table({ meta: META_V1 }, `
PriorityClass
 metadata 1 meta.ObjectMeta
 value 2 number!
 globalDefault 3 number
 description 4 text
 preemptionPolicy 5 *text
`);
