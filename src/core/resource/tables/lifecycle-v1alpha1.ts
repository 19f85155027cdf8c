/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const LIFECYCLE_V1ALPHA1 = table({ meta: META_V1 }, `
Eviction
 metadata 1 meta.ObjectMeta
 spec 2 EvictionSpec!
 status 3 EvictionStatus
EvictionPodReference
 name 1 text!
 uid 2 text!
EvictionRequest
 metadata 1 meta.ObjectMeta
 spec 2 EvictionRequestSpec!
 status 3 EvictionRequestStatus
EvictionRequestPodReference
 name 1 text!
 uid 2 text!
EvictionRequestSpec
 target 1 EvictionRequestTarget!
 requester 2 text!
 intent 3 text!
EvictionRequestStatus
 conditions 1 []meta.Condition
 observedGeneration 2 *number
EvictionRequestTarget
 pod 1 *EvictionRequestPodReference
EvictionSpec
 target 1 EvictionTarget!
EvictionStatus
 conditions 1 []meta.Condition
 observedGeneration 2 *number
 requesters 3 []Requester
 targetResponders 4 []TargetResponder
 responders 5 []ResponderStatus
EvictionTarget
 pod 1 *EvictionPodReference
Requester
 name 1 text!
 intent 2 text!
ResponderStatus
 name 1 text!
 startTime 2 *time
 heartbeatTime 3 *time
 expectedCompletionTime 4 *time
 completionTime 5 *time
 message 6 *text
TargetResponder
 name 1 text!
 priority 2 *number!
 state 3 text!
`);
