/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const CORE_V1_NODE = table({ meta: META_V1 }, `
AttachedVolume
 name 1 text!
 devicePath 2 text!
ConfigMapNodeConfigSource
 namespace 1 text!
 name 2 text!
 uid 3 text
 resourceVersion 4 text
 kubeletConfigKey 5 text!
ContainerImage
 names 1 []text!
 sizeBytes 2 number
DaemonEndpoint
 Port 1 number!
Node
 metadata 1 meta.ObjectMeta
 spec 2 NodeSpec
 status 3 NodeStatus
NodeAddress
 type 1 text!
 address 2 text!
NodeCondition
 type 1 text!
 status 2 text!
 lastHeartbeatTime 3 time
 lastTransitionTime 4 time
 reason 5 text
 message 6 text
NodeConfigSource
 configMap 2 *ConfigMapNodeConfigSource
NodeConfigStatus
 assigned 1 *NodeConfigSource
 active 2 *NodeConfigSource
 lastKnownGood 3 *NodeConfigSource
 error 4 text
NodeDaemonEndpoints
 kubeletEndpoint 1 DaemonEndpoint
NodeFeatures
 supplementalGroupsPolicy 1 *number
NodePodPreemptionPolicy
 disableResizePreemption 1 []text
NodeRuntimeHandler
 name 1 text!
 features 2 *NodeRuntimeHandlerFeatures
NodeRuntimeHandlerFeatures
 recursiveReadOnlyMounts 1 *number
 userNamespaces 2 *number
NodeSpec
 podCIDR 1 text
 podCIDRs 7 []text
 providerID 3 text
 unschedulable 4 number
 taints 5 []Taint
 configSource 6 *NodeConfigSource
 externalID 2 text
 podPreemptionPolicy 8 *NodePodPreemptionPolicy
NodeStatus
 capacity 1 map
 allocatable 2 map
 phase 3 text
 conditions 4 []NodeCondition
 addresses 5 []NodeAddress
 daemonEndpoints 6 NodeDaemonEndpoints
 nodeInfo 7 NodeSystemInfo
 images 8 []ContainerImage
 volumesInUse 9 []text
 volumesAttached 10 []AttachedVolume
 config 11 *NodeConfigStatus
 runtimeHandlers 12 []NodeRuntimeHandler
 features 13 *NodeFeatures
 declaredFeatures 14 []text
NodeSwapStatus
 capacity 1 *number
NodeSystemInfo
 machineID 1 text!
 systemUUID 2 text!
 bootID 3 text!
 kernelVersion 4 text!
 osImage 5 text!
 containerRuntimeVersion 6 text!
 kubeletVersion 7 text!
 kubeProxyVersion 8 text!
 operatingSystem 9 text!
 architecture 10 text!
 swap 11 *NodeSwapStatus
 runningInUserNamespace 12 *number
Taint
 key 1 text!
 value 2 text
 effect 3 text!
 timeAdded 4 *time
`);
