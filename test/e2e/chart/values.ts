/** For every value of the chart: something else than its default, what that changes, and what is refused. */

import { IMAGE } from '../../support/named-manifests.ts';
import type { Differences } from './differences.ts';

export interface ValueCase {
  readonly value: unknown;
  /** Against the rendering with the defaults. */
  readonly changes: Differences;
  /** Kinds of objects that there are then, besides or no more. */
  readonly adds?: readonly string[];
  readonly drops?: readonly string[];
  /** The schema has to refuse each. */
  readonly refused: readonly unknown[];
}

const POD = 'Deployment.spec.template.spec';
const CONTAINER = `${POD}.containers.0`;
const CONFIGURATION = 'MutatingWebhookConfiguration.webhooks.0';
/** After those that the program always gets. */
const NEXT_ARGUMENT = `${CONTAINER}.args.7`;
/** Without its tag. */
const REPOSITORY = IMAGE.replace(/:[^:]*$/, '');
const DIGEST = `sha256:${'5c'.repeat(32)}`;

function image(reference: string): Differences {
  return { [`${CONTAINER}.image`]: reference, [`${CONTAINER}.env.2.value`]: reference };
}

/** By their paths in values.yaml. */
export const VALUES: Readonly<Record<string, ValueCase>> = {
  replicas: { value: 3, changes: { 'Deployment.spec.replicas': 3 }, refused: [0, '2', 1.5, 11] },
  'image.repository': {
    value: 'registry.example.com:5000/net/watchsieve',
    changes: image('registry.example.com:5000/net/watchsieve:0.1.0'),
    refused: ['two words', 7],
  },
  'image.tag': { value: '9.9.9', changes: image(`${REPOSITORY}:9.9.9`), refused: [9.9, 'a:b', '-x', '.x'] },
  'image.digest': {
    value: DIGEST,
    changes: image(`${REPOSITORY}@${DIGEST}`),
    refused: ['5c5c', 'sha256:5c'],
  },
  'image.pullPolicy': {
    value: 'Always',
    changes: { [`${CONTAINER}.imagePullPolicy`]: 'Always' },
    refused: ['always', ''],
  },
  'image.pullSecrets': {
    value: ['one', 'two'],
    changes: { [`${POD}.imagePullSecrets.0.name`]: 'one', [`${POD}.imagePullSecrets.1.name`]: 'two' },
    refused: ['one', [{ name: 'one' }], ['One']],
  },
  'sidecar.image': {
    value: 'other/watchsieve:1',
    changes: { [`${CONTAINER}.env.2.value`]: 'other/watchsieve:1' },
    refused: ['two words', '$(SECRET)', 1],
  },
  'sidecar.variant': {
    value: 'ordinary',
    changes: { [NEXT_ARGUMENT]: '--variant=ordinary' },
    refused: ['sidecar', null],
  },
  'sidecar.preset': {
    value: 'heartbeat',
    changes: { [NEXT_ARGUMENT]: '--preset=heartbeat' },
    refused: ['heartbeats'],
  },
  'sidecar.port': {
    value: 18_000,
    changes: { [NEXT_ARGUMENT]: '--port=18000' },
    refused: [80, 65_524, '18000'],
  },
  'sidecar.container': {
    value: 'manager',
    changes: { [NEXT_ARGUMENT]: '--container=manager' },
    refused: ['Manager', 'a b', ['manager']],
  },
  'sidecar.client': {
    value: 'in-cluster',
    changes: { [NEXT_ARGUMENT]: '--client=in-cluster' },
    refused: ['incluster', null],
  },
  'sidecar.hub': {
    value: {
      urls: ['https://10.96.0.20', 'https://[fd00::1]:6444/for/labels'],
      serverName: 'hub.example.svc',
      caConfigMap: 'ca-of-hubs',
    },
    changes: {
      [NEXT_ARGUMENT]: '--hub=https://10.96.0.20,https://[fd00::1]:6444/for/labels',
      [`${CONTAINER}.args.8`]: '--hub-server-name=hub.example.svc',
      [`${CONTAINER}.args.9`]: '--hub-ca-configmap=ca-of-hubs',
    },
    refused: [
      'https://10.96.0.20',
      { urls: 'https://10.96.0.20' },
      { urls: [] },
      { urls: ['http://10.96.0.20'] },
      { urls: ['https://a?b'] },
      { urls: ['https://$(IMAGE)'] },
      { serverName: 'hub' },
      { urls: ['https://a'], caConfigMap: 'A' },
      { url: 'https://a' },
    ],
  },
  'sidecar.selectors': {
    value: ['app=one,tier in (a, b)', '!legacy'],
    changes: {
      [NEXT_ARGUMENT]: '--selector=app=one,tier in (a, b)',
      [`${CONTAINER}.args.8`]: '--selector=!legacy',
    },
    refused: [
      'app=one',
      [''],
      ['app="one"'],
      ['$(IMAGE)'],
      ['app=one,'],
      ['app in (a'],
      ['app in a'],
      ['a/b/c=d'],
      ['app==='],
      ['=app'],
    ],
  },
  'sidecar.requests': {
    value: { cpu: 1, memory: '64Mi' },
    changes: { [NEXT_ARGUMENT]: '--requests=cpu=1,memory=64Mi' },
    refused: [{ cpu: 'foo' }, { gpu: '1' }, 'cpu=1'],
  },
  'sidecar.limits': {
    value: { cpu: '500m', memory: '150Mi' },
    changes: { [NEXT_ARGUMENT]: '--limits=cpu=500m,memory=150Mi' },
    refused: [{ memory: '1MiB' }, { cpu: [] }],
  },
  'namespaceLabel.key': {
    value: 'example.com/watchsieve',
    changes: {
      [`${CONFIGURATION}.namespaceSelector.matchLabels.watchsieve.dev/injection`]: undefined,
      [`${CONFIGURATION}.namespaceSelector.matchLabels.example.com/watchsieve`]: 'enabled',
    },
    refused: ['', 'a b', 'a/b/c', '/a', 'A.b/c', '-a', 'a-'],
  },
  'namespaceLabel.value': {
    value: 'true',
    changes: { [`${CONFIGURATION}.namespaceSelector.matchLabels.watchsieve.dev/injection`]: 'true' },
    refused: [true, '', '-x', 'x.'],
  },
  excludedNamespaces: {
    value: ['sandbox', 'kube-system'],
    changes: { [`${CONFIGURATION}.namespaceSelector.matchExpressions.0.values.2`]: 'sandbox' },
    refused: ['sandbox', ['Sand'], ['']],
  },
  logLevel: { value: 'debug', changes: { [NEXT_ARGUMENT]: '--log-level=debug' }, refused: ['verbose', 3] },
  resources: {
    value: { requests: { cpu: 1 }, limits: { memory: '1Gi' } },
    changes: {
      [`${CONTAINER}.resources.requests.cpu`]: 1,
      [`${CONTAINER}.resources.limits.memory`]: '1Gi',
    },
    refused: [{ limit: {} }, { limits: { memory: [] } }, { limits: { cpu: 'foo' } }, 'small'],
  },
  'podDisruptionBudget.enabled': {
    value: false,
    changes: {},
    drops: ['PodDisruptionBudget'],
    refused: ['false', 0],
  },
  tolerations: {
    value: [{ operator: 'Exists', tolerationSeconds: 30 }],
    changes: {
      [`${POD}.tolerations.0.key`]: undefined,
      [`${POD}.tolerations.0.effect`]: undefined,
      [`${POD}.tolerations.0.tolerationSeconds`]: 30,
    },
    refused: [{ operator: 'Exists' }, [{ taint: 'a' }], [{ effect: 'Never' }]],
  },
  nodeSelector: {
    value: { 'kubernetes.io/os': 'linux' },
    changes: { [`${POD}.nodeSelector.kubernetes.io/os`]: 'linux' },
    refused: [['linux'], { a: true }],
  },
  affinity: {
    value: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }],
      },
    },
    changes: {
      [`${POD}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.topologyKey`]:
        'kubernetes.io/hostname',
    },
    refused: [{ antiAffinity: {} }, []],
  },
  priorityClassName: {
    value: 'system-cluster-critical',
    changes: { [`${POD}.priorityClassName`]: 'system-cluster-critical' },
    refused: [1],
  },
  'monitoring.enabled': {
    value: true,
    changes: {},
    adds: ['PodMonitor', 'PrometheusRule'],
    refused: ['yes', 1],
  },
  'monitoring.labels': { value: { release: 'prometheus' }, changes: {}, refused: [{ a: 1 }, ['a']] },
};
