/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { AUTOSCALING_V2 } from './autoscaling-v2.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const AUTOSCALING_V1 = table({ 'autoscaling-v2': AUTOSCALING_V2, meta: META_V1 }, `
HorizontalPodAutoscaler
 metadata 1 meta.ObjectMeta
 spec 2 HorizontalPodAutoscalerSpec
 status 3 HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec
 scaleTargetRef 1 autoscaling-v2.CrossVersionObjectReference!
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
