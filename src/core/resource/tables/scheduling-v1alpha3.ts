/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';
import { SCHEDULING_V1BETA1 } from './scheduling-v1beta1.ts';

// prettier-ignore
export const SCHEDULING_V1ALPHA3 = table({ meta: META_V1, 'scheduling-v1beta1': SCHEDULING_V1BETA1 }, `
CompositePodGroup
 metadata 1 meta.ObjectMeta
 spec 2 CompositePodGroupSpec!
 status 3 CompositePodGroupStatus
CompositePodGroupSpec
 parentCompositePodGroupName 1 *text
 workloadRef 2 *scheduling-v1beta1.WorkloadReference!
 schedulingPolicy 3 scheduling-v1beta1.CompositePodGroupSchedulingPolicy!
 schedulingConstraints 4 *scheduling-v1beta1.CompositePodGroupSchedulingConstraints
 disruptionMode 5 *scheduling-v1beta1.CompositeDisruptionMode
 priorityClassName 6 text
 priority 7 *number
 preemptionPolicy 8 *text
CompositePodGroupStatus
 conditions 1 []meta.Condition
CompositePodGroupTemplate
 name 1 text!
 schedulingPolicy 2 scheduling-v1beta1.CompositePodGroupSchedulingPolicy!
 schedulingConstraints 3 *scheduling-v1beta1.CompositePodGroupSchedulingConstraints
 disruptionMode 4 *scheduling-v1beta1.CompositeDisruptionMode
 priorityClassName 5 text
 priority 6 *number
 preemptionPolicy 7 *text
 podGroupTemplates 8 []scheduling-v1beta1.PodGroupTemplate
 compositePodGroupTemplates 9 []CompositePodGroupTemplate
Workload
 metadata 1 meta.ObjectMeta
 spec 2 WorkloadSpec!
WorkloadPodGroupAllDisruptionMode
WorkloadPodGroupBasicSchedulingPolicy
WorkloadPodGroupDisruptionMode
 single 1 *WorkloadPodGroupSingleDisruptionMode
 all 2 *WorkloadPodGroupAllDisruptionMode
WorkloadPodGroupGangSchedulingPolicy
 minCount 1 *number
WorkloadPodGroupResourceClaim
 name 1 text!
 resourceClaimName 2 *text
 resourceClaimTemplateName 3 *text
WorkloadPodGroupSchedulingConstraints
 topology 1 []scheduling-v1beta1.TopologyConstraint
WorkloadPodGroupSchedulingPolicy
 basic 1 *WorkloadPodGroupBasicSchedulingPolicy
 gang 2 *WorkloadPodGroupGangSchedulingPolicy
WorkloadPodGroupSingleDisruptionMode
WorkloadSpec
 controllerRef 1 *scheduling-v1beta1.TypedLocalObjectReference
 podGroupTemplates 2 []scheduling-v1beta1.PodGroupTemplate!
 compositePodGroupTemplates 3 []CompositePodGroupTemplate
`);
