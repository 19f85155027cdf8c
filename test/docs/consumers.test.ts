/** What docs/consumers.md offers for others who read Nodes: it means what their sources read, in both encodings. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readFileSettings } from '../../src/config/read-file.ts';
import { BOTH, frame, node, reasonFor, TestSieve } from '../support/sieving.ts';

const DOCUMENT = readFileSync(new URL('../../docs/consumers.md', import.meta.url), 'utf8');
const [, file = ''] = /```yaml\n([\s\S]*?)```/.exec(DOCUMENT) ?? [];
const { projections, problems } = readFileSettings(file, 'consumers.md', true);

type Parts = Parameters<typeof node>[0];
const annotation = (key: string): Parts => ({ metadata: { annotations: { [key]: 'x' } } });
const condition = (type: string, changed: object): Parts => ({
  status: {
    conditions: node().status.conditions?.map((known) =>
      known.type === type ? { ...known, ...changed } : known,
    ),
  },
});
const address = (type: string): Parts => ({ status: { addresses: [{ type, address: '192.0.2.9' }] } });

/** Every field that somebody reads, changed. */
const CHANGES = {
  labels: { metadata: { labels: { a: '1', b: '3' } } },
  annotations: annotation('example.com/any'),
  flannel: annotation('flannel.alpha.coreos.com/backend-data'),
  'kube-router': annotation('kube-router.io/peer.ips'),
  antrea: annotation('node.antrea.io/mac-address'),
  kilo: annotation('kilo.squat.ai/last-seen'),
  podCIDR: { spec: { podCIDR: '10.9.0.0/24' } },
  podCIDRs: { spec: { podCIDRs: ['10.9.0.0/24'] } },
  providerID: { spec: { providerID: 'aws:///a/i-1' } },
  taints: { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } },
  unschedulable: { spec: { unschedulable: true } },
  network: condition('NetworkUnavailable', { status: 'True' }),
  ready: condition('Ready', { status: 'False' }),
  reason: condition('Ready', { reason: 'other' }),
  internal: address('InternalIP'),
  external: address('ExternalIP'),
  capacity: { status: { capacity: { cpu: '8' } } },
  allocatable: { status: { allocatable: { cpu: '8' } } },
  nodeInfo: { status: { nodeInfo: { machineID: 'm', kernelVersion: '7' } } },
  port: { status: { daemonEndpoints: { kubeletEndpoint: { Port: 10250 } } } },
} as const satisfies Record<string, Parts>;
type Change = keyof typeof CHANGES;

const NOISE: readonly Parts[] = [
  {},
  condition('Ready', { lastHeartbeatTime: '2026-06-01T12:00:00Z' }),
  { metadata: { managedFields: [{ manager: 'kubelet', operation: 'Update' }] } },
  { status: { images: [{ names: ['other'], sizeBytes: 2 }] } },
];

const KEYS: readonly Change[] = ['annotations', 'flannel', 'kube-router', 'antrea', 'kilo'];
const CIDRS: readonly Change[] = ['podCIDR', 'podCIDRs'];
const ADDRESSES: readonly Change[] = ['internal', 'external'];
const SPEC: readonly Change[] = [...CIDRS, 'providerID', 'taints', 'unschedulable'];

/** What each reads, and no more. */
const READS: Readonly<Record<string, readonly Change[]>> = {
  flannel: ['flannel', ...CIDRS, 'network'],
  'kube-router': ['kube-router', ...CIDRS, ...ADDRESSES],
  'antrea-agent': ['labels', 'antrea', ...CIDRS, ...ADDRESSES],
  'calico-node': ['labels', ...KEYS, ...CIDRS, 'network', ...ADDRESSES],
  'longhorn-manager': [
    ...(['labels', ...KEYS, 'taints', 'unschedulable', 'network', 'ready', 'reason'] as const),
    ...(['capacity', 'allocatable', 'nodeInfo'] as const),
  ],
  kilo: ['labels', 'kilo', 'podCIDR'],
  'kube-state-metrics': [
    ...(['labels', ...KEYS, ...SPEC, 'network', 'ready', ...ADDRESSES] as const),
    ...(['capacity', 'allocatable', 'nodeInfo'] as const),
  ],
  prometheus: ['labels', ...KEYS, 'providerID', 'network', 'ready', ...ADDRESSES, 'port'],
  traefik: ADDRESSES,
  'aws-load-balancer-controller': ['labels', 'taints', 'providerID', 'ready'],
};

test('the ten projections are read without a problem, and each has its reads here', () => {
  assert.deepEqual(problems, []);
  assert.deepEqual([...(projections?.keys() ?? [])], Object.keys(READS));
});

for (const [name, reads] of Object.entries(READS))
  for (const encoding of BOTH)
    test(`${name}, ${encoding}: what it reads is forwarded, all else is swallowed (R14)`, () => {
      const plan = projections?.get(name)?.plan;
      assert.ok(plan !== undefined);
      // Addresses of no kind that anybody chooses, so that each of the others is a change.
      const before = node({ status: { addresses: [{ type: 'Hostname', address: 'node-1' }] } });
      const reasonOf = (changed: Parts): string => {
        const sieve = new TestSieve({ encoding, plan });
        reasonFor(sieve, frame(encoding, 'ADDED', before));
        const status = { ...before.status, ...changed?.status };
        return reasonFor(sieve, frame(encoding, 'MODIFIED', node({ ...changed, status })));
      };
      for (const [change, parts] of Object.entries(CHANGES))
        assert.equal(
          reasonOf(parts),
          reads.some((read) => read === change) ? 'changed' : 'unchanged',
          change,
        );
      for (const parts of NOISE) assert.equal(reasonOf(parts), 'unchanged', JSON.stringify(parts));
    });
