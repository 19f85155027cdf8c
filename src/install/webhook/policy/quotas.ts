/** Judges a Pod by ResourceQuotas: which of them count it, what they demand of it, and whether they have room. Pure. */
import { listAt, recordAt, textAt, valueAt } from '../../../platform/text/json-value.ts';
import type { Objection } from './objection.ts';
import {
  type Amounts,
  chargedOf,
  containersOf,
  isBestEffort,
  type PodAmounts,
  readAmounts,
  type Sides,
} from './pod-amounts.ts';
import { type Amount, ONE } from '../../inject/quantity.ts';
import { isRecord } from '../../../platform/text/record.ts';

export interface Quota {
  readonly name: string;
  readonly hard: Amounts;
  readonly used: Amounts;
  readonly scopes: readonly Scope[];
}

interface Scope {
  readonly name: string;
  readonly operator: string;
  readonly values: readonly unknown[];
}

/** The quota resources that count Pods; quotas of other objects do not concern a Pod. */
const COUNTED: ReadonlySet<string> = new Set([
  'pods',
  'count/pods',
  ...['cpu', 'memory', 'ephemeral-storage'].flatMap((resource) => [
    resource,
    `requests.${resource}`,
    `limits.${resource}`,
  ]),
]);

/** The resources that each container must have an amount for (Kubernetes itself calls this rule a mistake). */
const DEMANDED: ReadonlySet<string> = new Set(
  ['cpu', 'memory'].flatMap((resource) => [resource, `requests.${resource}`, `limits.${resource}`]),
);

/** Reads all ResourceQuotas of a namespace. @throws NotUnderstood */
export function readQuotas(quotas: readonly unknown[]): readonly Quota[] {
  return quotas.map((quota) => ({
    name: textAt(quota, 'metadata', 'name') ?? '',
    // The status is what is enforced; the spec may be newer.
    hard: readAmounts(valueAt(quota, ['status', 'hard'])),
    used: readAmounts(valueAt(quota, ['status', 'used'])),
    scopes: [
      ...listAt(quota, 'spec', 'scopes').map((name) => ({
        name: String(name),
        operator: 'Exists',
        values: [],
      })),
      ...listAt(quota, 'spec', 'scopeSelector', 'matchExpressions').map((each) => ({
        name: textAt(each, 'scopeName') ?? '',
        operator: textAt(each, 'operator') ?? '',
        values: listAt(each, 'values'),
      })),
    ],
  }));
}

/** Whether a quota that counts this Pod demands `resource`, such as `limits.cpu`, of each container. */
export function isDemanded(
  pod: unknown,
  amounts: PodAmounts,
  quotas: readonly Quota[],
  resource: string,
): boolean {
  return quotas.some((quota) => quota.hard.has(resource) && counts(quota, pod, amounts));
}

/** All reasons to refuse the Pod, whose defaults have been applied. */
export function objectionsOfQuotas(
  pod: unknown,
  amounts: PodAmounts,
  quotas: readonly Quota[],
): readonly Objection[] {
  const charged = usageOf({ requests: chargedOf(amounts, 'requests'), limits: chargedOf(amounts, 'limits') });
  return quotas
    .filter((quota) => counts(quota, pod, amounts))
    .flatMap((quota) => [...missingIn(quota, amounts), ...lackOfRoom(quota, charged)]);
}

function missingIn({ name, hard }: Quota, amounts: PodAmounts): readonly Objection[] {
  if (amounts.whole !== undefined) return [];
  const demanded = [...hard.keys()].filter((resource) => DEMANDED.has(resource));
  return containersOf(amounts).flatMap((container) => {
    const said = usageOf(container);
    return demanded
      .filter((resource) => !said.has(resource))
      .map((resource) => ({
        cause: 'quota' as const,
        key: `ResourceQuota ${name} asks ${container.name} for ${resource}`,
        text: `the ResourceQuota ${name} asks each container for ${resource}`,
      }));
  });
}

function lackOfRoom({ name, hard, used }: Quota, charged: Amounts): readonly Objection[] {
  return [...hard].flatMap(([resource, most]): readonly Objection[] => {
    const taken = used.get(resource);
    const counted = COUNTED.has(resource) || charged.has(resource);
    const isUnknown = counted && taken === undefined;
    const amount = charged.get(resource) ?? 0n;
    if (!isUnknown && (amount === 0n || (taken ?? 0n) + amount <= most)) return [];
    const key = `ResourceQuota ${name} has no room for ${resource}`;
    return [{ cause: 'quota', key, text: `the ResourceQuota ${name} has no room for its ${resource}` }];
  });
}

/** The amounts under the names that quotas use. */
function usageOf({ requests, limits }: Sides): Amounts {
  const usage = new Map<string, Amount>([
    ['pods', ONE],
    ['count/pods', ONE],
  ]);
  for (const [resource, amount] of requests) {
    if (['cpu', 'memory', 'ephemeral-storage'].includes(resource) || resource.startsWith('hugepages-'))
      usage.set(resource, amount);
    usage.set(`requests.${resource}`, amount);
  }
  for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
    const amount = limits.get(resource);
    if (amount !== undefined) usage.set(`limits.${resource}`, amount);
  }
  return usage;
}

/** Whether the quota counts Pods like this one. */
function counts({ hard, scopes }: Quota, pod: unknown, amounts: PodAmounts): boolean {
  const isOfPods = [...hard.keys()].some(
    (resource) => COUNTED.has(resource) || /^(?:requests\.|hugepages-)/.test(resource),
  );
  return isOfPods && scopes.every((scope) => isIn(scope, pod, amounts));
}

function isIn({ name, operator, values }: Scope, pod: unknown, amounts: PodAmounts): boolean {
  const spec = recordAt(pod, 'spec');
  const deadline = spec['activeDeadlineSeconds'];
  const isTerminating = typeof deadline === 'number' && deadline >= 0;
  switch (name) {
    case 'Terminating':
      return isTerminating;
    case 'NotTerminating':
      return !isTerminating;
    case 'BestEffort':
      return isBestEffort(amounts);
    case 'NotBestEffort':
      return !isBestEffort(amounts);
    case 'PriorityClass':
      return hasPriority(textAt(spec, 'priorityClassName') ?? '', operator, values);
    case 'CrossNamespacePodAffinity':
      return hasAffinityElsewhere(spec);
    default:
      // An unknown scope is taken to match, so that a quota that may count the Pod does; VolumeAttributesClass never does.
      return name !== 'VolumeAttributesClass';
  }
}

function hasPriority(name: string, operator: string, values: readonly unknown[]): boolean {
  if (operator === 'Exists') return name !== '';
  if (operator === 'DoesNotExist') return name === '';
  const isNamed = name !== '' && values.includes(name);
  return operator === 'NotIn' ? !isNamed : isNamed;
}

function hasAffinityElsewhere(spec: unknown): boolean {
  return ['podAffinity', 'podAntiAffinity'].some((kind) => {
    const required = listAt(spec, 'affinity', kind, 'requiredDuringSchedulingIgnoredDuringExecution');
    const preferred = listAt(spec, 'affinity', kind, 'preferredDuringSchedulingIgnoredDuringExecution');
    return [...required, ...preferred.map((each) => valueAt(each, ['podAffinityTerm']))].some(
      (term) => listAt(term, 'namespaces').length > 0 || isRecord(valueAt(term, ['namespaceSelector'])),
    );
  });
}
