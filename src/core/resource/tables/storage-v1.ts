/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CORE_V1 } from './core-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const STORAGE_V1 = table({ core: CORE_V1, meta: META_V1 }, `
CSIDriver
 metadata 1 meta.ObjectMeta
 spec 2 CSIDriverSpec!
CSIDriverSpec
 attachRequired 1 *number
 podInfoOnMount 2 *number
 volumeLifecycleModes 3 []text
 storageCapacity 4 *number
 fsGroupPolicy 5 *text
 tokenRequests 6 []TokenRequest
 requiresRepublish 7 *number
 seLinuxMount 8 *number
 nodeAllocatableUpdatePeriodSeconds 9 *number
 serviceAccountTokenInSecrets 10 *number
 preventPodSchedulingIfMissing 11 *number
CSINode
 metadata 1 meta.ObjectMeta
 spec 2 CSINodeSpec!
 status 3 CSINodeStatus
CSINodeDriver
 name 1 text!
 nodeID 2 text!
 topologyKeys 3 []text!
 allocatable 4 *VolumeNodeResources
CSINodeSpec
 drivers 1 []CSINodeDriver!
CSINodeStatus
 storageHealth 1 []StorageHealth
CSIStorageCapacity
 metadata 1 meta.ObjectMeta
 nodeTopology 2 *meta.LabelSelector
 storageClassName 3 text!
 capacity 4 *opaque
 maximumVolumeSize 5 *opaque
StorageClass
 metadata 1 meta.ObjectMeta
 provisioner 2 text!
 parameters 3 map
 reclaimPolicy 4 *text
 mountOptions 5 []text
 allowVolumeExpansion 6 *number
 volumeBindingMode 7 *text
 allowedTopologies 8 []core.TopologySelectorTerm
StorageHealth
 name 1 text!
 healthConditions 2 []StorageHealthCondition
StorageHealthCondition
 status 1 text!
 reason 2 text!
 message 3 text
 accessMode 4 *text
 volumeMode 5 *text
 lastTransitionTime 6 time
TokenRequest
 audience 1 text!
 expirationSeconds 2 *number
VolumeAttachment
 metadata 1 meta.ObjectMeta
 spec 2 VolumeAttachmentSpec!
 status 3 VolumeAttachmentStatus
VolumeAttachmentSource
 persistentVolumeName 1 *text
 inlineVolumeSpec 2 *core.PersistentVolumeSpec
VolumeAttachmentSpec
 attacher 1 text!
 source 2 VolumeAttachmentSource!
 nodeName 3 text!
VolumeAttachmentStatus
 attached 1 number!
 attachmentMetadata 2 map
 attachError 3 *VolumeError
 detachError 4 *VolumeError
VolumeAttributesClass
 metadata 1 meta.ObjectMeta
 driverName 2 text!
 parameters 3 map
VolumeError
 time 1 time
 message 2 text
 errorCode 3 *number
VolumeNodeResources
 count 1 *number
`);
