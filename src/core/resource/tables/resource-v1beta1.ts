/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const RESOURCE_V1BETA1 = table({ core: CORE_V1, meta: META_V1 }, `
AllocatedDeviceStatus
 driver 1 text!
 pool 2 text!
 device 3 text!
 shareID 7 *text
 conditions 4 []meta.Condition!
 data 5 *opaque
 networkData 6 *NetworkDeviceData
AllocationResult
 devices 1 DeviceAllocationResult
 nodeSelector 3 *core.NodeSelector
 allocationTimestamp 5 *time
BasicDevice
 attributes 1 []opaque
 capacity 2 []opaque
 consumesCounters 3 []DeviceCounterConsumption
 nodeName 4 *text
 nodeSelector 5 *core.NodeSelector
 allNodes 6 *number
 taints 7 []DeviceTaint
 bindsToNode 8 *number
 bindingConditions 9 []text
 bindingFailureConditions 10 []text
 allowMultipleAllocations 11 *number
 nodeAllocatableResources 14 []opaque
CELDeviceSelector
 expression 1 text!
CapacityRequirements
 requests 1 map
CounterSet
 name 1 text!
 counters 2 []opaque
Device
 name 1 text!
 basic 2 *BasicDevice
DeviceAllocationConfiguration
 source 1 text!
 requests 2 []text
 opaque 3.1 *OpaqueDeviceConfiguration
DeviceAllocationResult
 results 1 []DeviceRequestAllocationResult
 config 2 []DeviceAllocationConfiguration
DeviceClaim
 requests 1 []DeviceRequest!
 constraints 2 []DeviceConstraint
 config 3 []DeviceClaimConfiguration
DeviceClaimConfiguration
 requests 1 []text
 opaque 2.1 *OpaqueDeviceConfiguration
DeviceClass
 metadata 1 meta.ObjectMeta
 spec 2 DeviceClassSpec!
DeviceClassConfiguration
 opaque 1.1 *OpaqueDeviceConfiguration
DeviceClassSpec
 selectors 1 []DeviceSelector
 config 2 []DeviceClassConfiguration
 extendedResourceName 4 *text
DeviceConstraint
 requests 1 []text
 matchAttribute 2 *text
 distinctAttribute 3 *text
DeviceCounterConsumption
 counterSet 1 text!
 counters 2 []opaque
 compatibilityGroups 3 []text
DeviceDerivedAttribute
 name 1 text!
 expression 2 text!
DeviceRequest
 name 1 text!
 deviceClassName 2 text!
 selectors 3 []DeviceSelector
 allocationMode 4 text
 count 5 number
 adminAccess 6 *number
 firstAvailable 7 []DeviceSubRequest
 tolerations 8 []DeviceToleration
 capacity 9 *CapacityRequirements
 derivedAttributes 10 []DeviceDerivedAttribute
DeviceRequestAllocationResult
 request 1 text!
 driver 2 text!
 pool 3 text!
 device 4 text!
 adminAccess 5 *number
 tolerations 6 []DeviceToleration
 bindingConditions 7 []text
 bindingFailureConditions 8 []text
 shareID 9 *text
 consumedCapacity 10 map
 skipNodeOperations 11 []text
DeviceSelector
 cel 1 *CELDeviceSelector
DeviceSubRequest
 name 1 text!
 deviceClassName 2 text!
 selectors 3 []DeviceSelector
 allocationMode 4 text
 count 5 number
 tolerations 7 []DeviceToleration
 capacity 8 *CapacityRequirements
 derivedAttributes 9 []DeviceDerivedAttribute
DeviceTaint
 key 1 text!
 value 2 text
 effect 3 text!
 timeAdded 4 *time
DeviceToleration
 key 1 text
 operator 2 text
 value 3 text
 effect 4 text
 tolerationSeconds 5 *number
NetworkDeviceData
 interfaceName 1 text
 ips 2 []text
 hardwareAddress 3 text
OpaqueDeviceConfiguration
 driver 1 text!
 parameters 2 opaque!
ResourceClaim
 metadata 1 meta.ObjectMeta
 spec 2 ResourceClaimSpec!
 status 3 ResourceClaimStatus
ResourceClaimConsumerReference
 apiGroup 1 text
 resource 3 text!
 name 4 text!
 uid 5 text!
ResourceClaimSpec
 devices 1 DeviceClaim!
ResourceClaimStatus
 allocation 1 *AllocationResult
 reservedFor 2 []ResourceClaimConsumerReference
 devices 4 []AllocatedDeviceStatus
ResourceClaimTemplate
 metadata 1 meta.ObjectMeta
 spec 2 ResourceClaimTemplateSpec!
ResourceClaimTemplateSpec
 metadata 1 meta.ObjectMeta
 spec 2 ResourceClaimSpec!
ResourcePool
 name 1 text!
 generation 2 number!
 resourceSliceCount 3 number!
ResourceSlice
 metadata 1 meta.ObjectMeta
 spec 2 ResourceSliceSpec!
ResourceSliceSpec
 driver 1 text!
 pool 2 ResourcePool!
 nodeName 3 text
 nodeSelector 4 *core.NodeSelector
 allNodes 5 number
 devices 6 []Device
 perDeviceNodeSelection 7 *number
 sharedCounters 8 []CounterSet
 partitionTypeAttribute 9 *text
 skipNodeOperations 10 []text
`);
