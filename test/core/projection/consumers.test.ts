/**
 * The presets of programs that read Nodes: for each of them every field that its source reads is changed by itself and has
 * to be forwarded, all others have to be swallowed, in both encodings. What is read stands here as it was found in the
 * sources, apart from the paths of the product.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONSUMERS, type ConsumerName } from '../../../src/core/projection/consumers.ts';
import { planOf } from '../../../src/core/projection/presets.ts';
import { BOTH, frame, reasonFor, TestSieve, type TestEncoding } from '../../support/sieving.ts';

const condition = (type: string) => ({
  type,
  status: 'False',
  lastHeartbeatTime: '2026-01-01T00:00:00Z',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'Reason',
  message: 'message',
});

const BEFORE = {
  kind: 'Node' as const,
  apiVersion: 'v1' as const,
  metadata: {
    name: 'node-1',
    uid: 'u1',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { a: '1', 'topology.kubernetes.io/region': 'r' },
    annotations: { 'example.com/any': '1', 'kubevirt.io/heartbeat': '1' } as Record<string, string>,
    managedFields: [{ manager: 'kubelet', operation: 'Update' }],
  },
  spec: {
    podCIDR: '10.1.0.0/24',
    podCIDRs: ['10.1.0.0/24', 'fd00::/64'],
    providerID: 'aws:///a/i-1',
    unschedulable: false,
    taints: [{ key: 'k', value: 'v', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' }],
    externalID: 'e1',
  },
  status: {
    capacity: { cpu: '4', 'hugepages-2Mi': '0' } as Record<string, string>,
    allocatable: { cpu: '4', memory: '1Gi' } as Record<string, string>,
    phase: 'Running',
    conditions: [condition('MemoryPressure'), condition('Ready'), condition('NetworkUnavailable')],
    addresses: [
      { type: 'InternalIP', address: '192.0.2.1' },
      { type: 'InternalIP', address: '2001:db8::1' },
      { type: 'ExternalIP', address: '198.51.100.1' },
      { type: 'Hostname', address: 'node-1' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: 'm',
      systemUUID: 's',
      bootID: 'b',
      kernelVersion: '6',
      osImage: 'o',
      containerRuntimeVersion: 'c',
      kubeletVersion: '1',
      kubeProxyVersion: '1',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    images: [{ names: ['a'], sizeBytes: 1 }],
    volumesInUse: ['v'],
    volumesAttached: [{ name: 'v', devicePath: '' }],
    runtimeHandlers: [{ name: 'runc' }],
  },
};
type TestNode = typeof BEFORE;
type Change = (node: TestNode) => void;

const annotation =
  (key: string): Change =>
  ({ metadata }) =>
    void (metadata.annotations[key] = '2');
const later = '2026-06-01T12:00:00Z';
const inCondition =
  (at: 0 | 1 | 2, changed: Partial<ReturnType<typeof condition>>): Change =>
  ({ status: { conditions } }) =>
    void Object.assign(conditions[at] ?? {}, changed);
const ofAddress =
  (at: number): Change =>
  ({ status: { addresses } }) =>
    void Object.assign(addresses[at] ?? {}, { address: '203.0.113.7' });
const inInfo =
  (name: keyof TestNode['status']['nodeInfo']): Change =>
  ({ status: { nodeInfo } }) =>
    void (nodeInfo[name] = 'other');
const inTaint =
  (changed: Partial<TestNode['spec']['taints'][0]>): Change =>
  ({ spec: { taints } }) =>
    void Object.assign(taints[0] ?? {}, changed);

/** Each field, changed by itself. */
const CHANGES = {
  identity: {
    uid: ({ metadata }) => void (metadata.uid = 'u2'),
    deletionTimestamp: ({ metadata }) => void Object.assign(metadata, { deletionTimestamp: later }),
    finalizers: ({ metadata }) => void Object.assign(metadata, { finalizers: ['f'] }),
    ownerReferences: ({ metadata }) =>
      void Object.assign(metadata, {
        ownerReferences: [{ apiVersion: 'v1', kind: 'K', name: 'n', uid: 'u' }],
      }),
  },
  noise: {
    nothing: () => undefined,
    'a heartbeat of Ready': inCondition(1, { lastHeartbeatTime: later }),
    'a heartbeat of another condition': inCondition(0, { lastHeartbeatTime: later }),
    managedFields: ({ metadata }) => void (metadata.managedFields = [{ manager: 'm', operation: 'Apply' }]),
    images: ({ status }) => void (status.images = [{ names: ['b'], sizeBytes: 2 }]),
    volumesInUse: ({ status }) => void (status.volumesInUse = []),
    volumesAttached: ({ status }) => void (status.volumesAttached = []),
    runtimeHandlers: ({ status }) => void (status.runtimeHandlers = [{ name: 'kata' }]),
    generation: ({ metadata }) => void (metadata.generation = 2),
  },
  labels: {
    'a label': ({ metadata }) => void (metadata.labels.a = '2'),
    'a label more': ({ metadata }) =>
      void Object.assign(metadata.labels, { 'node-role.kubernetes.io/x': '' }),
    'a label less': ({ metadata }) => void Object.assign(metadata, { labels: { a: '1' } }),
  },
  /** Of somebody else. */
  annotations: {
    'any annotation': annotation('example.com/any'),
    "KubeVirt's heartbeat": annotation('kubevirt.io/heartbeat'),
  },
  creation: { creationTimestamp: ({ metadata }) => void (metadata.creationTimestamp = later) },
  podCIDR: { podCIDR: ({ spec }) => void (spec.podCIDR = '10.9.0.0/24') },
  podCIDRs: { podCIDRs: ({ spec }) => void (spec.podCIDRs = ['fd00::/64', '10.1.0.0/24']) },
  providerID: { providerID: ({ spec }) => void (spec.providerID = 'aws:///a/i-2') },
  unschedulable: { unschedulable: ({ spec }) => void (spec.unschedulable = true) },
  taints: {
    'the key of a taint': inTaint({ key: 'ToBeDeletedByClusterAutoscaler' }),
    'the value of a taint': inTaint({ value: 'w' }),
    'the effect of a taint': inTaint({ effect: 'NoExecute' }),
    'no taint': ({ spec }) => void (spec.taints = []),
    'the time of a taint': inTaint({ timeAdded: later }),
  },
  externalID: { externalID: ({ spec }) => void (spec.externalID = 'e2') },
  capacity: { capacity: ({ status }) => void (status.capacity['hugepages-2Mi'] = '1Gi') },
  allocatable: { allocatable: ({ status }) => void (status.allocatable['cpu'] = '3900m') },
  phase: { phase: ({ status }) => void (status.phase = 'Terminated') },
  ready: {
    'status of Ready': inCondition(1, { status: 'True' }),
    'status of Ready, Unknown': inCondition(1, { status: 'Unknown' }),
  },
  network: { 'status of NetworkUnavailable': inCondition(2, { status: 'True' }) },
  pressure: { 'status of MemoryPressure': inCondition(0, { status: 'True' }) },
  kinds: {
    'the type of a condition': inCondition(0, { type: 'PIDPressure' }),
    'a condition more': ({ status }) => void status.conditions.push(condition('KernelDeadlock')),
  },
  reasons: {
    'reason of Ready': inCondition(1, { reason: 'KubeletNotReady' }),
    'message of a pressure': inCondition(0, { message: 'other' }),
  },
  transitions: { 'transition of Ready': inCondition(1, { lastTransitionTime: later }) },
  internal: {
    'the first InternalIP': ofAddress(0),
    'the second InternalIP': ofAddress(1),
    'the order of InternalIPs': ({ status }) =>
      void status.addresses.unshift(...status.addresses.splice(1, 1)),
  },
  external: { ExternalIP: ofAddress(2) },
  hostname: { Hostname: ofAddress(3) },
  port: { 'port of the kubelet': ({ status }) => void (status.daemonEndpoints.kubeletEndpoint.Port = 10255) },
  nodeInfo: {
    kernelVersion: inInfo('kernelVersion'),
    osImage: inInfo('osImage'),
    containerRuntimeVersion: inInfo('containerRuntimeVersion'),
    kubeletVersion: inInfo('kubeletVersion'),
    kubeProxyVersion: inInfo('kubeProxyVersion'),
    systemUUID: inInfo('systemUUID'),
  },
  ids: { machineID: inInfo('machineID'), bootID: inInfo('bootID') },
} as const satisfies Record<string, Record<string, Change>>;
type Part = Exclude<keyof typeof CHANGES, 'identity' | 'noise'>;

