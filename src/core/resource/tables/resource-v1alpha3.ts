/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const RESOURCE_V1ALPHA3 = table({ meta: META_V1 }, `
PartitionTypeStatus
 attribute 4 text
 type 1 text
 total 2 *number
 allocatable 3 *number
PoolStatus
 driver 1 text
 poolName 2 text
 generation 9 number!
 resourceSliceCount 8 *number
 totalDevices 4 *number
 allocatedDevices 5 *number
 availableDevices 6 *number
 unavailableDevices 7 *number
 nodeName 3 *text
 validationError 10 *text
 partitionSummary 11 []PartitionTypeStatus
 shareableSummary 13 *ShareableSummaryStatus
ResourcePoolStatusRequest
 metadata 1 meta.ObjectMeta
 spec 2 ResourcePoolStatusRequestSpec!
 status 3 *ResourcePoolStatusRequestStatus
ResourcePoolStatusRequestSpec
 driver 1 text!
 poolName 2 *text
 limit 3 *number
 defaultPartitionTypeAttribute 4 *text
ResourcePoolStatusRequestStatus
 poolCount 6 *number
 pools 2 []PoolStatus
 conditions 3 []meta.Condition
ShareableCapacityStatus
 name 1 text
 total 2 *opaque
 consumed 3 *opaque
 available 4 *opaque
ShareableSummaryStatus
 fullyAvailableDevices 1 *number
 partiallyAvailableDevices 2 *number
 capacity 3 []ShareableCapacityStatus
`);
