/** The chart of the hub: what each of its values changes, and that the program takes it. */

import assert from 'node:assert/strict';

import { gatherSettings, namedResources } from '../../../src/config/gather.ts';
import { settle } from '../../../src/config/parse-settings.ts';
import { builtInsFor } from '../../../src/core/resource/built-in.ts';
import { listAt } from '../../support/json-value.ts';
import { IMAGE } from '../../support/named-manifests.ts';
import type { Rendering } from '../rendering.ts';
import type { Charted } from './charted.ts';
import { VALUES } from './values.ts';
import type { ValueCase } from './values.ts';

export const HUB = 'watchsieve-hub';
const POD = 'Deployment.spec.template.spec';
const CONTAINER = `${POD}.containers.0`;
const ARGUMENTS = [
  'serve',
  '--share=nodes',
  '--listen=$(POD_IP):17480',
  '--metrics-listen=$(POD_IP):17482',
  '--tls-cert-file=/etc/watchsieve-hub/tls.crt',
  '--tls-private-key-file=/etc/watchsieve-hub/tls.key',
  '--max-connections=5000',
  '--max-streams=5000',
  '--max-requests=2000',
  '--memory-budget=512MiB',
  '--drain-timeout=10s',
];
const NEXT_ARGUMENT = `${CONTAINER}.args.${ARGUMENTS.length}`;
/** Without its tag. */
const REPOSITORY = IMAGE.replace(/:[^:]*$/, '');

/** Of the webhook too, and with the same effect. */
const COMMON = [
  ...['replicas', 'image.pullPolicy', 'image.pullSecrets', 'resources', 'podDisruptionBudget.enabled'],
  ...[
    'tolerations',
    'nodeSelector',
    'affinity',
    'priorityClassName',
    'monitoring.enabled',
    'monitoring.labels',
  ],
];