const IPS: readonly Part[] = ['internal', 'external'];
const SPEC: readonly Part[] = ['podCIDR', 'podCIDRs', 'providerID', 'unschedulable', 'taints', 'externalID'];
const CONDITIONS: readonly Part[] = ['ready', 'network', 'pressure', 'kinds'];

/** `keys`: annotations by name. `also`: what is forwarded though nobody was found to read it from a cache. */
const READS: Readonly<
  Record<ConsumerName, { parts: readonly Part[]; also?: readonly Part[]; keys: readonly string[] }>
> = {
  flannel: {
    parts: ['podCIDR', 'podCIDRs'],
    // It writes this one.
    also: ['network'],
    keys: ['kube-subnet-manager', 'backend-data', 'backend-v6-data', 'backend-type', 'public-ip']
      .concat(['public-ipv6', 'public-ip-overwrite', 'public-ipv6-overwrite', 'node-public-ip'])
      .map((key) => `flannel.alpha.coreos.com/${key}`),
  },
  'kube-router': {
    parts: ['podCIDRs', 'providerID', ...IPS],
    also: ['podCIDR'],
    keys: ['node.asn', 'rr.server', 'rr.client', 'pod-cidr', 'pod-cidrs', 'peer.ips', 'peer.asns'].map(
      (key) => `kube-router.io/${key}`,
    ),
  },
  'antrea-agent': {
    parts: ['labels', 'podCIDR', 'podCIDRs', ...IPS],
    also: ['hostname'],
    keys: [
      'mac-address',
      'wireguard-public-key',
      'transport-addresses',
      'max-egress-ips',
      'bgp-router-id',
    ].map((key) => `node.antrea.io/${key}`),
  },
  'calico-node': {
    parts: ['labels', 'podCIDR', 'podCIDRs', ...IPS],
    also: ['network'],
    keys: ['IPv4Address', 'IPv4IPIPTunnelAddr', 'IPv4VXLANTunnelAddr', 'VXLANTunnelMACAddr', 'IPv6Address']
      .concat(['IPv6VXLANTunnelAddr', 'VXLANTunnelMACAddrV6', 'ASNumber', 'RouteReflectorClusterID'])
      .concat(['kube-labels', 'IPv4WireguardInterfaceAddr', 'IPv6WireguardInterfaceAddr'])
      .concat(['WireguardPublicKey', 'WireguardPublicKeyV6', 'labels', 'annotations'])
      .map((key) => `projectcalico.org/${key}`),
  },
  'longhorn-manager': {
    parts: [
      ...(['labels', 'unschedulable', 'providerID', 'capacity', 'allocatable', 'nodeInfo'] as const),
      ...([...CONDITIONS, 'reasons', 'transitions'] as const),
    ],
    also: [...SPEC, ...IPS, 'hostname', 'ids'],
    keys: ['node.longhorn.io/default-disks-config', 'node.longhorn.io/default-node-tags'],
  },
  kilo: {
    parts: ['labels', 'podCIDR'],
    keys: ['endpoint', 'force-endpoint', 'force-internal-ip', 'internal-ip', 'key', 'last-seen', 'leader']
      .concat(['location', 'persistent-keepalive', 'wireguard-ip', 'discovered-endpoints'])
      .concat(['allowed-location-ips', 'granularity'])
      .map((key) => `kilo.squat.ai/${key}`),
  },
  'kube-state-metrics': {
    parts: [
      ...(['labels', 'annotations', 'creation', ...SPEC, ...CONDITIONS, ...IPS] as const),
      ...(['hostname', 'capacity', 'allocatable', 'nodeInfo'] as const),
    ],
    also: ['phase', 'ids'],
    keys: [],
  },
  prometheus: {
    parts: ['labels', 'annotations', 'providerID', ...CONDITIONS, ...IPS, 'hostname', 'port'],
    keys: [],
  },
  traefik: { parts: IPS, keys: [] },
  'aws-load-balancer-controller': {
    parts: ['labels', 'taints', 'providerID', 'ready'],
    also: ['unschedulable'],
    keys: [],
  },
};

