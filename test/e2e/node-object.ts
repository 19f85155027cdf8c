/**
 * A Node as a kubelet, a CNI plugin and node-feature-discovery leave it: about 19 KB of JSON with the
 * managedFields the API server adds, two thirds of it image names.
 */

const CONDITIONS = [
  ['NetworkUnavailable', 'False', 'CalicoIsUp'],
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
  ['Ready', 'True', 'KubeletReady'],
] as const;

/** The conditions a kubelet stamps anew with each heartbeat. */
export const HEARTBEAT_CONDITIONS = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'] as const;

export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** RFC 3339 with whole seconds, as metav1.Time writes it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function nodeName(index: number): string {
  return `node-${String(index).padStart(4, '0')}`;
}

/** @param index from 1. */
export function nodeObject(index: number): Readonly<Record<string, unknown>> {
  const name = nodeName(index);
  const ip = `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: labels(name, index), annotations: annotations(name, ip) },
    spec: {
      podCIDR: `10.244.${index % 250}.0/24`,
      podCIDRs: [`10.244.${index % 250}.0/24`],
      providerID: `e2e://${name}`,
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
      capacity: resources('16', '65842808Ki'),
      allocatable: resources('15800m', '64818808Ki'),
      conditions: CONDITIONS.map(([type, status, reason]) => ({
        type,
        status,
        reason,
        message: `${reason}: reported by the agent of this node`,
        lastHeartbeatTime: timestamp(EPOCH_MS),
        lastTransitionTime: timestamp(EPOCH_MS),
      })),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: '3a1f5d43-52c8-4b0f-9d7b-5cb3d5a0a001',
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.8.0-60-generic',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.37.2',
        machineID: 'd2b7b7a5a83f4f6b8c1d5b9a2a6f0001',
        operatingSystem: 'linux',
        osImage: 'Ubuntu 24.04.2 LTS',
        systemUUID: '4c4c4544-0051-3510-8052-b4c04f4e4e32',
      },
      images: Array.from({ length: 50 }, (_, i) => image(i)),
    },
  };
}

function labels(name: string, index: number): Readonly<Record<string, string>> {
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'm5.4xlarge',
    'topology.kubernetes.io/region': 'eu-1',
    'topology.kubernetes.io/zone': `eu-1${'abc'.charAt(index % 3)}`,
    'feature.node.kubernetes.io/cpu-cpuid.AVX512F': 'true',
    'feature.node.kubernetes.io/kernel-version.full': '6.8.0-60-generic',
  };
}

function annotations(name: string, ip: string): Readonly<Record<string, string>> {
  // A whole Node inside a string: only a real tokenizer tells its labels from those that count (R15).
  const applied = {
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': 'not-this-one' }, resourceVersion: '1' },
    status: { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] },
  };
  return {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied),
    'node.alpha.kubernetes.io/ttl': '0',
    'projectcalico.org/IPv4Address': `${ip}/24`,
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
  };
}

function resources(cpu: string, memory: string): Readonly<Record<string, string>> {
  return {
    cpu,
    memory,
    'ephemeral-storage': '202051056Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: '110',
  };
}

function image(i: number): Readonly<Record<string, unknown>> {
  const repository = `registry.example.com/platform/team-${i % 7}/service-${String(i).padStart(2, '0')}`;
  const digest = String(i).padStart(4, '0').repeat(16);
  return {
    names: [`${repository}@sha256:${digest}`, `${repository}:v1.${i}.0`],
    sizeBytes: 40_000_000 + i * 1_234_567,
  };
}
