/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';

// prettier-ignore
export const META_V1 = table({}, `
Condition
 type 1 text!
 status 2 text!
 observedGeneration 3 number
 lastTransitionTime 4 time!
 reason 5 text!
 message 6 text!
GroupResource
 group 1 text!
 resource 2 text!
LabelSelector
 matchLabels 1 map
 matchExpressions 2 []LabelSelectorRequirement
LabelSelectorRequirement
 key 1 text!
 operator 2 text!
 values 3 []text
ManagedFieldsEntry
 manager 1 text
 operation 2 text
 apiVersion 3 text
 time 4 *time
 fieldsType 6 text
 fieldsV1 7 *opaque
 subresource 8 text
ObjectMeta
 name 1 text
 generateName 2 text
 namespace 3 text
 selfLink 4 text
 uid 5 text
 resourceVersion 6 text
 generation 7 number
 creationTimestamp 8 time
 deletionTimestamp 9 *time
 deletionGracePeriodSeconds 10 *number
 labels 11 map
 annotations 12 map
 ownerReferences 13 []OwnerReference
 finalizers 14 []text
 managedFields 17 []ManagedFieldsEntry
OwnerReference
 apiVersion 5 text!
 kind 1 text!
 name 3 text!
 uid 4 text!
 controller 6 *number
 blockOwnerDeletion 7 *number
`);
