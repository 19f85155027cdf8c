/** The sidecar's requests and limits: configured, with a CPU limit if the Pod's own containers have one. Pure. */
import { textAt, valueAt } from '../../platform/text/json-value.ts';
import { type Container, containersOf, podSpecAt, type Workload } from './workload.ts';
import { isRecord } from '../../platform/text/record.ts';
import { parseQuantity } from './quantity.ts';

/** Amounts such as `128Mi`, keyed by resources such as `memory`. */
export type Amounts = Readonly<Record<string, string>>;

export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Measured values with room to spare (docs/performance.md). */
export const DEFAULT_RESOURCES: Resources = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { memory: '256Mi' },
};

/** Set only where a limit is required, because it slows the sidecar down exactly when it has much to do. */
const CPU_LIMIT = '500m';

/** Amounts that a namespace demands although none were configured. */
export const FALLBACK_RESOURCES: Resources = {
  requests: DEFAULT_RESOURCES.requests,
  limits: { cpu: CPU_LIMIT, ...DEFAULT_RESOURCES.limits },
};

const AMOUNT = /^\d{1,15}(?:\.\d{1,9})?(?:m|k|M|G|Ki|Mi|Gi)?$/;

/** Parses `cpu=50m,memory=128Mi`; empty text means no amounts. @returns undefined for malformed text */
export function parseAmounts(text: string): Amounts | undefined {
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('='));
  const names = pairs.map(([name]) => name);
  const isKnown = pairs.every(
    ([name = '', amount = '', ...more]) =>
      ['cpu', 'memory', 'ephemeral-storage'].includes(name) && AMOUNT.test(amount) && more.length === 0,
  );
  if (!isKnown || new Set(names).size < names.length) return undefined;
  return Object.fromEntries(pairs.map(([name = '', amount = '']) => [name, amount]));
}

/**
 * The amounts of both flags; undefined is one that was not given. Its default gives way to the other, because the API
 * server refuses a Pod with a request above its limit.
 */
export function resourcesOf(requests: Amounts | undefined, limits: Amounts | undefined): Resources {
  return {
    requests: requests ?? mapped(DEFAULT_RESOURCES.requests, (amount, name) => lower(amount, limits?.[name])),
    limits: limits ?? mapped(DEFAULT_RESOURCES.limits, (amount, name) => higher(amount, requests?.[name])),
  };
}

function mapped(amounts: Amounts, change: (amount: string, name: string) => string): Amounts {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, change(amount, name)]));
}

/** The resources of which more is requested than the limit allows. */
export function contradictionsOf({ requests, limits }: Resources): readonly string[] {
  return Object.keys(requests).filter((name) => isAbove(requests[name], limits[name]));
}

function lower(amount: string, other: string | undefined): string {
  return other !== undefined && isAbove(amount, other) ? other : amount;
}

function higher(amount: string, other: string | undefined): string {
  return other !== undefined && isAbove(other, amount) ? other : amount;
}

/** False if either is missing. */
function isAbove(amount: string | undefined, other: string | undefined): boolean {
  const [one, two] = [parseQuantity(amount), parseQuantity(other)];
  return one !== undefined && two !== undefined && one > two;
}

/**
 * The configured amounts, with a CPU limit if each container of the Pod has one: a quota for it refuses a Pod if one
 * container has none, and that must not be the sidecar (I9). In a Pod that has resources as a whole, no container needs
 * one.
 */
export function resourcesFor(workload: Workload, told: Resources): Resources {
  const containers = [...containersOf(workload), ...containersOf(workload, 'initContainers')];
  const isAsked = told.limits['cpu'] === undefined && !isRecord(podSpecAt(workload, 'resources'));
  return isAsked && containers.every(hasCpuLimit)
    ? { ...told, limits: { cpu: higher(CPU_LIMIT, told.requests['cpu']), ...told.limits } }
    : told;
}

function hasCpuLimit({ value }: Container): boolean {
  const limits = valueAt(value, ['resources', 'limits']);
  return isRecord(limits) && (textAt(limits, 'cpu') !== undefined || typeof limits['cpu'] === 'number');
}
