/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const AUTOSCALING_V2 = table({ meta: META_V1 }, `
ContainerResourceMetricSource
 name 1 text!
 target 2 MetricTarget!
 container 3 text!
ContainerResourceMetricStatus
 name 1 text!
 current 2 MetricValueStatus!
 container 3 text!
CrossVersionObjectReference
 kind 1 text!
 name 2 text!
 apiVersion 3 text
ExternalMetricSource
 metric 1 MetricIdentifier!
 target 2 MetricTarget!
ExternalMetricStatus
 metric 1 MetricIdentifier!
 current 2 MetricValueStatus!
HPAScalingPolicy
 type 1 text!
 value 2 number!
 periodSeconds 3 number!
HPAScalingRules
 stabilizationWindowSeconds 3 *number
 selectPolicy 1 *text
 policies 2 []HPAScalingPolicy
 tolerance 4 *opaque
HorizontalPodAutoscaler
 metadata 1 meta.ObjectMeta
 spec 2 HorizontalPodAutoscalerSpec
 status 3 HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior
 scaleUp 1 *HPAScalingRules
 scaleDown 2 *HPAScalingRules
HorizontalPodAutoscalerCondition
 type 1 text!
 status 2 text!
 lastTransitionTime 3 time
 reason 4 text
 message 5 text
 observedGeneration 6 *number
HorizontalPodAutoscalerSpec
 scaleTargetRef 1 CrossVersionObjectReference!
 minReplicas 2 *number
 maxReplicas 3 number!
 metrics 4 []MetricSpec
 behavior 5 *HorizontalPodAutoscalerBehavior
HorizontalPodAutoscalerStatus
 observedGeneration 1 *number
 lastScaleTime 2 *time
 currentReplicas 3 number
 desiredReplicas 4 number!
 currentMetrics 5 []MetricStatus!
 conditions 6 []HorizontalPodAutoscalerCondition
MetricIdentifier
 name 1 text!
 selector 2 *meta.LabelSelector
MetricSpec
 type 1 text!
 object 2 *ObjectMetricSource
 pods 3 *PodsMetricSource
 resource 4 *ResourceMetricSource
 containerResource 7 *ContainerResourceMetricSource
 external 5 *ExternalMetricSource
MetricStatus
 type 1 text!
 object 2 *ObjectMetricStatus
 pods 3 *PodsMetricStatus
 resource 4 *ResourceMetricStatus
 containerResource 7 *ContainerResourceMetricStatus
 external 5 *ExternalMetricStatus
MetricTarget
 type 1 text!
 value 2 *opaque
 averageValue 3 *opaque
 averageUtilization 4 *number
MetricValueStatus
 value 1 *opaque
 averageValue 2 *opaque
 averageUtilization 3 *number
ObjectMetricSource
 describedObject 1 CrossVersionObjectReference!
 target 2 MetricTarget!
 metric 3 MetricIdentifier!
ObjectMetricStatus
 metric 1 MetricIdentifier!
 current 2 MetricValueStatus!
 describedObject 3 CrossVersionObjectReference!
PodsMetricSource
 metric 1 MetricIdentifier!
 target 2 MetricTarget!
PodsMetricStatus
 metric 1 MetricIdentifier!
 current 2 MetricValueStatus!
ResourceMetricSource
 name 1 text!
 target 2 MetricTarget!
ResourceMetricStatus
 name 1 text!
 current 2 MetricValueStatus!
`);
