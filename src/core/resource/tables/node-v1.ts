/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const NODE_V1 = table({ core: CORE_V1, meta: META_V1 }, `
Overhead
 podFixed 1 map
RuntimeClass
 metadata 1 meta.ObjectMeta
 handler 2 text!
 overhead 3 *Overhead
 scheduling 4 *Scheduling
Scheduling
 nodeSelector 1 map
 tolerations 2 []core.Toleration
`);
