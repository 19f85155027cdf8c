/**
 * Makes realistic Nodes: with the 50 images a kubelet reports by default about 19 KB of JSON, of
 * which the labels and conditions that anyone cares for are a small part. Modelled on recorded Nodes.
 */
import type { ManagedFieldsEntry } from './api-object.ts';
import { sortKeys } from './node-changes.ts';
import { createSeededRandom } from './random.ts';
import type { SeededRandom } from './random.ts';
import type { ContainerImage, NodeCondition, NodeObject, NodeStatus } from './node-object.ts';

/** What a new Node is made from. */
export interface NodeOptions {
  readonly name: string;
  /** Position in the cluster; gives addresses, zone, rack and pool. 0 to 65,535. */
  readonly index: number;
  readonly images: number;
  /** The same seed gives the same Node. */
  readonly seed: string;
  readonly resourceVersion: number;
  /** RFC 3339, whole seconds. */
  readonly time: string;
}

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;

/** Makes the Node a freshly joined, healthy machine would have. */
export function createNode(options: NodeOptions): NodeObject {
  const { name, index, time } = options;
  const random = createSeededRandom(`${options.seed}/${name}`);
  const zone = ZONES[index % ZONES.length] ?? ZONES[0];
  const subnet = `${Math.floor(index / 256)}.${index % 256}`;
  const labels = sortKeys({
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/instance-type': 'm6i.4xlarge',
    'beta.kubernetes.io/os': 'linux',
    'failure-domain.beta.kubernetes.io/region': 'eu-west-1',
    'failure-domain.beta.kubernetes.io/zone': zone,
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node-pool': `pool-${index % 4}`,
    'node.kubernetes.io/instance-type': 'm6i.4xlarge',
    rack: `r${String(index % 20).padStart(2, '0')}`,
    'topology.ebs.csi.aws.com/zone': zone,
    'topology.kubernetes.io/region': 'eu-west-1',
    'topology.kubernetes.io/zone': zone,
  });
  const annotations = sortKeys({
    'csi.volume.kubernetes.io/nodeid': JSON.stringify({
      'ebs.csi.aws.com': `i-${random.hex(16)}`,
      'driver.longhorn.io': name,
    }),
    'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd/containerd.sock',
    'node.alpha.kubernetes.io/ttl': '0',
    'projectcalico.org/IPv4Address': `10.1.${subnet}/20`,
    'projectcalico.org/IPv4IPIPTunnelAddr': `192.168.${subnet}`,
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
  });
  const podCIDR = `10.${64 + Math.floor(index / 256)}.${index % 256}.0/24`;
  return {
    metadata: {
      name,
      uid: randomUid(random),
      resourceVersion: String(options.resourceVersion),
      creationTimestamp: time,
      labels,
      annotations,
      managedFields: managedFields(Object.keys(labels), Object.keys(annotations), podCIDR, time),
    },
    spec: { podCIDR, podCIDRs: [podCIDR], providerID: `aws:///${zone}/i-${random.hex(16)}` },
    status: createStatus(options, random, `10.1.${subnet}`),
  };
}

function createStatus(options: NodeOptions, random: SeededRandom, address: string): NodeStatus {
  const resources = {
    cpu: '16',
    'ephemeral-storage': '104845292Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: '65055876Ki',
    pods: '110',
  };
  return {
    capacity: resources,
    allocatable: { ...resources, cpu: '15890m', memory: '62953252Ki' },
    conditions: conditions(options.time),
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: options.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: random.hex(32),
      systemUUID: randomUid(random),
      bootID: randomUid(random),
      kernelVersion: '6.8.0-45-generic',
      osImage: 'Ubuntu 24.04.1 LTS',
      containerRuntimeVersion: 'containerd://1.7.22',
      kubeletVersion: 'v1.37.2',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    images: Array.from({ length: options.images }, (_, index) => createImage(random, index)),
  };
}

function createImage(random: SeededRandom, index: number): ContainerImage {
  const repository = `registry.eu-west-1.example.com/platform-engineering/team-${index % 9}/service-${index}`;
  return {
    names: [`${repository}@sha256:${random.hex(64)}`, `${repository}:v1.${index % 9}.${random.integer(40)}`],
    sizeBytes: 10_000_000 + random.integer(1_600_000_000),
  };
}

function conditions(time: string): NodeCondition[] {
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => ({
    type,
    status,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
    reason,
    message,
  });
  return [
    condition('NetworkUnavailable', 'False', 'CalicoIsUp', 'Calico is running on this node'),
    condition(
      'MemoryPressure',
      'False',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

/** What the kubelet owns: the object at its registration, and the status with each heartbeat. */
function managedFields(
  labels: readonly string[],
  annotations: readonly string[],
  podCIDR: string,
  time: string,
): ManagedFieldsEntry[] {
  const entry = { manager: 'kubelet', operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1' };
  const metadata = { 'f:annotations': fieldSet(annotations), 'f:labels': fieldSet(labels) };
  const spec = { 'f:podCIDR': {}, 'f:podCIDRs': { '.': {}, [`v:"${podCIDR}"`]: {} }, 'f:providerID': {} };
  return [
    { ...entry, fieldsV1: { 'f:metadata': metadata, 'f:spec': spec } },
    { ...entry, fieldsV1: { 'f:status': STATUS_FIELDS }, subresource: 'status' },
  ];
}

function fieldSet(names: readonly string[]): object {
  return { '.': {}, ...Object.fromEntries(names.map((name) => [`f:${name}`, {}])) };
}

function keyedFields(types: readonly string[], fields: readonly string[]): object {
  return { '.': {}, ...Object.fromEntries(types.map((type) => [`k:{"type":"${type}"}`, fieldSet(fields)])) };
}

const RESOURCES = ['cpu', 'ephemeral-storage', 'hugepages-1Gi', 'hugepages-2Mi', 'memory', 'pods'];

const STATUS_FIELDS = {
  'f:addresses': keyedFields(['Hostname', 'InternalIP'], ['address', 'type']),
  'f:allocatable': fieldSet(RESOURCES),
  'f:capacity': fieldSet(RESOURCES),
  'f:conditions': keyedFields(
    ['DiskPressure', 'MemoryPressure', 'NetworkUnavailable', 'PIDPressure', 'Ready'],
    ['lastHeartbeatTime', 'lastTransitionTime', 'message', 'reason', 'status', 'type'],
  ),
  'f:daemonEndpoints': { 'f:kubeletEndpoint': { 'f:Port': {} } },
  'f:images': {},
  'f:nodeInfo': {
    'f:architecture': {},
    'f:bootID': {},
    'f:containerRuntimeVersion': {},
    'f:kernelVersion': {},
    'f:kubeletVersion': {},
    'f:machineID': {},
    'f:operatingSystem': {},
    'f:osImage': {},
    'f:systemUUID': {},
  },
};

function randomUid(random: SeededRandom): string {
  return [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join('-');
}
