/** What LimitRanges do to a Pod: the defaults that they give, and what they refuse. Pure. */
import { listAt, textAt, valueAt } from '../../../platform/text/json-value.ts';
import type { Objection } from './objection.ts';
import {
  type Amounts,
  type ContainerAmounts,
  containersOf,
  type PodAmounts,
  readAmounts,
  type Sides,
  totalOf,
} from './pod-amounts.ts';
import { type Amount, dividedUp, MILLI } from '../../inject/quantity.ts';

/** One item of a LimitRange, for containers or for Pods. */
export interface Limit {
  readonly name: string;
  readonly of: 'Container' | 'Pod';
  readonly min: Amounts;
  readonly max: Amounts;
  readonly ratio: Amounts;
  readonly defaults: Sides;
}

/** Reads all LimitRanges of a namespace. @throws NotUnderstood */
export function readLimits(limitRanges: readonly unknown[]): readonly Limit[] {
  return limitRanges.flatMap((limitRange) =>
    listAt(limitRange, 'spec', 'limits').flatMap((item): readonly Limit[] => {
      const of = textAt(item, 'type');
      if (of !== 'Container' && of !== 'Pod') return [];
      const amounts = (field: string) => readAmounts(valueAt(item, [field]));
      return [
        {
          name: textAt(limitRange, 'metadata', 'name') ?? '',
          of,
          min: amounts('min'),
          max: amounts('max'),
          ratio: amounts('maxLimitRequestRatio'),
          defaults: { requests: amounts('defaultRequest'), limits: amounts('default') },
        },
      ];
    }),
  );
}

/** The Pod with the defaults for containers without amounts. The API server applies them again after the webhook's call. */
export function withDefaults(pod: PodAmounts, limits: readonly Limit[]): PodAmounts {
  const ofContainers = limits.filter(({ of }) => of === 'Container');
  const given = (container: ContainerAmounts): ContainerAmounts => ({
    ...container,
    requests: merged(container.requests, ofContainers, 'requests'),
    limits: merged(container.limits, ofContainers, 'limits'),
  });
  return { ...pod, containers: pod.containers.map(given), initContainers: pod.initContainers.map(given) };
}

function merged(own: Amounts, limits: readonly Limit[], side: keyof Sides): Amounts {
  // The first LimitRange with a default for a resource wins; their order is the API server's choice.
  const all = limits.toReversed().flatMap(({ defaults }) => [...defaults[side]]);
  return new Map([...all, ...own]);
}

/** All reasons to refuse the Pod, whose defaults have been applied. */
export function objectionsOfLimits(pod: PodAmounts, limits: readonly Limit[]): readonly Objection[] {
  const whole = { name: '', requests: totalOf(pod, 'requests'), limits: totalOf(pod, 'limits') };
  return limits.flatMap((limit) =>
    (limit.of === 'Pod' ? [whole] : containersOf(pod)).flatMap((each) => objectionsTo(each, limit)),
  );
}

function objectionsTo(measured: Sides & { readonly name: string }, limit: Limit): readonly Objection[] {
  const { requests, limits } = measured;
  const object = (resource: string, what: string): Objection => ({
    cause: 'limit_range',
    key: `LimitRange ${limit.name} ${limit.of} ${measured.name} ${what} ${resource}`,
    text: `the LimitRange ${limit.name} has ${what} of ${resource} for a ${limit.of} that does not go with it`,
  });
  return [
    ...[...limit.min].flatMap(([resource, min]) => {
      const [request, most] = [requests.get(resource), limits.get(resource)];
      const isIn = request !== undefined && request >= min && (most === undefined || most >= min);
      return isIn ? [] : [object(resource, 'a minimum')];
    }),
    ...[...limit.max].flatMap(([resource, max]) => {
      const [request, most] = [requests.get(resource), limits.get(resource)];
      const isIn = most !== undefined && most <= max && (request === undefined || request <= max);
      return isIn ? [] : [object(resource, 'a maximum')];
    }),
    ...[...limit.ratio].flatMap(([resource, ratio]) =>
      isWithin(requests.get(resource) ?? 0n, limits.get(resource) ?? 0n, ratio)
        ? []
        : [object(resource, 'a ratio of limit to request')],
    ),
  ];
}

/** Computes in doubles and in this order, as the API server does: equal ratios may differ there by rounding. */
function isWithin(request: Amount, limit: Amount, ratio: Amount): boolean {
  const [asked, most, allowed] = [request, limit, ratio].map((amount) => Number(dividedUp(amount, MILLI)));
  if (asked === undefined || most === undefined || asked === 0 || most === 0) return false;
  return (most / asked) * 1000 <= (allowed ?? 0);
}