/** What a client that holds the node as it was before is sent of one change. */
function reasonOf(name: ConsumerName, encoding: TestEncoding, change: Change): string {
  const sieve = new TestSieve({ encoding, plan: planOf(name) });
  const after = structuredClone(BEFORE);
  change(after);
  after.metadata.resourceVersion = '2';
  reasonFor(sieve, frame(encoding, 'ADDED', BEFORE));
  return reasonFor(sieve, frame(encoding, 'MODIFIED', after));
}

test('each preset of a consumer has its reads here', () => {
  assert.deepEqual(Object.keys(READS).sort(), Object.keys(CONSUMERS).sort());
});

for (const [name, { parts, also = [], keys }] of Object.entries(READS) as [
  ConsumerName,
  (typeof READS)['kilo'],
][])
  for (const encoding of BOTH)
    test(`${name}, ${encoding}: each field that it reads is forwarded, each other one swallowed (R14)`, () => {
      const forwarded: readonly string[] = ['identity', ...parts, ...also];
      for (const [part, changes] of Object.entries(CHANGES))
        for (const [what, change] of Object.entries<Change>(changes))
          assert.equal(
            reasonOf(name, encoding, change),
            forwarded.includes(part) ? 'changed' : 'unchanged',
            what,
          );
      for (const key of keys) assert.equal(reasonOf(name, encoding, annotation(key)), 'changed', key);
      const others = Object.values(READS).flatMap((one) => (one.keys === keys ? [] : one.keys));
      for (const key of others)
        assert.equal(
          reasonOf(name, encoding, annotation(key)),
          parts.includes('annotations') ? 'changed' : 'unchanged',
          key,
        );
    });