const OWN: Readonly<Record<string, ValueCase>> = {
  'image.repository': {
    value: 'registry.example.com:5000/net/watchsieve',
    changes: { [`${CONTAINER}.image`]: 'registry.example.com:5000/net/watchsieve:0.1.0' },
    refused: ['two words', 7],
  },
  'image.tag': {
    value: '9.9.9',
    changes: { [`${CONTAINER}.image`]: `${REPOSITORY}:9.9.9` },
    refused: [9.9, 'a:b'],
  },
  'image.digest': {
    value: `sha256:${'5c'.repeat(32)}`,
    changes: { [`${CONTAINER}.image`]: `${REPOSITORY}@sha256:${'5c'.repeat(32)}` },
    refused: ['5c5c'],
  },
  share: {
    value: ['leases.coordination.k8s.io=content', 'pods'],
    changes: {
      [`${CONTAINER}.args.1`]: '--share=leases.coordination.k8s.io,pods',
      [`${CONTAINER}.args.2`]: '--resources=leases.coordination.k8s.io=content,pods',
      ...movedByOne(2),
      'ClusterRole.rules.0.apiGroups.0': 'coordination.k8s.io',
      'ClusterRole.rules.0.resources.0': 'leases',
      'ClusterRole.rules.1.apiGroups.0': '',
      'ClusterRole.rules.1.resources.0': 'pods',
      'ClusterRole.rules.1.verbs.0': 'list',
      'ClusterRole.rules.1.verbs.1': 'watch',
    },
    refused: [[], 'nodes', ['secrets'], ['secrets=content'], ['nodes=content'], ['a b'], ['pods', 'pods']],
  },
  preset: { value: 'heartbeat', changes: { [NEXT_ARGUMENT]: '--preset=heartbeat' }, refused: ['heartbeats'] },
  'limits.connections': {
    value: 20_000,
    changes: { [`${CONTAINER}.args.6`]: '--max-connections=20000' },
    refused: [0, '5000', 1_000_001],
  },
  'limits.streams': {
    value: 1_000_000,
    changes: { [`${CONTAINER}.args.7`]: '--max-streams=1000000' },
    refused: [0, '5000'],
  },
  'limits.requests': {
    value: 4000,
    changes: { [`${CONTAINER}.args.8`]: '--max-requests=4000' },
    refused: [0, '5000'],
  },
  'limits.memoryBudget': {
    value: '2GiB',
    changes: { [`${CONTAINER}.args.9`]: '--memory-budget=2GiB' },
    refused: ['2G', 2, '0MiB'],
  },
  'tls.authorityNamespaces': {
    value: ['metallb-system'],
    changes: {
      [`${CONTAINER}.args.4`]: `--tls-authority=$(NAMESPACE)/${HUB}-authority`,
      [`${CONTAINER}.args.5`]: `--tls-authority-names=${HUB}.$(NAMESPACE).svc`,
      [`${CONTAINER}.args.6`]: `--tls-authority-configmaps=metallb-system/${HUB}-ca`,
      ...movedByOne(6),
      [`${CONTAINER}.env.1.name`]: 'NAMESPACE',
      [`${CONTAINER}.env.1.valueFrom.fieldRef.fieldPath`]: 'metadata.namespace',
      [`${CONTAINER}.volumeMounts.2.name`]: undefined,
      [`${CONTAINER}.volumeMounts.2.mountPath`]: undefined,
      [`${CONTAINER}.volumeMounts.2.readOnly`]: undefined,
      [`${POD}.volumes.2.name`]: undefined,
      [`${POD}.volumes.2.secret.secretName`]: undefined,
    },
    adds: ['ConfigMap', 'Role', 'Role', 'RoleBinding', 'RoleBinding', 'Secret'],
    refused: ['metallb-system', ['A'], ['a', 'a'], ['a/b']],
  },
  'tls.secretName': {
    value: 'of-cert-manager',
    changes: { [`${POD}.volumes.2.secret.secretName`]: 'of-cert-manager' },
    refused: ['A', 7, 'a/b'],
  },
  'service.clusterIP': {
    value: '10.96.0.20',
    changes: { 'Service.spec.clusterIP': '10.96.0.20' },
    refused: ['None', 'hub', 7],
  },
  'networkPolicy.enabled': { value: false, changes: {}, drops: ['NetworkPolicy'], refused: ['false', 0] },
  logLevel: { value: 'debug', changes: { [NEXT_ARGUMENT]: '--log-level=debug' }, refused: ['verbose', 3] },
};

/** Arguments from this place on stand behind one more. */
function movedByOne(from: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ARGUMENTS.slice(from).map((arg, index) => [`${CONTAINER}.args.${from + 1 + index}`, arg]),
  );
}

const SHARED = Object.entries(VALUES).filter(([path]) => COMMON.includes(path));

export const OF_HUB: Charted = {
  name: HUB,
  namespace: HUB,
  base: 'hub',
  components: {
    'hub-monitoring': '--set=monitoring.enabled=true',
    'hub-authority': '--set=tls.authorityNamespaces={metallb-system}',
  },
  values: { ...Object.fromEntries(SHARED), ...OWN },
  strangers: ['sidecar.hub', 'image.name', 'tls.key', 'args'],
  assertTaken,
};

/** The program takes its arguments, with something for what the kubelet puts into them. */
async function assertTaken(rendering: Rendering): Promise<void> {
  const deployment = rendering.get(`Deployment/${HUB}/${HUB}`);
  const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const [command, ...argv] = listAt(container, 'args').map((arg) =>
    String(arg).replaceAll('$(POD_IP)', 'fd00::7').replaceAll('$(NAMESPACE)', HUB),
  );
  assert.equal(command, 'serve');
  const gathered = gatherSettings({ argv, env: {}, readFile: () => undefined });
  const parsed = settle(gathered, await builtInsFor(namedResources(gathered)));
  assert.ok('ok' in parsed, JSON.stringify(parsed));
}
