/** Policies of a namespace, and Pods that they let in or not: each of these is made under each of those. */

/** What somebody in charge of a namespace may have put there. */
export interface Policy {
  readonly title: string;
  /** Of one LimitRange. */
  readonly limits?: readonly object[];
  readonly quotas?: readonly Quota[];
  /** Level of Pod Security. */
  readonly level?: 'restricted';
}

export interface Quota {
  readonly hard: Readonly<Record<string, string>>;
  /** What others have taken; nothing of what is not named. */
  readonly used?: Readonly<Record<string, string>>;
  readonly scopes?: readonly string[];
  readonly scopeSelector?: object;
}

const container = (more: object): object => ({ type: 'Container', ...more });
const ofPod = (more: object): object => ({ type: 'Pod', ...more });
const COMPUTE = { 'requests.cpu': '4', 'requests.memory': '8Gi', 'limits.cpu': '8', 'limits.memory': '16Gi' };

export const POLICIES: readonly Policy[] = [
  { title: 'nothing' },
  { title: 'Pod Security restricted', level: 'restricted' },
  { title: 'container maximum of 200Mi', limits: [container({ max: { memory: '200Mi' } })] },
  { title: 'container maximum of 64Mi', limits: [container({ max: { memory: '64Mi' } })] },
  { title: 'container maximum of CPU', limits: [container({ max: { cpu: '300m' } })] },
  { title: 'container maximum of little CPU', limits: [container({ max: { cpu: '20m' } })] },
  { title: 'container minima', limits: [container({ min: { cpu: '100m', memory: '200Mi' } })] },
  { title: 'container minimum above the limit', limits: [container({ min: { memory: '512Mi' } })] },
  { title: 'ratio of CPU', limits: [container({ maxLimitRequestRatio: { cpu: '2' } })] },
  { title: 'ratio of memory', limits: [container({ maxLimitRequestRatio: { memory: '1' } })] },
  {
    title: 'ratio that is no whole number',
    limits: [container({ maxLimitRequestRatio: { memory: '1500m' } })],
  },
  {
    title: 'default limit below the request',
    limits: [container({ default: { cpu: '20m', memory: '64Mi' } })],
  },
  {
    title: 'defaults for all, minima and maxima',
    limits: [
      container({
        default: { cpu: '200m', memory: '150Mi' },
        defaultRequest: { cpu: '100m', memory: '100Mi' },
        min: { cpu: '50m', memory: '50Mi' },
        max: { cpu: '1', memory: '400Mi' },
      }),
    ],
  },
  {
    title: 'default and maximum of ephemeral storage',
    limits: [container({ max: { 'ephemeral-storage': '1Gi' }, default: { 'ephemeral-storage': '100Mi' } })],
  },
  { title: 'Pod maximum of 400Mi', limits: [ofPod({ max: { memory: '400Mi' } })] },
  { title: 'Pod maximum of 300Mi', limits: [ofPod({ max: { memory: '300Mi' } })] },
  { title: 'Pod maximum of CPU', limits: [ofPod({ max: { cpu: '250m' } })] },
  { title: 'Pod minimum', limits: [ofPod({ min: { memory: '64Mi' } })] },
  { title: 'Pod ratio', limits: [ofPod({ maxLimitRequestRatio: { memory: '1500m', cpu: '2' } })] },
  { title: 'quota on limits.cpu', quotas: [{ hard: { 'limits.cpu': '4' } }] },
  { title: 'quota on all of compute', quotas: [{ hard: COMPUTE }] },
  {
    title: 'quota that is almost used',
    quotas: [{ hard: COMPUTE, used: { 'limits.memory': '16076Mi', 'limits.cpu': '1' } }],
  },
  {
    title: 'quota with room for it, just',
    quotas: [{ hard: { 'limits.memory': '512Mi' }, used: { 'limits.memory': '0' } }],
  },
  { title: 'quota in whole bytes', quotas: [{ hard: { memory: '268435455' } }] },
  {
    title: 'quota on Pods',
    quotas: [{ hard: { pods: '3', 'count/pods': '3' }, used: { pods: '2', 'count/pods': '2' } }],
  },
  {
    title: 'quota for BestEffort, full for others',
    quotas: [
      { hard: { pods: '4' }, scopes: ['BestEffort'] },
      { hard: { pods: '4' }, used: { pods: '4' }, scopes: ['NotBestEffort'] },
    ],
  },
  {
    title: 'quota of compute for others than BestEffort',
    quotas: [{ hard: COMPUTE, scopes: ['NotBestEffort'] }],
  },
  {
    title: 'quota for Pods that end',
    quotas: [{ hard: { 'limits.memory': '300Mi', 'limits.cpu': '1' }, scopes: ['Terminating'] }],
  },
  {
    title: 'quota for Pods that do not end',
    quotas: [{ hard: { 'limits.memory': '300Mi', 'limits.cpu': '1' }, scopes: ['NotTerminating'] }],
  },
  {
    title: 'quota of a priority class',
    quotas: [
      {
        hard: { 'limits.memory': '300Mi' },
        scopeSelector: {
          matchExpressions: [
            {
              scopeName: 'PriorityClass',
              operator: 'In',
              values: ['system-node-critical', 'watchsieve-e2e'],
            },
          ],
        },
      },
    ],
  },
  {
    title: 'quota of ephemeral storage',
    quotas: [{ hard: { 'requests.ephemeral-storage': '1Gi', 'limits.ephemeral-storage': '1Gi' } }],
  },
  {
    title: 'maximum, defaults and quota together, restricted',
    level: 'restricted',
    limits: [
      container({ max: { cpu: '1', memory: '400Mi' }, default: { cpu: '100m', memory: '128Mi' } }),
      ofPod({ max: { memory: '700Mi' } }),
    ],
    quotas: [{ hard: COMPUTE, used: { 'limits.memory': '15Gi' } }],
  },
];

