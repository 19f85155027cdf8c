/** The parts of core/v1 Node that the simulator makes, shaped as they appear in JSON (see api-object.ts). */
import type { ObjectMeta } from './api-object.ts';

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

/** A Node of nothing: what Go writes for zero values. */
export const EMPTY_NODE: Omit<NodeObject, 'metadata'> = {
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
