/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const AUTOSCALING_V1 = table({ meta: META_V1 }, `
CrossVersionObjectReference
 kind 1 text!
 name 2 text!
 apiVersion 3 text
HorizontalPodAutoscaler
 metadata 1 meta.ObjectMeta
 spec 2 HorizontalPodAutoscalerSpec
 status 3 HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec
 scaleTargetRef 1 CrossVersionObjectReference!
 minReplicas 2 *number
 maxReplicas 3 number!
 targetCPUUtilizationPercentage 4 *number
HorizontalPodAutoscalerStatus
 observedGeneration 1 *number
 lastScaleTime 2 *time
 currentReplicas 3 number!
 desiredReplicas 4 number!
 currentCPUUtilizationPercentage 5 *number
`);