export interface Case {
  readonly title: string;
  readonly metadata?: object;
  readonly spec: Readonly<Record<string, unknown>>;
}

const IMAGE = 'example.org/client:1';
const CONFINED = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
};
const OWN = { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } };
const amounts = (cpu: string, memory: string): object => ({ cpu, memory });
const client = (resources?: object): object => ({
  name: 'client',
  image: IMAGE,
  ...OWN,
  ...(resources === undefined ? {} : { resources }),
});
const SMALL = { requests: amounts('50m', '32Mi'), limits: amounts('100m', '64Mi') };
const EXACT = { requests: amounts('100m', '100Mi'), limits: amounts('100m', '100Mi') };
const pod = (title: string, resources?: object, more: object = {}, metadata: object = {}): Case => ({
  title,
  metadata,
  spec: { ...CONFINED, containers: [client(resources)], ...more },
});

/** A Pod that Pod Security lets in anywhere. */
export function confined(resources: object): Case {
  return pod('confined', resources);
}

export const CASES: readonly Case[] = [
  pod('BestEffort'),
  pod('Burstable', SMALL),
  pod('Guaranteed', EXACT),
  pod('with a limit for memory alone', { limits: { memory: '200Mi' } }),
  pod('with requests alone', { requests: amounts('200m', '250Mi') }),
  pod('with a large limit', { requests: amounts('100m', '250Mi'), limits: amounts('200m', '250Mi') }),
  pod('with init containers', SMALL, {
    initContainers: [{ ...client(EXACT), name: 'first' }],
  }),
  pod('with a sidecar of its own', SMALL, {
    initContainers: [{ ...client(EXACT), name: 'beside', restartPolicy: 'Always' }],
  }),
  pod('that ends', EXACT, { activeDeadlineSeconds: 600 }),
  pod('that ends, BestEffort', undefined, { activeDeadlineSeconds: 600 }),
  pod('of a priority class', EXACT, { priorityClassName: 'watchsieve-e2e' }),
  pod('with resources of its own as a whole', undefined, {
    resources: { requests: amounts('100m', '100Mi'), limits: amounts('200m', '200Mi') },
  }),
  pod('with exactly as much as a whole', EXACT, {
    resources: { limits: amounts('200m', '200Mi') },
  }),
  pod('with more than that as a whole', EXACT, {
    resources: { limits: amounts('500m', '400Mi') },
  }),
  pod(
    'asked for as an ordinary container',
    EXACT,
    {},
    { annotations: { 'watchsieve.dev/variant': 'ordinary' } },
  ),
  pod('on Windows', SMALL, {
    os: { name: 'windows' },
    securityContext: { runAsNonRoot: true },
    containers: [{ name: 'client', image: IMAGE, resources: SMALL }],
  }),
  pod(
    'that mirrors a file',
    SMALL,
    { nodeName: 'node-0' },
    {
      annotations: { 'kubernetes.io/config.mirror': 'c0ffee' },
    },
  ),
  pod(
    'with as many annotations as there may be',
    SMALL,
    {},
    {
      annotations: {
        filler: 'x'.repeat(256 * 1024 - 'filler'.length - 'watchsieve.dev/inject'.length - 'true'.length),
      },
    },
  ),
];
