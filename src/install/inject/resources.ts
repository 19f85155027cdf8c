/** What the sidecar asks for and may take: told, and in the terms in which its Pod's own containers speak. Pure. */
import { textAt, valueAt } from '../../platform/text/json-value.ts';
import { type Container, containersOf, podSpecAt, type Workload } from './workload.ts';
import { isRecord } from '../../platform/text/record.ts';

/** By name, as `memory`, an amount, as `128Mi`. */
export type Amounts = Readonly<Record<string, string>>;

export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Measured, with room above (docs/performance.md). */
export const DEFAULT_RESOURCES: Resources = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { memory: '256Mi' },
};

/** Only where a limit has to be: it makes the sidecar slower just when there is much to do. */
const CPU_LIMIT = '500m';

/** For what has to be said though nothing was told. */
export const FALLBACK_RESOURCES: Resources = {
  requests: DEFAULT_RESOURCES.requests,
  limits: { cpu: CPU_LIMIT, ...DEFAULT_RESOURCES.limits },
};

const AMOUNT = /^\d{1,15}(?:\.\d{1,9})?(?:m|k|M|G|Ki|Mi|Gi)?$/;

/** As `cpu=50m,memory=128Mi`; empty for none at all. Undefined for what is not understood. */
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
 * What is told, and a limit for CPU where each container of the Pod has one: a quota for it refuses a Pod in which
 * one has none, and it must not be ours (I9). Of a Pod that says it as a whole no container is asked.
 */
export function resourcesFor(workload: Workload, told: Resources): Resources {
  const containers = [...containersOf(workload), ...containersOf(workload, 'initContainers')];
  const isAsked = told.limits['cpu'] === undefined && !isRecord(podSpecAt(workload, 'resources'));
  return isAsked && containers.every(hasCpuLimit)
    ? { ...told, limits: { cpu: CPU_LIMIT, ...told.limits } }
    : told;
}

function hasCpuLimit({ value }: Container): boolean {
  const limits = valueAt(value, ['resources', 'limits']);
  return isRecord(limits) && (textAt(limits, 'cpu') !== undefined || typeof limits['cpu'] === 'number');
}
