/** All reasons for which the API server would refuse a Pod because of its resources. Pure. */
import { objectionsOfLimits, readLimits, withDefaults, type Limit } from './limit-ranges.ts';
import type { Objection } from './objection.ts';
import { containersOf, NotUnderstood, type PodAmounts, readPod, summed } from './pod-amounts.ts';
import { objectionsOfQuotas, type Quota, readQuotas } from './quotas.ts';

/** The objects of a namespace as the API server sends them. */
export interface Policies {
  readonly limitRanges: readonly unknown[];
  readonly quotas: readonly unknown[];
}

export interface ReadPolicies {
  readonly limits: readonly Limit[];
  readonly quotas: readonly Quota[];
}

/** @throws NotUnderstood */
export function readPolicies({ limitRanges, quotas }: Policies): ReadPolicies {
  return { limits: readLimits(limitRanges), quotas: readQuotas(quotas) };
}

/** Amounts in rules times containers. This is a hundred times what real namespaces have, and takes a tenth of a second. */
const MAX_COMPARISONS = 100_000;

/** @throws NotUnderstood */
export function objectionsTo(pod: unknown, { limits, quotas }: ReadPolicies): readonly Objection[] {
  const read = readPod(pod);
  const rules = [
    ...limits.flatMap(({ min, max, ratio, defaults }) => [
      min,
      max,
      ratio,
      defaults.requests,
      defaults.limits,
    ]),
    ...quotas.map(({ hard }) => hard),
  ].reduce((sum, { size }) => sum + size, 0);
  if (rules * containersOf(read).length > MAX_COMPARISONS)
    throw new NotUnderstood('there are too many rules for so many containers');
  const amounts = withDefaults(read, limits);
  return [
    ...objectionsOfItself(amounts),
    ...objectionsOfLimits(amounts, limits),
    ...objectionsOfQuotas(pod, amounts, quotas),
  ];
}

/** The API server's checks of every Pod: no request is above its limit, and no container above the Pod as a whole. */
function objectionsOfItself(pod: PodAmounts): readonly Objection[] {
  const objections: Objection[] = [];
  const object = (key: string, text: string) => objections.push({ cause: 'resources', key, text });
  for (const { name, requests, limits } of containersOf(pod))
    for (const [resource, limit] of limits) {
      if ((requests.get(resource) ?? 0n) > limit)
        object(
          `${name} ${resource}`,
          `by the defaults of a LimitRange it would ask for more ${resource} than it may have`,
        );
      const whole = pod.whole?.limits.get(resource);
      if (whole !== undefined && limit > whole)
        object(
          `${name} whole ${resource}`,
          `the limit of ${resource} of the Pod as a whole is below its own`,
        );
    }
  const sum = summed(pod, 'requests');
  // A whole Pod without requests takes those of its containers, which must fit into its limits.
  for (const [resource, whole] of new Map([...(pod.whole?.limits ?? []), ...(pod.whole?.requests ?? [])]))
    if ((sum.get(resource) ?? 0n) > whole)
      object(
        `whole ${resource}`,
        `the Pod as a whole has no more ${resource} than its containers ask for already`,
      );
  return objections;
}
