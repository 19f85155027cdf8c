/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const FLOWCONTROL_V1 = table({ meta: META_V1 }, `
ExemptPriorityLevelConfiguration
 nominalConcurrencyShares 1 *number
 lendablePercent 2 *number
FlowDistinguisherMethod
 type 1 text!
FlowSchema
 metadata 1 meta.ObjectMeta
 spec 2 FlowSchemaSpec
 status 3 FlowSchemaStatus
FlowSchemaCondition
 type 1 text
 status 2 text
 lastTransitionTime 3 time
 reason 4 text
 message 5 text
FlowSchemaSpec
 priorityLevelConfiguration 1 PriorityLevelConfigurationReference!
 matchingPrecedence 2 number!
 distinguisherMethod 3 *FlowDistinguisherMethod
 rules 4 []PolicyRulesWithSubjects
FlowSchemaStatus
 conditions 1 []FlowSchemaCondition
GroupSubject
 name 1 text!
LimitResponse
 type 1 text!
 queuing 2 *QueuingConfiguration
LimitedPriorityLevelConfiguration
 nominalConcurrencyShares 1 *number!
 limitResponse 2 LimitResponse
 lendablePercent 3 *number
 borrowingLimitPercent 4 *number
NonResourcePolicyRule
 verbs 1 []text!
 nonResourceURLs 6 []text!
PolicyRulesWithSubjects
 subjects 1 []Subject!
 resourceRules 2 []ResourcePolicyRule
 nonResourceRules 3 []NonResourcePolicyRule
PriorityLevelConfiguration
 metadata 1 meta.ObjectMeta
 spec 2 PriorityLevelConfigurationSpec
 status 3 PriorityLevelConfigurationStatus
PriorityLevelConfigurationCondition
 type 1 text
 status 2 text
 lastTransitionTime 3 time
 reason 4 text
 message 5 text
PriorityLevelConfigurationReference
 name 1 text!
PriorityLevelConfigurationSpec
 type 1 text!
 limited 2 *LimitedPriorityLevelConfiguration
 exempt 3 *ExemptPriorityLevelConfiguration
PriorityLevelConfigurationStatus
 conditions 1 []PriorityLevelConfigurationCondition
QueuingConfiguration
 queues 1 number!
 handSize 2 number!
 queueLengthLimit 3 number!
ResourcePolicyRule
 verbs 1 []text!
 apiGroups 2 []text!
 resources 3 []text!
 clusterScope 4 number
 namespaces 5 []text!
ServiceAccountSubject
 namespace 1 text!
 name 2 text!
Subject
 kind 1 text!
 user 2 *UserSubject
 group 3 *GroupSubject
 serviceAccount 4 *ServiceAccountSubject
UserSubject
 name 1 text!
`);
