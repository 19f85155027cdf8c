/** Resources that can be watched: name, version, kind, scope, table. Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import type { Table } from '../table.ts';

export const SOURCE = 'k8s.io/api v0.37.2';

// prettier-ignore
export const ROWS = `
configmaps v1 ConfigMap namespaced core-v1
endpoints v1 Endpoints namespaced core-v1
events v1 Event namespaced core-v1
limitranges v1 LimitRange namespaced core-v1
namespaces v1 Namespace cluster core-v1
nodes v1 Node cluster core-v1-node
persistentvolumeclaims v1 PersistentVolumeClaim namespaced core-v1
persistentvolumes v1 PersistentVolume cluster core-v1
pods v1 Pod namespaced core-v1
podtemplates v1 PodTemplate namespaced core-v1
replicationcontrollers v1 ReplicationController namespaced core-v1
resourcequotas v1 ResourceQuota namespaced core-v1
secrets v1 Secret namespaced core-v1
serviceaccounts v1 ServiceAccount namespaced core-v1
services v1 Service namespaced core-v1
mutatingadmissionpolicies.admissionregistration.k8s.io v1 MutatingAdmissionPolicy cluster admissionregistration-v1
mutatingadmissionpolicybindings.admissionregistration.k8s.io v1 MutatingAdmissionPolicyBinding cluster admissionregistration-v1
mutatingwebhookconfigurations.admissionregistration.k8s.io v1 MutatingWebhookConfiguration cluster admissionregistration-v1
validatingadmissionpolicies.admissionregistration.k8s.io v1 ValidatingAdmissionPolicy cluster admissionregistration-v1
validatingadmissionpolicybindings.admissionregistration.k8s.io v1 ValidatingAdmissionPolicyBinding cluster admissionregistration-v1
validatingwebhookconfigurations.admissionregistration.k8s.io v1 ValidatingWebhookConfiguration cluster admissionregistration-v1
mutatingadmissionpolicies.admissionregistration.k8s.io v1beta1 MutatingAdmissionPolicy cluster admissionregistration-v1
mutatingadmissionpolicybindings.admissionregistration.k8s.io v1beta1 MutatingAdmissionPolicyBinding cluster admissionregistration-v1
mutatingadmissionpolicies.admissionregistration.k8s.io v1alpha1 MutatingAdmissionPolicy cluster admissionregistration-v1
mutatingadmissionpolicybindings.admissionregistration.k8s.io v1alpha1 MutatingAdmissionPolicyBinding cluster admissionregistration-v1
controllerrevisions.apps v1 ControllerRevision namespaced apps-v1
daemonsets.apps v1 DaemonSet namespaced apps-v1
deployments.apps v1 Deployment namespaced apps-v1
replicasets.apps v1 ReplicaSet namespaced apps-v1
statefulsets.apps v1 StatefulSet namespaced apps-v1
horizontalpodautoscalers.autoscaling v2 HorizontalPodAutoscaler namespaced autoscaling-v2
horizontalpodautoscalers.autoscaling v1 HorizontalPodAutoscaler namespaced autoscaling-v1
cronjobs.batch v1 CronJob namespaced batch-v1
jobs.batch v1 Job namespaced batch-v1
certificatesigningrequests.certificates.k8s.io v1 CertificateSigningRequest cluster certificates-v1
clustertrustbundles.certificates.k8s.io v1 ClusterTrustBundle cluster certificates-v1
podcertificaterequests.certificates.k8s.io v1 PodCertificateRequest namespaced certificates-v1
clustertrustbundles.certificates.k8s.io v1beta1 ClusterTrustBundle cluster certificates-v1
podcertificaterequests.certificates.k8s.io v1beta1 PodCertificateRequest namespaced certificates-v1beta1
leases.coordination.k8s.io v1 Lease namespaced coordination-v1
leasecandidates.coordination.k8s.io v1beta1 LeaseCandidate namespaced coordination-v1beta1
leasecandidates.coordination.k8s.io v1alpha2 LeaseCandidate namespaced coordination-v1beta1
endpointslices.discovery.k8s.io v1 EndpointSlice namespaced discovery-v1
events.events.k8s.io v1 Event namespaced events-v1
flowschemas.flowcontrol.apiserver.k8s.io v1 FlowSchema cluster flowcontrol-v1
prioritylevelconfigurations.flowcontrol.apiserver.k8s.io v1 PriorityLevelConfiguration cluster flowcontrol-v1
storageversions.internal.apiserver.k8s.io v1alpha1 StorageVersion cluster apiserverinternal-v1alpha1
evictionrequests.lifecycle.k8s.io v1alpha1 EvictionRequest namespaced lifecycle-v1alpha1
evictions.lifecycle.k8s.io v1alpha1 Eviction namespaced lifecycle-v1alpha1
ingressclasses.networking.k8s.io v1 IngressClass cluster networking-v1
ingresses.networking.k8s.io v1 Ingress namespaced networking-v1
ipaddresses.networking.k8s.io v1 IPAddress cluster networking-v1
networkpolicies.networking.k8s.io v1 NetworkPolicy namespaced networking-v1
servicecidrs.networking.k8s.io v1 ServiceCIDR cluster networking-v1
runtimeclasses.node.k8s.io v1 RuntimeClass cluster node-v1
runtimeclasses.node.k8s.io v1alpha1 RuntimeClass cluster node-v1alpha1
poddisruptionbudgets.policy v1 PodDisruptionBudget namespaced policy-v1
clusterrolebindings.rbac.authorization.k8s.io v1 ClusterRoleBinding cluster rbac-v1
clusterroles.rbac.authorization.k8s.io v1 ClusterRole cluster rbac-v1
rolebindings.rbac.authorization.k8s.io v1 RoleBinding namespaced rbac-v1
roles.rbac.authorization.k8s.io v1 Role namespaced rbac-v1
clusterrolebindings.rbac.authorization.k8s.io v1alpha1 ClusterRoleBinding cluster rbac-v1alpha1
clusterroles.rbac.authorization.k8s.io v1alpha1 ClusterRole cluster rbac-v1alpha1
rolebindings.rbac.authorization.k8s.io v1alpha1 RoleBinding namespaced rbac-v1alpha1
roles.rbac.authorization.k8s.io v1alpha1 Role namespaced rbac-v1alpha1
deviceclasses.resource.k8s.io v1 DeviceClass cluster resource-v1
devicetaintrules.resource.k8s.io v1 DeviceTaintRule cluster resource-v1
resourceclaims.resource.k8s.io v1 ResourceClaim namespaced resource-v1
resourceclaimtemplates.resource.k8s.io v1 ResourceClaimTemplate namespaced resource-v1
resourceslices.resource.k8s.io v1 ResourceSlice cluster resource-v1
deviceclasses.resource.k8s.io v1beta2 DeviceClass cluster resource-v1
devicetaintrules.resource.k8s.io v1beta2 DeviceTaintRule cluster resource-v1
resourceclaims.resource.k8s.io v1beta2 ResourceClaim namespaced resource-v1
resourceclaimtemplates.resource.k8s.io v1beta2 ResourceClaimTemplate namespaced resource-v1
resourceslices.resource.k8s.io v1beta2 ResourceSlice cluster resource-v1
deviceclasses.resource.k8s.io v1beta1 DeviceClass cluster resource-v1
resourceclaims.resource.k8s.io v1beta1 ResourceClaim namespaced resource-v1beta1
resourceclaimtemplates.resource.k8s.io v1beta1 ResourceClaimTemplate namespaced resource-v1beta1
resourceslices.resource.k8s.io v1beta1 ResourceSlice cluster resource-v1beta1
devicetaintrules.resource.k8s.io v1alpha3 DeviceTaintRule cluster resource-v1
resourcepoolstatusrequests.resource.k8s.io v1alpha3 ResourcePoolStatusRequest cluster resource-v1alpha3
priorityclasses.scheduling.k8s.io v1 PriorityClass cluster scheduling-v1
podgroups.scheduling.k8s.io v1beta1 PodGroup namespaced scheduling-v1beta1
workloads.scheduling.k8s.io v1beta1 Workload namespaced scheduling-v1beta1
compositepodgroups.scheduling.k8s.io v1alpha3 CompositePodGroup namespaced scheduling-v1alpha3
podgroups.scheduling.k8s.io v1alpha3 PodGroup namespaced scheduling-v1beta1
workloads.scheduling.k8s.io v1alpha3 Workload namespaced scheduling-v1alpha3
csidrivers.storage.k8s.io v1 CSIDriver cluster storage-v1
csinodes.storage.k8s.io v1 CSINode cluster storage-v1
csistoragecapacities.storage.k8s.io v1 CSIStorageCapacity namespaced storage-v1
storageclasses.storage.k8s.io v1 StorageClass cluster storage-v1
volumeattachments.storage.k8s.io v1 VolumeAttachment cluster storage-v1
volumeattributesclasses.storage.k8s.io v1 VolumeAttributesClass cluster storage-v1
storageversionmigrations.storagemigration.k8s.io v1 StorageVersionMigration cluster storagemigration-v1
storageversionmigrations.storagemigration.k8s.io v1beta1 StorageVersionMigration cluster storagemigration-v1
`;

// prettier-ignore
export const TABLES: Readonly<Record<string, () => Promise<Table>>> = {
  'admissionregistration-v1': async () => (await import('./admissionregistration-v1.ts')).ADMISSIONREGISTRATION_V1,
  'apiserverinternal-v1alpha1': async () => (await import('./apiserverinternal-v1alpha1.ts')).APISERVERINTERNAL_V1ALPHA1,
  'apps-v1': async () => (await import('./apps-v1.ts')).APPS_V1,
  'autoscaling-v1': async () => (await import('./autoscaling-v1.ts')).AUTOSCALING_V1,
  'autoscaling-v2': async () => (await import('./autoscaling-v2.ts')).AUTOSCALING_V2,
  'batch-v1': async () => (await import('./batch-v1.ts')).BATCH_V1,
  'certificates-v1': async () => (await import('./certificates-v1.ts')).CERTIFICATES_V1,
  'certificates-v1beta1': async () => (await import('./certificates-v1beta1.ts')).CERTIFICATES_V1BETA1,
  'coordination-v1': async () => (await import('./coordination-v1.ts')).COORDINATION_V1,
  'coordination-v1beta1': async () => (await import('./coordination-v1beta1.ts')).COORDINATION_V1BETA1,
  'core-v1': async () => (await import('./core-v1.ts')).CORE_V1,
  'core-v1-node': async () => (await import('./core-v1-node.ts')).CORE_V1_NODE,
  'discovery-v1': async () => (await import('./discovery-v1.ts')).DISCOVERY_V1,
  'events-v1': async () => (await import('./events-v1.ts')).EVENTS_V1,
  'flowcontrol-v1': async () => (await import('./flowcontrol-v1.ts')).FLOWCONTROL_V1,
  'lifecycle-v1alpha1': async () => (await import('./lifecycle-v1alpha1.ts')).LIFECYCLE_V1ALPHA1,
  'meta-v1': async () => (await import('./meta-v1.ts')).META_V1,
  'networking-v1': async () => (await import('./networking-v1.ts')).NETWORKING_V1,
  'node-v1': async () => (await import('./node-v1.ts')).NODE_V1,
  'node-v1alpha1': async () => (await import('./node-v1alpha1.ts')).NODE_V1ALPHA1,
  'policy-v1': async () => (await import('./policy-v1.ts')).POLICY_V1,
  'rbac-v1': async () => (await import('./rbac-v1.ts')).RBAC_V1,
  'rbac-v1alpha1': async () => (await import('./rbac-v1alpha1.ts')).RBAC_V1ALPHA1,
  'resource-v1': async () => (await import('./resource-v1.ts')).RESOURCE_V1,
  'resource-v1alpha3': async () => (await import('./resource-v1alpha3.ts')).RESOURCE_V1ALPHA3,
  'resource-v1beta1': async () => (await import('./resource-v1beta1.ts')).RESOURCE_V1BETA1,
  'scheduling-v1': async () => (await import('./scheduling-v1.ts')).SCHEDULING_V1,
  'scheduling-v1alpha3': async () => (await import('./scheduling-v1alpha3.ts')).SCHEDULING_V1ALPHA3,
  'scheduling-v1beta1': async () => (await import('./scheduling-v1beta1.ts')).SCHEDULING_V1BETA1,
  'storage-v1': async () => (await import('./storage-v1.ts')).STORAGE_V1,
  'storagemigration-v1': async () => (await import('./storagemigration-v1.ts')).STORAGEMIGRATION_V1,
};
