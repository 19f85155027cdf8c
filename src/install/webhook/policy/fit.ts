/**
 * Fits the sidecar's resources into LimitRanges and quotas: the configured amounts if they fit, less if a maximum is
 * lower, and a default for what the rules demand but nobody configured. Pure.
 */
import { CONTAINER_NAMES } from '../../inject/names.ts';
import { type Amounts as Written, FALLBACK_RESOURCES, type Resources } from '../../inject/resources.ts';
import { withDefaults } from './limit-ranges.ts';
import type { Objection } from './objection.ts';
import type { ReadPolicies } from './objections.ts';
import {
  type Amounts,
  containersOf,
  type PodAmounts,
  readAmounts,
  readPod,
  type Side,
  summed,
  totalOf,
} from './pod-amounts.ts';
import { type Amount, dividedUp, formatQuantity, MILLI, ONE } from '../../inject/quantity.ts';
import { isDemanded } from './quotas.ts';

/**
 * A sidecar with less could not do its work: it takes 121 MiB with 5,000 Nodes (docs/benchmarks.md), and starts in a
 * few seconds with a tenth of a core. A lower configured amount replaces these.
 */
const LEAST: ReadonlyMap<string, Amount> = new Map([
  ['cpu', 100n * MILLI],
  ['memory', (128n << 20n) * ONE],
]);

/**
 * @param pod - without the sidecar
 * @returns undefined if no sane amounts fit
 * @throws NotUnderstood
 */
export function fittedResources(
  pod: unknown,
  told: Resources,
  policies: ReadPolicies,
): Resources | undefined {
  const amounts = withDefaults(readPod(pod), policies.limits);
  const asked = { requests: readAmounts(told.requests), limits: readAmounts(told.limits) };
  const names = new Set(['cpu', 'memory', ...asked.requests.keys(), ...asked.limits.keys()]);
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const name of names) {
    const fitted = fit(name, asked, { pod, amounts, policies });
    if (fitted === undefined) return undefined;
    if (fitted.request !== undefined) requests[name] = formatQuantity(name, fitted.request);
    if (fitted.limit !== undefined) limits[name] = formatQuantity(name, fitted.limit);
  }
  return { requests, limits };
}

/** The sidecar's resources in a Pod that has limits as a whole, or none at all. */
export const NO_RESOURCES: Resources = { requests: {}, limits: {} };

/**
 * Finds what the API server would admit but leaves the sidecar too little to run: a default that it is given, or a
 * limit of the whole Pod, under which the sidecar would take resources from the client (I9).
 * @param pod - with the sidecar
 * @throws NotUnderstood
 */
export function objectionsOfSidecar(
  pod: unknown,
  told: Resources,
  { limits }: ReadPolicies,
): readonly Objection[] {
  const amounts = withDefaults(readPod(pod), limits);
  const [ours, others] = [true, false].map((isOurs) => ({
    ...amounts,
    containers: amounts.containers.filter(({ name }) => CONTAINER_NAMES.includes(name) === isOurs),
    initContainers: amounts.initContainers.filter(({ name }) => CONTAINER_NAMES.includes(name) === isOurs),
  }));
  if (ours === undefined || others === undefined) return [];
  const toldLimits = readAmounts(told.limits);
  return [...LEAST].flatMap(([resource, least]): readonly Objection[] => {
    const needed = lowest(least, toldLimits.get(resource));
    const isStarved = containersOf(ours).some(({ limits: own }) => (own.get(resource) ?? needed) < needed);
    const taken = highest(
      summed(others, 'limits').get(resource) ?? 0n,
      summed(others, 'requests').get(resource) ?? 0n,
    );
    const whole = amounts.whole?.limits.get(resource);
    const isCrowded = whole !== undefined && whole - taken < needed;
    return [
      ...(isStarved ? [starved('limit_range', resource, 'the default of a LimitRange gives it')] : []),
      ...(isCrowded ? [starved('resources', resource, 'the Pod as a whole leaves it')] : []),
    ];
  });
}

function starved(cause: Objection['cause'], resource: string, who: string): Objection {
  return {
    cause,
    key: `${cause} leaves too little ${resource}`,
    text: `${who} less ${resource} than it can run by`,
  };
}

interface Place {
  readonly pod: unknown;
  readonly amounts: PodAmounts;
  readonly policies: ReadPolicies;
}

interface Fitted {
  readonly request: Amount | undefined;
  readonly limit: Amount | undefined;
}

