/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const SCHEDULING_V1ALPHA3 = table({ meta: META_V1 }, `
AllCompositeDisruptionMode
AllDisruptionMode
BasicSchedulingPolicy
CompositeBasicSchedulingPolicy
CompositeDisruptionMode
 single 1 *SingleCompositeDisruptionMode
 all 2 *AllCompositeDisruptionMode
CompositeGangSchedulingPolicy
 minGroupCount 1 number!
CompositePodGroup
 metadata 1 meta.ObjectMeta
 spec 2 CompositePodGroupSpec!
 status 3 CompositePodGroupStatus
CompositePodGroupSchedulingConstraints
 topology 1 []TopologyConstraint
CompositePodGroupSchedulingPolicy
 basic 1 *CompositeBasicSchedulingPolicy
 gang 2 *CompositeGangSchedulingPolicy
CompositePodGroupSpec
 parentCompositePodGroupName 1 *text
 workloadRef 2 *WorkloadReference!
 schedulingPolicy 3 CompositePodGroupSchedulingPolicy!
 schedulingConstraints 4 *CompositePodGroupSchedulingConstraints
 disruptionMode 5 *CompositeDisruptionMode
 priorityClassName 6 text
 priority 7 *number
 preemptionPolicy 8 *text
CompositePodGroupStatus
 conditions 1 []meta.Condition
CompositePodGroupTemplate
 name 1 text!
 schedulingPolicy 2 CompositePodGroupSchedulingPolicy!
 schedulingConstraints 3 *CompositePodGroupSchedulingConstraints
 disruptionMode 4 *CompositeDisruptionMode
 priorityClassName 5 text
 priority 6 *number
 preemptionPolicy 7 *text
 podGroupTemplates 8 []PodGroupTemplate
 compositePodGroupTemplates 9 []CompositePodGroupTemplate
DisruptionMode
 single 1 *SingleDisruptionMode
 all 2 *AllDisruptionMode
GangSchedulingPolicy
 minCount 1 number!
PodGroup
 metadata 1 meta.ObjectMeta
 spec 2 PodGroupSpec!
 status 3 PodGroupStatus
PodGroupResourceClaim
 name 1 text!
 resourceClaimName 2 *text
 resourceClaimTemplateName 3 *text
PodGroupResourceClaimStatus
 name 1 text!
 resourceClaimName 2 *text
PodGroupSchedulingConstraints
 topology 1 []TopologyConstraint
PodGroupSchedulingPolicy
 basic 1 *BasicSchedulingPolicy
 gang 2 *GangSchedulingPolicy
PodGroupSpec
 parentCompositePodGroupName 1 *text
 workloadRef 2 *WorkloadReference
 schedulingPolicy 3 PodGroupSchedulingPolicy!
 schedulingConstraints 4 *PodGroupSchedulingConstraints
 resourceClaims 5 []PodGroupResourceClaim
 disruptionMode 6 *DisruptionMode
 priorityClassName 7 text
 priority 8 *number
 preemptionPolicy 9 *text
PodGroupStatus
 conditions 1 []meta.Condition
 resourceClaimStatuses 2 []PodGroupResourceClaimStatus
PodGroupTemplate
 name 1 text!
 schedulingPolicy 2 PodGroupSchedulingPolicy!
 schedulingConstraints 3 *PodGroupSchedulingConstraints!
 resourceClaims 4 []PodGroupResourceClaim
 disruptionMode 5 *DisruptionMode
 priorityClassName 6 text
 priority 7 *number
 preemptionPolicy 8 *text
SingleCompositeDisruptionMode
SingleDisruptionMode
TopologyConstraint
 key 1 text!
TypedLocalObjectReference
 apiGroup 1 text
 kind 2 text!
 name 3 text!
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
 topology 1 []TopologyConstraint
WorkloadPodGroupSchedulingPolicy
 basic 1 *WorkloadPodGroupBasicSchedulingPolicy
 gang 2 *WorkloadPodGroupGangSchedulingPolicy
WorkloadPodGroupSingleDisruptionMode
WorkloadReference
 workloadName 1 text!
 templateName 2 text!
WorkloadSpec
 controllerRef 1 *TypedLocalObjectReference
 podGroupTemplates 2 []PodGroupTemplate!
 compositePodGroupTemplates 3 []CompositePodGroupTemplate
`);
