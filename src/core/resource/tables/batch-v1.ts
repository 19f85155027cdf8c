/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';
import { SCHEDULING_V1ALPHA3 } from './scheduling-v1alpha3.ts';

// prettier-ignore
export const BATCH_V1 = table({ core: CORE_V1, meta: META_V1, 'scheduling-v1alpha3': SCHEDULING_V1ALPHA3 }, `
CronJob
 metadata 1 meta.ObjectMeta
 spec 2 CronJobSpec
 status 3 CronJobStatus
CronJobSpec
 schedule 1 text!
 timeZone 8 *text
 startingDeadlineSeconds 2 *number
 concurrencyPolicy 3 text
 suspend 4 *number
 jobTemplate 5 JobTemplateSpec!
 successfulJobsHistoryLimit 6 *number
 failedJobsHistoryLimit 7 *number
CronJobStatus
 active 1 []core.ObjectReference
 lastScheduleTime 4 *time
 lastSuccessfulTime 5 *time
Job
 metadata 1 meta.ObjectMeta
 spec 2 JobSpec
 status 3 JobStatus
JobCondition
 type 1 text!
 status 2 text!
 lastProbeTime 3 time
 lastTransitionTime 4 time
 reason 5 text
 message 6 text
JobSchedulingConfiguration
 schedulingPolicy 1 *scheduling-v1alpha3.WorkloadPodGroupSchedulingPolicy
 schedulingConstraints 2 *scheduling-v1alpha3.WorkloadPodGroupSchedulingConstraints
 disruptionMode 3 *scheduling-v1alpha3.WorkloadPodGroupDisruptionMode
 resourceClaims 4 []scheduling-v1alpha3.WorkloadPodGroupResourceClaim
JobSpec
 parallelism 1 *number
 completions 2 *number
 activeDeadlineSeconds 3 *number
 podFailurePolicy 11 *PodFailurePolicy
 successPolicy 16 *SuccessPolicy
 backoffLimit 7 *number
 backoffLimitPerIndex 12 *number
 maxFailedIndexes 13 *number
 selector 4 *meta.LabelSelector
 manualSelector 5 *number
 template 6 core.PodTemplateSpec!
 ttlSecondsAfterFinished 8 *number
 completionMode 9 *text
 suspend 10 *number
 podReplacementPolicy 14 *text
 managedBy 15 *text
 scheduling 17 *JobSchedulingConfiguration
JobStatus
 conditions 1 []JobCondition
 startTime 2 *time
 completionTime 3 *time
 active 4 number
 succeeded 5 number
 failed 6 number
 terminating 11 *number
 completedIndexes 7 text
 failedIndexes 10 *text
 uncountedTerminatedPods 8 *UncountedTerminatedPods
 ready 9 *number
JobTemplateSpec
 metadata 1 meta.ObjectMeta
 spec 2 JobSpec
PodFailurePolicy
 rules 1 []PodFailurePolicyRule!
PodFailurePolicyOnExitCodesRequirement
 containerName 1 *text
 operator 2 text!
 values 3 []number!
PodFailurePolicyOnPodConditionsPattern
 type 1 text!
 status 2 text!
PodFailurePolicyRule
 action 1 text!
 onExitCodes 2 *PodFailurePolicyOnExitCodesRequirement
 onPodConditions 3 []PodFailurePolicyOnPodConditionsPattern
SuccessPolicy
 rules 1 []SuccessPolicyRule!
SuccessPolicyRule
 succeededIndexes 1 *text
 succeededCount 2 *number
UncountedTerminatedPods
 succeeded 1 []text
 failed 2 []text
`);
