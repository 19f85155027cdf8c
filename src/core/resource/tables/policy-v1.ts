/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const POLICY_V1 = table({ meta: META_V1 }, `
PodDisruptionBudget
 metadata 1 meta.ObjectMeta
 spec 2 PodDisruptionBudgetSpec
 status 3 PodDisruptionBudgetStatus
PodDisruptionBudgetSpec
 minAvailable 1 *opaque
 selector 2 *meta.LabelSelector
 maxUnavailable 3 *opaque
 unhealthyPodEvictionPolicy 4 *text
PodDisruptionBudgetStatus
 observedGeneration 1 number
 disruptedPods 2 map
 disruptionsAllowed 3 number!
 currentHealthy 4 number!
 desiredHealthy 5 number!
 expectedPods 6 number!
 conditions 7 []meta.Condition
`);
