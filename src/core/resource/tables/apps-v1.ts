/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const APPS_V1 = table({ core: CORE_V1, meta: META_V1 }, `
ControllerRevision
 metadata 1 meta.ObjectMeta
 data 2 opaque!
 revision 3 number!
DaemonSet
 metadata 1 meta.ObjectMeta
 spec 2 DaemonSetSpec
 status 3 DaemonSetStatus
DaemonSetCondition
 type 1 text!
 status 2 text!
 lastTransitionTime 3 time
 reason 4 text
 message 5 text
DaemonSetSpec
 selector 1 *meta.LabelSelector!
 template 2 core.PodTemplateSpec!
 updateStrategy 3 DaemonSetUpdateStrategy
 minReadySeconds 4 number
 revisionHistoryLimit 6 *number
DaemonSetStatus
 currentNumberScheduled 1 number!
 numberMisscheduled 2 number!
 desiredNumberScheduled 3 number!
 numberReady 4 number!
 observedGeneration 5 number
 updatedNumberScheduled 6 number
 numberAvailable 7 number
 numberUnavailable 8 number
 collisionCount 9 *number
 conditions 10 []DaemonSetCondition
DaemonSetUpdateStrategy
 type 1 text
 rollingUpdate 2 *RollingUpdateDaemonSet
Deployment
 metadata 1 meta.ObjectMeta
 spec 2 DeploymentSpec
 status 3 DeploymentStatus
DeploymentCondition
 type 1 text!
 status 2 text!
 lastUpdateTime 6 time
 lastTransitionTime 7 time
 reason 4 text
 message 5 text
DeploymentSpec
 replicas 1 *number
 selector 2 *meta.LabelSelector!
 template 3 core.PodTemplateSpec!
 strategy 4 DeploymentStrategy
 minReadySeconds 5 number
 revisionHistoryLimit 6 *number
 paused 7 number
 progressDeadlineSeconds 9 *number
DeploymentStatus
 observedGeneration 1 number
 replicas 2 number
 updatedReplicas 3 number
 readyReplicas 7 number
 availableReplicas 4 number
 unavailableReplicas 5 number
 terminatingReplicas 9 *number
 conditions 6 []DeploymentCondition
 collisionCount 8 *number
DeploymentStrategy
 type 1 text
 rollingUpdate 2 *RollingUpdateDeployment
ReplicaSet
 metadata 1 meta.ObjectMeta
 spec 2 ReplicaSetSpec
 status 3 ReplicaSetStatus
ReplicaSetCondition
 type 1 text!
 status 2 text!
 lastTransitionTime 3 time
 reason 4 text
 message 5 text
ReplicaSetSpec
 replicas 1 *number
 minReadySeconds 4 number
 selector 2 *meta.LabelSelector!
 template 3 core.PodTemplateSpec
ReplicaSetStatus
 replicas 1 number!
 fullyLabeledReplicas 2 number
 readyReplicas 4 number
 availableReplicas 5 number
 terminatingReplicas 7 *number
 observedGeneration 3 number
 conditions 6 []ReplicaSetCondition
RollingUpdateDaemonSet
 maxUnavailable 1 *opaque
 maxSurge 2 *opaque
RollingUpdateDeployment
 maxUnavailable 1 *opaque
 maxSurge 2 *opaque
RollingUpdateStatefulSetStrategy
 partition 1 *number
 maxUnavailable 2 *opaque
StatefulSet
 metadata 1 meta.ObjectMeta
 spec 2 StatefulSetSpec
 status 3 StatefulSetStatus
StatefulSetCondition
 type 1 text!
 status 2 text!
 lastTransitionTime 3 time
 reason 4 text
 message 5 text
StatefulSetOrdinals
 start 1 number!
StatefulSetPersistentVolumeClaimRetentionPolicy
 whenDeleted 1 text
 whenScaled 2 text
StatefulSetSpec
 replicas 1 *number
 selector 2 *meta.LabelSelector!
 template 3 core.PodTemplateSpec!
 volumeClaimTemplates 4 []core.PersistentVolumeClaim
 serviceName 5 text!
 podManagementPolicy 6 text
 updateStrategy 7 StatefulSetUpdateStrategy
 revisionHistoryLimit 8 *number
 minReadySeconds 9 number
 persistentVolumeClaimRetentionPolicy 10 *StatefulSetPersistentVolumeClaimRetentionPolicy
 ordinals 11 *StatefulSetOrdinals
StatefulSetStatus
 observedGeneration 1 number
 replicas 2 number!
 readyReplicas 3 number
 currentReplicas 4 number
 updatedReplicas 5 number
 currentRevision 6 text
 updateRevision 7 text
 collisionCount 9 *number
 conditions 10 []StatefulSetCondition
 availableReplicas 11 number!
StatefulSetUpdateStrategy
 type 1 text
 rollingUpdate 2 *RollingUpdateStatefulSetStrategy
`);
