/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';
import { RESOURCE_V1 } from './resource-v1.ts';

// prettier-ignore
export const RESOURCE_V1BETA1 = table({ core: CORE_V1, meta: META_V1, resource: RESOURCE_V1 }, `
BasicDevice
 attributes 1 []opaque
 capacity 2 []opaque
 consumesCounters 3 []resource.DeviceCounterConsumption
 nodeName 4 *text
 nodeSelector 5 *core.NodeSelector
 allNodes 6 *number
 taints 7 []resource.DeviceTaint
 bindsToNode 8 *number
 bindingConditions 9 []text
 bindingFailureConditions 10 []text
 allowMultipleAllocations 11 *number
 nodeAllocatableResources 14 []opaque
Device
 name 1 text!
 basic 2 *BasicDevice
DeviceClaim
 requests 1 []DeviceRequest!
 constraints 2 []resource.DeviceConstraint
 config 3 []resource.DeviceClaimConfiguration
DeviceRequest
 name 1 text!
 deviceClassName 2 text!
 selectors 3 []resource.DeviceSelector
 allocationMode 4 text
 count 5 number
 adminAccess 6 *number
 firstAvailable 7 []DeviceSubRequest
 tolerations 8 []resource.DeviceToleration
 capacity 9 *resource.CapacityRequirements
 derivedAttributes 10 []resource.DeviceDerivedAttribute
DeviceSubRequest
 name 1 text!
 deviceClassName 2 text!
 selectors 3 []resource.DeviceSelector
 allocationMode 4 text
 count 5 number
 tolerations 7 []resource.DeviceToleration
 capacity 8 *resource.CapacityRequirements
 derivedAttributes 9 []resource.DeviceDerivedAttribute
ResourceClaim
 metadata 1 meta.ObjectMeta
 spec 2 ResourceClaimSpec!
 status 3 resource.ResourceClaimStatus
ResourceClaimSpec
 devices 1 DeviceClaim!
ResourceClaimTemplate
 metadata 1 meta.ObjectMeta
 spec 2 ResourceClaimTemplateSpec!
ResourceClaimTemplateSpec
 metadata 1 meta.ObjectMeta
 spec 2 ResourceClaimSpec!
ResourceSlice
 metadata 1 meta.ObjectMeta
 spec 2 ResourceSliceSpec!
ResourceSliceSpec
 driver 1 text!
 pool 2 resource.ResourcePool!
 nodeName 3 text
 nodeSelector 4 *core.NodeSelector
 allNodes 5 number
 devices 6 []Device
 perDeviceNodeSelection 7 *number
 sharedCounters 8 []resource.CounterSet
 partitionTypeAttribute 9 *text
 skipNodeOperations 10 []text
`);
