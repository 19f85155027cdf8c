/** Policies and Pods that nobody thought of, from a seed. What the API server does not take as a policy is left out. */

import fc from 'fast-check';

import type { Case, Policy, Quota } from './admission-cases.ts';

const AMOUNTS = {
  cpu: ['10m', '20m', '50m', '100m', '250m', '300m', '0.5', '1', '2'],
  memory: ['32Mi', '64Mi', '100M', '128Mi', '150Mi', '200Mi', '256Mi', '300Mi', '400Mi', '512Mi', '1Gi'],
} as const;
const RATIOS = ['1', '1200m', '1500m', '2', '3', '10'];
type Name = keyof typeof AMOUNTS;

const some = (amounts: Readonly<Record<Name, readonly string[]>> = AMOUNTS) =>
  fc.record(
    { cpu: fc.constantFrom(...amounts.cpu), memory: fc.constantFrom(...amounts.memory) },
    { requiredKeys: [] },
  );
const seldom = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

/** From the end that most LimitRanges are written from: a minimum is small, a maximum is large. */
const least = { cpu: AMOUNTS.cpu.slice(0, 4), memory: AMOUNTS.memory.slice(0, 4) };
const most = { cpu: AMOUNTS.cpu.slice(3), memory: AMOUNTS.memory.slice(3) };
const ratio = fc.record(
  { cpu: fc.constantFrom(...RATIOS), memory: fc.constantFrom(...RATIOS) },
  { requiredKeys: [] },
);

const limit = fc.oneof(
  fc.record({
    type: fc.constant('Container'),
    min: seldom(some(least)),
    max: seldom(some(most)),
    default: seldom(some()),
    defaultRequest: seldom(some(least)),
    maxLimitRequestRatio: seldom(ratio),
  }),
  fc.record({
    type: fc.constant('Pod'),
    min: seldom(some(least)),
    max: seldom(some(most)),
    maxLimitRequestRatio: seldom(ratio),
  }),
);

const QUOTAS = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'] as const;
const quota: fc.Arbitrary<Quota> = fc
  .record({
    resources: fc.uniqueArray(fc.constantFrom(...QUOTAS), { minLength: 1, maxLength: 4 }),
    room: fc.constantFrom(1, 2, 4, 100),
    scopes: fc.constantFrom(
      [],
      [],
      [],
      ['NotBestEffort'],
      ['Terminating'],
      ['NotTerminating'],
      ['PriorityClass'],
    ),
  })
  .map(({ resources, room, scopes }) => ({
    hard: Object.fromEntries(
      resources.map((resource) => [
        resource,
        resource.endsWith('cpu') ? `${room * 300}m` : `${room * 300}Mi`,
      ]),
    ),
    used: Object.fromEntries(
      resources.map((resource) => [resource, resource.endsWith('cpu') ? '100m' : '40000Ki']),
    ),
    scopes,
  }));

const policy: fc.Arbitrary<Policy> = fc
  .record({
    limits: fc.array(limit, { maxLength: 3 }),
    quotas: fc.array(quota, { maxLength: 2 }),
  })
  .map(({ limits, quotas }) => {
    const title = JSON.stringify({ limits, quotas });
    return { title, ...(limits.length === 0 ? {} : { limits }), ...(quotas.length === 0 ? {} : { quotas }) };
  });

const resources = fc.option(
  fc.record({ requests: seldom(some(least)), limits: seldom(some(most)) }, { requiredKeys: [] }),
  { nil: undefined },
);
const container = fc.record({ image: fc.constant('example.org/client:1'), resources });

const pod: fc.Arbitrary<Case> = fc
  .record({
    containers: fc.array(container, { minLength: 1, maxLength: 3 }),
    initContainers: fc.array(fc.tuple(container, fc.boolean()), { maxLength: 2 }),
    whole: fc.option(fc.record({ requests: seldom(some()), limits: seldom(some(most)) }), {
      nil: undefined,
      freq: 4,
    }),
    deadline: fc.option(fc.constant(600), { nil: undefined, freq: 3 }),
    priority: fc.option(fc.constant('watchsieve-e2e'), { nil: undefined, freq: 3 }),
    variant: fc.constantFrom('native', 'native', 'ordinary'),
  })
  .map(({ containers, initContainers, whole, deadline, priority, variant }) => {
    const spec = {
      containers: containers.map((each, index) => ({ ...each, name: index === 0 ? 'client' : `c${index}` })),
      initContainers: initContainers.map(([each, isSidecar], index) => ({
        ...each,
        name: `i${index}`,
        ...(isSidecar ? { restartPolicy: 'Always' } : {}),
      })),
      resources: whole,
      activeDeadlineSeconds: deadline,
      priorityClassName: priority,
    };
    const annotations = { 'watchsieve.dev/variant': variant, 'watchsieve.dev/container': 'client' };
    return { title: JSON.stringify(spec), metadata: { annotations }, spec };
  });

export function randomPolicies(seed: number, count: number): readonly Policy[] {
  return fc.sample(policy, { seed, numRuns: count });
}

export function randomCases(seed: number, count: number): readonly Case[] {
  return fc.sample(pod, { seed, numRuns: count });
}
