/**
 * The parts of core/v1 Node (and Status) that the simulator makes, shaped as they appear in JSON.
 * Objects are immutable: a change makes a new one. Keys are created in the order of the Go structs,
 * because the order of keys in JSON is the order of creation.
 */

/** metav1.ObjectMeta. */
export interface ObjectMeta {
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** RFC 3339, whole seconds, as all times here. */
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** metav1.ManagedFieldsEntry. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: string;
  /** A tree of field names; protobuf carries it as JSON text. */
  readonly fieldsV1?: object;
  readonly subresource?: string;
}

/** corev1.NodeSpec. */
export interface NodeSpec {
  readonly podCIDR?: string;
  readonly podCIDRs?: readonly string[];
  readonly providerID?: string;
  readonly unschedulable?: boolean | undefined;
  readonly taints?: readonly Taint[] | undefined;
}

/** corev1.Taint. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

/** corev1.NodeStatus. */
export interface NodeStatus {
  readonly capacity?: Readonly<Record<string, string>>;
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly conditions?: readonly NodeCondition[];
  readonly addresses?: readonly NodeAddress[];
  readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
  readonly nodeInfo: NodeSystemInfo;
  readonly images?: readonly ContainerImage[];
}

/** corev1.NodeCondition. */
export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  /** Absent only in test vectors: Go calls that the zero time. */
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** corev1.NodeAddress. */
export interface NodeAddress {
  readonly type: string;
  readonly address: string;
}

/** corev1.NodeSystemInfo. */
export interface NodeSystemInfo {
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly containerRuntimeVersion: string;
  readonly kubeletVersion: string;
  readonly kubeProxyVersion: string;
  readonly operatingSystem: string;
  readonly architecture: string;
}

/** corev1.ContainerImage. */
export interface ContainerImage {
  readonly names: readonly string[];
  readonly sizeBytes: number;
}

/** corev1.Node without kind and apiVersion, which the encoders add where the server does. */
export interface NodeObject {
  readonly metadata: ObjectMeta;
  readonly spec: NodeSpec;
  readonly status: NodeStatus;
}

/** metav1.Status without kind and apiVersion; always a failure here. */
export interface StatusObject {
  readonly message: string;
  /** Absent where the server gives none: protobuf writes it empty. */
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** metav1.StatusDetails. */
export interface StatusDetails {
  readonly name?: string;
  readonly kind?: string;
  readonly causes?: readonly { readonly reason: string; readonly message: string }[];
  readonly retryAfterSeconds?: number;
}

/** The empty Node of a BOOKMARK: only a resourceVersion, and what Go writes for zero values. */
export function bookmarkNode(resourceVersion: number, isEndOfInitialEvents: boolean): NodeObject {
  return {
    metadata: {
      resourceVersion: String(resourceVersion),
      // apimachinery pkg/apis/meta/v1/types.go, InitialEventsAnnotationKey
      ...(isEndOfInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
    spec: {},
    status: {
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: {
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: '',
        osImage: '',
        containerRuntimeVersion: '',
        kubeletVersion: '',
        kubeProxyVersion: '',
        operatingSystem: '',
        architecture: '',
      },
    },
  };
}
