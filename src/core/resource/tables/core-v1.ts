/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const CORE_V1 = table({ meta: META_V1 }, `
AWSElasticBlockStoreVolumeSource
 volumeID 1 text!
 fsType 2 text
 partition 3 number
 readOnly 4 number
Affinity
 nodeAffinity 1 *NodeAffinity
 podAffinity 2 *PodAffinity
 podAntiAffinity 3 *PodAntiAffinity
AppArmorProfile
 type 1 text!
 localhostProfile 2 *text
AzureDiskVolumeSource
 diskName 1 text!
 diskURI 2 text!
 cachingMode 3 *text
 fsType 4 *text
 readOnly 5 *number
 kind 6 *text
AzureFilePersistentVolumeSource
 secretName 1 text!
 shareName 2 text!
 readOnly 3 number
 secretNamespace 4 *text!
AzureFileVolumeSource
 secretName 1 text!
 shareName 2 text!
 readOnly 3 number
CSIPersistentVolumeSource
 driver 1 text!
 volumeHandle 2 text!
 readOnly 3 number
 fsType 4 text
 volumeAttributes 5 map
 controllerPublishSecretRef 6 *SecretReference
 nodeStageSecretRef 7 *SecretReference
 nodePublishSecretRef 8 *SecretReference
 controllerExpandSecretRef 9 *SecretReference
 nodeExpandSecretRef 10 *SecretReference
CSIVolumeSource
 driver 1 text!
 readOnly 2 *number
 fsType 3 *text
 volumeAttributes 4 map
 nodePublishSecretRef 5 *LocalObjectReference
Capabilities
 add 1 []text
 drop 2 []text
CephFSPersistentVolumeSource
 monitors 1 []text!
 path 2 text
 user 3 text
 secretFile 4 text
 secretRef 5 *SecretReference
 readOnly 6 number
CephFSVolumeSource
 monitors 1 []text!
 path 2 text
 user 3 text
 secretFile 4 text
 secretRef 5 *LocalObjectReference
 readOnly 6 number
CinderPersistentVolumeSource
 volumeID 1 text!
 fsType 2 text
 readOnly 3 number
 secretRef 4 *SecretReference
CinderVolumeSource
 volumeID 1 text!
 fsType 2 text
 readOnly 3 number
 secretRef 4 *LocalObjectReference
ClientIPConfig
 timeoutSeconds 1 *number
ClusterTrustBundleProjection
 name 1 *text
 signerName 2 *text
 labelSelector 3 *meta.LabelSelector
 optional 5 *number
 path 4 text!
 user 6 *number
ConfigMap
 metadata 1 meta.ObjectMeta
 immutable 4 *number
 data 2 map
 binaryData 3 map
ConfigMapEnvSource
 name 1.1 text
 optional 2 *number
ConfigMapKeySelector
 name 1.1 text
 key 2 text!
 optional 3 *number
ConfigMapProjection
 name 1.1 text
 items 2 []KeyToPath
 optional 4 *number
ConfigMapVolumeSource
 name 1.1 text
 items 2 []KeyToPath
 defaultMode 3 *number
 optional 4 *number
 defaultUser 5 *number
Container
 name 1 text!
 image 2 text
 command 3 []text
 args 4 []text
 workingDir 5 text
 ports 6 []ContainerPort
 envFrom 19 []EnvFromSource
 env 7 []EnvVar
 resources 8 ResourceRequirements
 resizePolicy 23 []ContainerResizePolicy
 restartPolicy 24 *text
 restartPolicyRules 25 []ContainerRestartRule
 volumeMounts 9 []VolumeMount
 volumeDevices 21 []VolumeDevice
 livenessProbe 10 *Probe
 readinessProbe 11 *Probe
 startupProbe 22 *Probe
 lifecycle 12 *Lifecycle
 terminationMessagePath 13 text
 terminationMessagePolicy 20 text
 imagePullPolicy 14 text
 securityContext 15 *SecurityContext
 stdin 16 number
 stdinOnce 17 number
 tty 18 number
ContainerExtendedResourceRequest
 containerName 1 text!
 resourceName 2 text!
 requestName 3 text!
ContainerPort
 name 1 text
 hostPort 2 number
 containerPort 3 number!
 protocol 4 text
 hostIP 5 text
ContainerResizePolicy
 resourceName 1 text!
 restartPolicy 2 text!
ContainerRestartRule
 action 1 text
 exitCodes 2 *ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes
 operator 1 text
 values 2 []number
ContainerState
 waiting 1 *ContainerStateWaiting
 running 2 *ContainerStateRunning
 terminated 3 *ContainerStateTerminated
ContainerStateRunning
 startedAt 1 time
ContainerStateTerminated
 exitCode 1 number!
 signal 2 number
 reason 3 text
 message 4 text
 startedAt 5 time
 finishedAt 6 time
 containerID 7 text
ContainerStateWaiting
 reason 1 text
 message 2 text
ContainerStatus
 name 1 text!
 state 2 ContainerState
 lastState 3 ContainerState
 ready 4 number!
 restartCount 5 number!
 image 6 text!
 imageID 7 text!
 containerID 8 text
 started 9 *number
 allocatedResources 10 map
 resources 11 *ResourceRequirements
 volumeMounts 12 []VolumeMountStatus
 user 13 *ContainerUser
 allocatedResourcesStatus 14 []ResourceStatus
 stopSignal 15 *text
ContainerUser
 linux 1 *LinuxContainerUser
DownwardAPIProjection
 items 1 []DownwardAPIVolumeFile
DownwardAPIVolumeFile
 path 1 text!
 fieldRef 2 *ObjectFieldSelector
 resourceFieldRef 3 *ResourceFieldSelector
 mode 4 *number
 user 5 *number
DownwardAPIVolumeSource
 items 1 []DownwardAPIVolumeFile
 defaultMode 2 *number
 defaultUser 3 *number
EmptyDirVolumeSource
 medium 1 text
 sizeLimit 2 *opaque
 mode 3 *number
EndpointAddress
 ip 1 text!
 hostname 3 text
 nodeName 4 *text
 targetRef 2 *ObjectReference
EndpointPort
 name 1 text
 port 2 number!
 protocol 3 text
 appProtocol 4 *text
EndpointSubset
 addresses 1 []EndpointAddress
 notReadyAddresses 2 []EndpointAddress
 ports 3 []EndpointPort
Endpoints
 metadata 1 meta.ObjectMeta
 subsets 2 []EndpointSubset
EnvFromSource
 prefix 1 text
 configMapRef 2 *ConfigMapEnvSource
 secretRef 3 *SecretEnvSource
EnvVar
 name 1 text!
 value 2 text
 valueFrom 3 *EnvVarSource
EnvVarSource
 fieldRef 1 *ObjectFieldSelector
 resourceFieldRef 2 *ResourceFieldSelector
 configMapKeyRef 3 *ConfigMapKeySelector
 secretKeyRef 4 *SecretKeySelector
 fileKeyRef 5 *FileKeySelector
EphemeralContainer
 name 1.1 text!
 image 1.2 text
 command 1.3 []text
 args 1.4 []text
 workingDir 1.5 text
 ports 1.6 []ContainerPort
 envFrom 1.19 []EnvFromSource
 env 1.7 []EnvVar
 resources 1.8 ResourceRequirements
 resizePolicy 1.23 []ContainerResizePolicy
 restartPolicy 1.24 *text
 restartPolicyRules 1.25 []ContainerRestartRule
 volumeMounts 1.9 []VolumeMount
 volumeDevices 1.21 []VolumeDevice
 livenessProbe 1.10 *Probe
 readinessProbe 1.11 *Probe
 startupProbe 1.22 *Probe
 lifecycle 1.12 *Lifecycle
 terminationMessagePath 1.13 text
 terminationMessagePolicy 1.20 text
 imagePullPolicy 1.14 text
 securityContext 1.15 *SecurityContext
 stdin 1.16 number
 stdinOnce 1.17 number
 tty 1.18 number
 targetContainerName 2 text
EphemeralVolumeSource
 volumeClaimTemplate 1 *PersistentVolumeClaimTemplate
Event
 metadata 1 meta.ObjectMeta!
 involvedObject 2 ObjectReference!
 reason 3 text
 message 4 text
 source 5 EventSource
 firstTimestamp 6 time
 lastTimestamp 7 time
 count 8 number
 type 9 text
 eventTime 10 time
 series 11 *EventSeries
 action 12 text
 related 13 *ObjectReference
 reportingComponent 14 text!
 reportingInstance 15 text!
EventSeries
 count 1 number
 lastObservedTime 2 time
EventSource
 component 1 text
 host 2 text
EvictionResponder
 name 1 text!
 priority 2 *number!
ExecAction
 command 1 []text
FCVolumeSource
 targetWWNs 1 []text
 lun 2 *number
 fsType 3 text
 readOnly 4 number
 wwids 5 []text
FileKeySelector
 volumeName 1 text!
 path 2 text!
 key 3 text!
 optional 4 *number
FlexPersistentVolumeSource
 driver 1 text!
 fsType 2 text
 secretRef 3 *SecretReference
 readOnly 4 number
 options 5 map
FlexVolumeSource
 driver 1 text!
 fsType 2 text
 secretRef 3 *LocalObjectReference
 readOnly 4 number
 options 5 map
FlockerVolumeSource
 datasetName 1 text
 datasetUUID 2 text
GCEPersistentDiskVolumeSource
 pdName 1 text!
 fsType 2 text
 partition 3 number
 readOnly 4 number
GRPCAction
 port 1 number!
 service 2 *text!
 mode 3 *text
GitRepoVolumeSource
 repository 1 text!
 revision 2 text
 directory 3 text
GlusterfsPersistentVolumeSource
 endpoints 1 text!
 path 2 text!
 readOnly 3 number
 endpointsNamespace 4 *text
GlusterfsVolumeSource
 endpoints 1 text!
 path 2 text!
 readOnly 3 number
HTTPGetAction
 path 1 text
 port 2 opaque!
 host 3 text
 scheme 4 text
 httpHeaders 5 []HTTPHeader
 protocol 6 *text
HTTPHeader
 name 1 text!
 value 2 text!
HostAlias
 ip 1 text!
 hostnames 2 []text
HostIP
 ip 1 text!
HostPathVolumeSource
 path 1 text!
 type 2 *text
ISCSIPersistentVolumeSource
 targetPortal 1 text!
 iqn 2 text!
 lun 3 number!
 iscsiInterface 4 text
 fsType 5 text
 readOnly 6 number
 portals 7 []text
 chapAuthDiscovery 8 number
 chapAuthSession 11 number
 secretRef 10 *SecretReference
 initiatorName 12 *text
ISCSIVolumeSource
 targetPortal 1 text!
 iqn 2 text!
 lun 3 number!
 iscsiInterface 4 text
 fsType 5 text
 readOnly 6 number
 portals 7 []text
 chapAuthDiscovery 8 number
 chapAuthSession 11 number
 secretRef 10 *LocalObjectReference
 initiatorName 12 *text
ImageVolumeSource
 reference 1 text
 pullPolicy 2 text
ImageVolumeStatus
 imageRef 1 text
KeyToPath
 key 1 text!
 path 2 text!
 mode 3 *number
 user 4 *number
Lifecycle
 postStart 1 *LifecycleHandler
 preStop 2 *LifecycleHandler
 stopSignal 3 *text
LifecycleHandler
 exec 1 *ExecAction
 httpGet 2 *HTTPGetAction
 tcpSocket 3 *TCPSocketAction
 sleep 4 *SleepAction
LimitRange
 metadata 1 meta.ObjectMeta
 spec 2 LimitRangeSpec
LimitRangeItem
 type 1 text!
 max 2 map
 min 3 map
 default 4 map
 defaultRequest 5 map
 maxLimitRequestRatio 6 map
LimitRangeSpec
 limits 1 []LimitRangeItem!
LinuxContainerUser
 uid 1 number!
 gid 2 number!
 supplementalGroups 3 []number
LoadBalancerIngress
 ip 1 text
 hostname 2 text
 ipMode 3 *text
 ports 4 []PortStatus
LoadBalancerStatus
 ingress 1 []LoadBalancerIngress
LocalObjectReference
 name 1 text
LocalVolumeSource
 path 1 text!
 fsType 2 *text
ModifyVolumeStatus
 targetVolumeAttributesClassName 1 text
 status 2 text!
NFSVolumeSource
 server 1 text!
 path 2 text!
 readOnly 3 number
Namespace
 metadata 1 meta.ObjectMeta
 spec 2 NamespaceSpec
 status 3 NamespaceStatus
NamespaceCondition
 type 1 text!
 status 2 text!
 lastTransitionTime 4 time
 reason 5 text
 message 6 text
NamespaceSpec
 finalizers 1 []text
NamespaceStatus
 phase 1 text
 conditions 2 []NamespaceCondition
NodeAffinity
 requiredDuringSchedulingIgnoredDuringExecution 1 *NodeSelector
 preferredDuringSchedulingIgnoredDuringExecution 2 []PreferredSchedulingTerm
NodeAllocatableMappedResources
 name 1 text!
 quantity 2 *opaque!
NodeAllocatableOverheadResources
 name 1 text!
 perPod 2 *opaque
 perContainer 3 *opaque
NodeAllocatableResourceClaimStatus
 resourceClaimName 1 text!
 containers 2 []text
 mapping 4 []NodeAllocatableMappedResources
 overhead 5 []NodeAllocatableOverheadResources
NodeSelector
 nodeSelectorTerms 1 []NodeSelectorTerm!
NodeSelectorRequirement
 key 1 text!
 operator 2 text!
 values 3 []text
NodeSelectorTerm
 matchExpressions 1 []NodeSelectorRequirement
 matchFields 2 []NodeSelectorRequirement
ObjectFieldSelector
 apiVersion 1 text
 fieldPath 2 text!
ObjectReference
 kind 1 text
 namespace 2 text
 name 3 text
 uid 4 text
 apiVersion 5 text
 resourceVersion 6 text
 fieldPath 7 text
PersistentVolume
 metadata 1 meta.ObjectMeta
 spec 2 PersistentVolumeSpec
 status 3 PersistentVolumeStatus
PersistentVolumeClaim
 metadata 1 meta.ObjectMeta
 spec 2 PersistentVolumeClaimSpec
 status 3 PersistentVolumeClaimStatus
PersistentVolumeClaimCondition
 type 1 text!
 status 2 text!
 lastProbeTime 3 time
 lastTransitionTime 4 time
 reason 5 text
 message 6 text
PersistentVolumeClaimSpec
 accessModes 1 []text
 selector 4 *meta.LabelSelector
 resources 2 VolumeResourceRequirements
 volumeName 3 text
 storageClassName 5 *text
 volumeMode 6 *text
 dataSource 7 *TypedLocalObjectReference
 dataSourceRef 8 *TypedObjectReference
 volumeAttributesClassName 9 *text
PersistentVolumeClaimStatus
 phase 1 text
 accessModes 2 []text
 capacity 3 map
 conditions 4 []PersistentVolumeClaimCondition
 allocatedResources 5 map
 allocatedResourceStatuses 7 map
 currentVolumeAttributesClassName 8 *text
 modifyVolumeStatus 9 *ModifyVolumeStatus
 healthStatus 10 *VolumeHealthStatus
PersistentVolumeClaimTemplate
 metadata 1 meta.ObjectMeta
 spec 2 PersistentVolumeClaimSpec!
PersistentVolumeClaimVolumeSource
 claimName 1 text!
 readOnly 2 number
PersistentVolumeSpec
 capacity 1 map
 gcePersistentDisk 2.1 *GCEPersistentDiskVolumeSource
 awsElasticBlockStore 2.2 *AWSElasticBlockStoreVolumeSource
 hostPath 2.3 *HostPathVolumeSource
 glusterfs 2.4 *GlusterfsPersistentVolumeSource
 nfs 2.5 *NFSVolumeSource
 rbd 2.6 *RBDPersistentVolumeSource
 iscsi 2.7 *ISCSIPersistentVolumeSource
 cinder 2.8 *CinderPersistentVolumeSource
 cephfs 2.9 *CephFSPersistentVolumeSource
 fc 2.10 *FCVolumeSource
 flocker 2.11 *FlockerVolumeSource
 flexVolume 2.12 *FlexPersistentVolumeSource
 azureFile 2.13 *AzureFilePersistentVolumeSource
 vsphereVolume 2.14 *VsphereVirtualDiskVolumeSource
 quobyte 2.15 *QuobyteVolumeSource
 azureDisk 2.16 *AzureDiskVolumeSource
 photonPersistentDisk 2.17 *PhotonPersistentDiskVolumeSource
 portworxVolume 2.18 *PortworxVolumeSource
 scaleIO 2.19 *ScaleIOPersistentVolumeSource
 local 2.20 *LocalVolumeSource
 storageos 2.21 *StorageOSPersistentVolumeSource
 csi 2.22 *CSIPersistentVolumeSource
 accessModes 3 []text
 claimRef 4 *ObjectReference
 persistentVolumeReclaimPolicy 5 text
 storageClassName 6 text
 mountOptions 7 []text
 volumeMode 8 *text
 nodeAffinity 9 *VolumeNodeAffinity
 volumeAttributesClassName 10 *text
PersistentVolumeStatus
 phase 1 text
 message 2 text
 reason 3 text
 lastPhaseTransitionTime 4 *time
PhotonPersistentDiskVolumeSource
 pdID 1 text!
 fsType 2 text
Pod
 metadata 1 meta.ObjectMeta
 spec 2 PodSpec
 status 3 PodStatus
PodAffinity
 requiredDuringSchedulingIgnoredDuringExecution 1 []PodAffinityTerm
 preferredDuringSchedulingIgnoredDuringExecution 2 []WeightedPodAffinityTerm
PodAffinityTerm
 labelSelector 1 *meta.LabelSelector
 namespaces 2 []text
 topologyKey 3 text!
 namespaceSelector 4 *meta.LabelSelector
 matchLabelKeys 5 []text
 mismatchLabelKeys 6 []text
PodAntiAffinity
 requiredDuringSchedulingIgnoredDuringExecution 1 []PodAffinityTerm
 preferredDuringSchedulingIgnoredDuringExecution 2 []WeightedPodAffinityTerm
PodCertificateProjection
 signerName 1 text
 keyType 2 text
 maxExpirationSeconds 3 *number
 credentialBundlePath 4 text
 keyPath 5 text
 certificateChainPath 6 text
 userAnnotations 7 map
 user 8 *number
PodCondition
 type 1 text!
 observedGeneration 7 number
 status 2 text!
 lastProbeTime 3 time
 lastTransitionTime 4 time
 reason 5 text
 message 6 text
PodDNSConfig
 nameservers 1 []text
 searches 2 []text
 options 3 []PodDNSConfigOption
PodDNSConfigOption
 name 1 text
 value 2 *text
PodExtendedResourceClaimStatus
 requestMappings 1 []ContainerExtendedResourceRequest!
 resourceClaimName 2 text!
PodIP
 ip 1 text!
PodOS
 name 1 text!
PodReadinessGate
 conditionType 1 text!
PodResourceClaim
 name 1 text!
 resourceClaimName 3 *text
 resourceClaimTemplateName 4 *text
PodResourceClaimStatus
 name 1 text!
 resourceClaimName 2 *text
PodSchedulingGate
 name 1 text!
PodSchedulingGroup
 podGroupName 1 *text
PodSecurityContext
 seLinuxOptions 1 *SELinuxOptions
 windowsOptions 8 *WindowsSecurityContextOptions
 runAsUser 2 *number
 runAsGroup 6 *number
 runAsNonRoot 3 *number
 supplementalGroups 4 []number
 supplementalGroupsPolicy 12 *text
 fsGroup 5 *number
 sysctls 7 []Sysctl
 fsGroupChangePolicy 9 *text
 seccompProfile 10 *SeccompProfile
 appArmorProfile 11 *AppArmorProfile
 seLinuxChangePolicy 13 *text
PodSpec
 volumes 1 []Volume
 initContainers 20 []Container
 containers 2 []Container!
 ephemeralContainers 34 []EphemeralContainer
 restartPolicy 3 text
 terminationGracePeriodSeconds 4 *number
 activeDeadlineSeconds 5 *number
 dnsPolicy 6 text
 nodeSelector 7 map
 serviceAccountName 8 text
 serviceAccount 9 text
 automountServiceAccountToken 21 *number
 nodeName 10 text
 hostNetwork 11 number
 hostPID 12 number
 hostIPC 13 number
 shareProcessNamespace 27 *number
 securityContext 14 *PodSecurityContext
 imagePullSecrets 15 []LocalObjectReference
 hostname 16 text
 subdomain 17 text
 affinity 18 *Affinity
 schedulerName 19 text
 tolerations 22 []Toleration
 hostAliases 23 []HostAlias
 priorityClassName 24 text
 priority 25 *number
 dnsConfig 26 *PodDNSConfig
 readinessGates 28 []PodReadinessGate
 runtimeClassName 29 *text
 enableServiceLinks 30 *number
 preemptionPolicy 31 *text
 overhead 32 map
 topologySpreadConstraints 33 []TopologySpreadConstraint
 setHostnameAsFQDN 35 *number
 os 36 *PodOS
 hostUsers 37 *number
 schedulingGates 38 []PodSchedulingGate
 resourceClaims 39 []PodResourceClaim
 resources 40 *ResourceRequirements
 hostnameOverride 41 *text
 schedulingGroup 43 *PodSchedulingGroup
 evictionResponders 44 []EvictionResponder
PodStatus
 observedGeneration 17 number
 phase 1 text
 conditions 2 []PodCondition
 message 3 text
 reason 4 text
 nominatedNodeName 11 text
 hostIP 5 text
 hostIPs 16 []HostIP
 podIP 6 text
 podIPs 12 []PodIP
 startTime 7 *time
 initContainerStatuses 10 []ContainerStatus
 containerStatuses 8 []ContainerStatus
 qosClass 9 text
 ephemeralContainerStatuses 13 []ContainerStatus
 resize 14 text
 resourceClaimStatuses 15 []PodResourceClaimStatus
 extendedResourceClaimStatus 18 *PodExtendedResourceClaimStatus
 allocatedResources 19 map
 resources 20 *ResourceRequirements
 nodeAllocatableResourceClaimStatuses 21 []NodeAllocatableResourceClaimStatus
 volumeHealth 22 []PodVolumeHealth
PodTemplate
 metadata 1 meta.ObjectMeta
 template 2 PodTemplateSpec
PodTemplateSpec
 metadata 1 meta.ObjectMeta
 spec 2 PodSpec
PodVolumeHealth
 name 1 text!
 healthConditions 2 []VolumeHealthCondition
 lastTransitionTime 3 time
PortStatus
 port 1 number!
 protocol 2 text!
 error 3 *text
PortworxVolumeSource
 volumeID 1 text!
 fsType 2 text
 readOnly 3 number
PreferredSchedulingTerm
 weight 1 number!
 preference 2 NodeSelectorTerm!
Probe
 exec 1.1 *ExecAction
 httpGet 1.2 *HTTPGetAction
 tcpSocket 1.3 *TCPSocketAction
 grpc 1.4 *GRPCAction
 initialDelaySeconds 2 number
 timeoutSeconds 3 number
 periodSeconds 4 number
 successThreshold 5 number
 failureThreshold 6 number
 terminationGracePeriodSeconds 7 *number
ProjectedVolumeSource
 sources 1 []VolumeProjection!
 defaultMode 2 *number
 defaultUser 3 *number
QuobyteVolumeSource
 registry 1 text!
 volume 2 text!
 readOnly 3 number
 user 4 text
 group 5 text
 tenant 6 text
RBDPersistentVolumeSource
 monitors 1 []text!
 image 2 text!
 fsType 3 text
 pool 4 text
 user 5 text
 keyring 6 text
 secretRef 7 *SecretReference
 readOnly 8 number
RBDVolumeSource
 monitors 1 []text!
 image 2 text!
 fsType 3 text
 pool 4 text
 user 5 text
 keyring 6 text
 secretRef 7 *LocalObjectReference
 readOnly 8 number
ReplicationController
 metadata 1 meta.ObjectMeta
 spec 2 ReplicationControllerSpec
 status 3 ReplicationControllerStatus
ReplicationControllerCondition
 type 1 text!
 status 2 text!
 lastTransitionTime 3 time
 reason 4 text
 message 5 text
ReplicationControllerSpec
 replicas 1 *number
 minReadySeconds 4 number
 selector 2 map
 template 3 *PodTemplateSpec
ReplicationControllerStatus
 replicas 1 number!
 fullyLabeledReplicas 2 number
 readyReplicas 4 number
 availableReplicas 5 number
 observedGeneration 3 number
 conditions 6 []ReplicationControllerCondition
ResourceClaim
 name 1 text!
 request 2 text
ResourceFieldSelector
 containerName 1 text
 resource 2 text!
 divisor 3 opaque
ResourceHealth
 resourceID 1 text!
 health 2 text
 message 6 *text
ResourceQuota
 metadata 1 meta.ObjectMeta
 spec 2 ResourceQuotaSpec
 status 3 ResourceQuotaStatus
ResourceQuotaSpec
 hard 1 map
 scopes 2 []text
 scopeSelector 3 *ScopeSelector
ResourceQuotaStatus
 hard 1 map
 used 2 map
ResourceRequirements
 limits 1 map
 requests 2 map
 claims 3 []ResourceClaim
ResourceStatus
 name 1 text!
 resources 2 []ResourceHealth
SELinuxOptions
 user 1 text
 role 2 text
 type 3 text
 level 4 text
ScaleIOPersistentVolumeSource
 gateway 1 text!
 system 2 text!
 secretRef 3 *SecretReference!
 sslEnabled 4 number
 protectionDomain 5 text
 storagePool 6 text
 storageMode 7 text
 volumeName 8 text
 fsType 9 text
 readOnly 10 number
ScaleIOVolumeSource
 gateway 1 text!
 system 2 text!
 secretRef 3 *LocalObjectReference!
 sslEnabled 4 number
 protectionDomain 5 text
 storagePool 6 text
 storageMode 7 text
 volumeName 8 text
 fsType 9 text
 readOnly 10 number
ScopeSelector
 matchExpressions 1 []ScopedResourceSelectorRequirement
ScopedResourceSelectorRequirement
 scopeName 1 text!
 operator 2 text!
 values 3 []text
SeccompProfile
 type 1 text!
 localhostProfile 2 *text
Secret
 metadata 1 meta.ObjectMeta
 immutable 5 *number
 data 2 map
 stringData 4 map
 type 3 text
SecretEnvSource
 name 1.1 text
 optional 2 *number
SecretKeySelector
 name 1.1 text
 key 2 text!
 optional 3 *number
SecretProjection
 name 1.1 text
 items 2 []KeyToPath
 optional 4 *number
SecretReference
 name 1 text
 namespace 2 text
SecretVolumeSource
 secretName 1 text
 items 2 []KeyToPath
 defaultMode 3 *number
 optional 4 *number
 defaultUser 5 *number
SecurityContext
 capabilities 1 *Capabilities
 privileged 2 *number
 seLinuxOptions 3 *SELinuxOptions
 windowsOptions 10 *WindowsSecurityContextOptions
 runAsUser 4 *number
 runAsGroup 8 *number
 runAsNonRoot 5 *number
 readOnlyRootFilesystem 6 *number
 allowPrivilegeEscalation 7 *number
 procMount 9 *text
 seccompProfile 11 *SeccompProfile
 appArmorProfile 12 *AppArmorProfile
Service
 metadata 1 meta.ObjectMeta
 spec 2 ServiceSpec
 status 3 ServiceStatus
ServiceAccount
 metadata 1 meta.ObjectMeta
 secrets 2 []ObjectReference
 imagePullSecrets 3 []LocalObjectReference
 automountServiceAccountToken 4 *number
ServiceAccountTokenProjection
 audience 1 text
 expirationSeconds 2 *number
 path 3 text!
 user 4 *number
ServicePort
 name 1 text
 protocol 2 text
 appProtocol 6 *text
 port 3 number!
 targetPort 4 opaque
 nodePort 5 number
ServiceSpec
 ports 1 []ServicePort
 selector 2 map
 clusterIP 3 text
 clusterIPs 18 []text
 type 4 text
 externalIPs 5 []text
 sessionAffinity 7 text
 loadBalancerIP 8 text
 loadBalancerSourceRanges 9 []text
 externalName 10 text
 externalTrafficPolicy 11 text
 healthCheckNodePort 12 number
 publishNotReadyAddresses 13 number
 sessionAffinityConfig 14 *SessionAffinityConfig
 ipFamilies 19 []text
 ipFamilyPolicy 17 *text
 allocateLoadBalancerNodePorts 20 *number
 loadBalancerClass 21 *text
 internalTrafficPolicy 22 *text
 trafficDistribution 23 *text
ServiceStatus
 loadBalancer 1 LoadBalancerStatus
 conditions 2 []meta.Condition
SessionAffinityConfig
 clientIP 1 *ClientIPConfig
SleepAction
 seconds 1 number!
StorageOSPersistentVolumeSource
 volumeName 1 text
 volumeNamespace 2 text
 fsType 3 text
 readOnly 4 number
 secretRef 5 *ObjectReference
StorageOSVolumeSource
 volumeName 1 text
 volumeNamespace 2 text
 fsType 3 text
 readOnly 4 number
 secretRef 5 *LocalObjectReference
Sysctl
 name 1 text!
 value 2 text!
TCPSocketAction
 port 1 opaque!
 host 2 text
Toleration
 key 1 text
 operator 2 text
 value 3 text
 effect 4 text
 tolerationSeconds 5 *number
TopologySelectorLabelRequirement
 key 1 text!
 values 2 []text!
TopologySelectorTerm
 matchLabelExpressions 1 []TopologySelectorLabelRequirement
TopologySpreadConstraint
 maxSkew 1 number!
 topologyKey 2 text!
 whenUnsatisfiable 3 text!
 labelSelector 4 *meta.LabelSelector
 minDomains 5 *number
 nodeAffinityPolicy 6 *text
 nodeTaintsPolicy 7 *text
 matchLabelKeys 8 []text
TypedLocalObjectReference
 apiGroup 1 *text!
 kind 2 text!
 name 3 text!
TypedObjectReference
 apiGroup 1 *text!
 kind 2 text!
 name 3 text!
 namespace 4 *text
Volume
 name 1 text!
 hostPath 2.1 *HostPathVolumeSource
 emptyDir 2.2 *EmptyDirVolumeSource
 gcePersistentDisk 2.3 *GCEPersistentDiskVolumeSource
 awsElasticBlockStore 2.4 *AWSElasticBlockStoreVolumeSource
 gitRepo 2.5 *GitRepoVolumeSource
 secret 2.6 *SecretVolumeSource
 nfs 2.7 *NFSVolumeSource
 iscsi 2.8 *ISCSIVolumeSource
 glusterfs 2.9 *GlusterfsVolumeSource
 persistentVolumeClaim 2.10 *PersistentVolumeClaimVolumeSource
 rbd 2.11 *RBDVolumeSource
 flexVolume 2.12 *FlexVolumeSource
 cinder 2.13 *CinderVolumeSource
 cephfs 2.14 *CephFSVolumeSource
 flocker 2.15 *FlockerVolumeSource
 downwardAPI 2.16 *DownwardAPIVolumeSource
 fc 2.17 *FCVolumeSource
 azureFile 2.18 *AzureFileVolumeSource
 configMap 2.19 *ConfigMapVolumeSource
 vsphereVolume 2.20 *VsphereVirtualDiskVolumeSource
 quobyte 2.21 *QuobyteVolumeSource
 azureDisk 2.22 *AzureDiskVolumeSource
 photonPersistentDisk 2.23 *PhotonPersistentDiskVolumeSource
 projected 2.26 *ProjectedVolumeSource
 portworxVolume 2.24 *PortworxVolumeSource
 scaleIO 2.25 *ScaleIOVolumeSource
 storageos 2.27 *StorageOSVolumeSource
 csi 2.28 *CSIVolumeSource
 ephemeral 2.29 *EphemeralVolumeSource
 image 2.30 *ImageVolumeSource
VolumeDevice
 name 1 text!
 devicePath 2 text!
VolumeHealthCondition
 status 1 text!
 reason 2 text!
 message 3 text
VolumeHealthStatus
 healthConditions 1 []VolumeHealthCondition
 lastTransitionTime 2 time
VolumeMount
 name 1 text!
 readOnly 2 number
 recursiveReadOnly 7 *text
 mountPath 3 text!
 subPath 4 text
 mountPropagation 5 *text
 subPathExpr 6 text
 bindMountOptions 8 []text
VolumeMountStatus
 name 1 text!
 mountPath 2 text!
 readOnly 3 number
 recursiveReadOnly 4 *text
 volumeStatus 5 *VolumeStatus
VolumeNodeAffinity
 required 1 *NodeSelector
VolumeProjection
 secret 1 *SecretProjection
 downwardAPI 2 *DownwardAPIProjection
 configMap 3 *ConfigMapProjection
 serviceAccountToken 4 *ServiceAccountTokenProjection
 clusterTrustBundle 5 *ClusterTrustBundleProjection
 podCertificate 6 *PodCertificateProjection
VolumeResourceRequirements
 limits 1 map
 requests 2 map
VolumeStatus
 image 1 *ImageVolumeStatus
VsphereVirtualDiskVolumeSource
 volumePath 1 text!
 fsType 2 text
 storagePolicyName 3 text
 storagePolicyID 4 text
WeightedPodAffinityTerm
 weight 1 number!
 podAffinityTerm 2 PodAffinityTerm!
WindowsSecurityContextOptions
 gmsaCredentialSpecName 1 *text
 gmsaCredentialSpec 2 *text
 runAsUserName 3 *text
 hostProcess 4 *number
`);