function fit(name: string, asked: Readonly<Record<Side, Amounts>>, place: Place): Fitted | undefined {
  const bounds = boundsFor(name, place);
  const toldLimit = asked.limits.get(name);
  const wantedLimit = toldLimit ?? (bounds.wantsLimit ? fallback('limits', name) : undefined);
  const wantedRequest =
    asked.requests.get(name) ?? (bounds.wantsRequest ? fallback('requests', name) : undefined);
  if (wantedLimit === undefined && wantedRequest === undefined)
    return { request: undefined, limit: undefined };

  const raised =
    wantedLimit === undefined ? undefined : highest(wantedLimit, wantedRequest ?? 0n, bounds.min);
  const limit =
    raised === undefined ? undefined : rounded(name, lowest(raised, bounds.max, bounds.roomForLimit));
  if (limit !== undefined && limit < lowest(LEAST.get(name) ?? 0n, toldLimit)) return undefined;
  const most = lowest(limit ?? bounds.max ?? bounds.roomForRequest, bounds.max, bounds.roomForRequest);
  const least = requestFor(wantedRequest ?? limit ?? 0n, limit, bounds);
  const unit = unitOf(name);
  return { request: lowest(dividedUp(least, unit) * unit, most), limit };
}

/** The wanted request, raised to what minima and ratios demand. */
function requestFor(wanted: Amount, limit: Amount | undefined, { min, ratio, isRatioOfPod }: Bounds): Amount {
  const byRatio =
    limit === undefined || ratio === undefined || ratio === 0n ? 0n : dividedUp(limit * ONE, ratio);
  // A ratio of the whole Pod may fail because of any container. It cannot be the sidecar if its request is its limit.
  const byPod = limit !== undefined && isRatioOfPod ? limit : 0n;
  return highest(wanted, min, byRatio, byPod);
}

interface Bounds {
  readonly min: Amount;
  readonly max: Amount | undefined;
  readonly ratio: Amount | undefined;
  readonly isRatioOfPod: boolean;
  readonly roomForRequest: Amount | undefined;
  readonly roomForLimit: Amount | undefined;
  readonly wantsRequest: boolean;
  readonly wantsLimit: boolean;
}

function boundsFor(name: string, { pod, amounts, policies: { limits, quotas } }: Place): Bounds {
  const ofContainer = limits.filter(({ of }) => of === 'Container');
  const ofPod = limits.filter(({ of }) => of === 'Pod');
  const max = lowestOf(ofContainer.map((each) => each.max.get(name)));
  const ratio = lowestOf(ofContainer.map((each) => each.ratio.get(name)));
  const min = ofContainer.map((each) => each.min.get(name) ?? 0n).reduce((a, b) => (a > b ? a : b), 0n);
  const room = (side: Side) => {
    const most = lowestOf(ofPod.map((each) => each.max.get(name)));
    if (most === undefined) return undefined;
    const left = most - (totalOf(amounts, side).get(name) ?? 0n);
    return left > 0n ? left : 0n;
  };
  const isGiven = (side: Side) => ofContainer.some(({ defaults }) => defaults[side].has(name));
  const asks = (resource: string) => isDemanded(pod, amounts, quotas, resource);
  return {
    min,
    max,
    ratio,
    isRatioOfPod: ofPod.some((each) => each.ratio.has(name)),
    roomForRequest: room('requests'),
    roomForLimit: room('limits'),
    wantsRequest:
      min > 0n || ratio !== undefined || isGiven('requests') || asks(name) || asks(`requests.${name}`),
    wantsLimit: max !== undefined || ratio !== undefined || isGiven('limits') || asks(`limits.${name}`),
  };
}

function fallback(side: Side, name: string): Amount | undefined {
  const written: Written = FALLBACK_RESOURCES[side];
  return readAmounts(written).get(name);
}

/** The amount as it will be written, so that comparisons use the value that the API server gets. */
function rounded(name: string, amount: Amount): Amount {
  const unit = unitOf(name);
  return (amount / unit) * unit;
}

function unitOf(name: string): Amount {
  return name === 'cpu' ? MILLI : ONE;
}

function highest(first: Amount, ...more: readonly Amount[]): Amount {
  return more.reduce((most, each) => (each > most ? each : most), first);
}

function lowest(first: Amount, ...more: readonly (Amount | undefined)[]): Amount;
function lowest(first: Amount | undefined, ...more: readonly (Amount | undefined)[]): Amount | undefined;
function lowest(...all: readonly (Amount | undefined)[]): Amount | undefined {
  return lowestOf(all);
}

function lowestOf(all: readonly (Amount | undefined)[]): Amount | undefined {
  return all.reduce(
    (least, each) => (each === undefined || (least !== undefined && least < each) ? least : each),
    undefined,
  );
}
