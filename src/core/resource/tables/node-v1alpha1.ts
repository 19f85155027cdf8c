/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';
import { NODE_V1 } from './node-v1.ts';

// prettier-ignore
export const NODE_V1ALPHA1 = table({ meta: META_V1, node: NODE_V1 }, `
RuntimeClass
 metadata 1 meta.ObjectMeta
 spec 2 RuntimeClassSpec!
RuntimeClassSpec
 runtimeHandler 1 text!
 overhead 2 *node.Overhead
 scheduling 3 *node.Scheduling
`);
