/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const NODE_V1ALPHA1 = table({ core: CORE_V1, meta: META_V1 }, `
Overhead
 podFixed 1 map
RuntimeClass
 metadata 1 meta.ObjectMeta
 spec 2 RuntimeClassSpec!
RuntimeClassSpec
 runtimeHandler 1 text!
 overhead 2 *Overhead
 scheduling 3 *Scheduling
Scheduling
 nodeSelector 1 map
 tolerations 2 []core.Toleration
`);
