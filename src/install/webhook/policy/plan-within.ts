/**
 * Plans an injection within the rules of the namespace: the sidecar as configured, one with resources that fit, or none
 * with the reason. A Pod without sidecar is better than no Pod, so a Pod that the API server would admit without the
 * sidecar is never refused because of it (I9). Pure.
 */
import { applyEdits } from '../../inject/edit.ts';
import { type Plan, planInjection, type PlanOptions } from '../../inject/plan.ts';
import { type Resources, resourcesFor } from '../../inject/resources.ts';
import type { Workload } from '../../inject/workload.ts';
import { fittedResources, NO_RESOURCES, objectionsOfSidecar } from './fit.ts';
import type { Objection } from './objection.ts';
import { objectionsTo, type Policies, readPolicies, type ReadPolicies } from './objections.ts';
import { isBestEffort, NotUnderstood, readPod } from './pod-amounts.ts';

export type PlannedWithin =
  | { readonly plan: Plan }
  | { readonly problems: readonly string[] }
  | { readonly objections: readonly Objection[] }
  | { readonly notUnderstood: string };

/** @param workload - a Pod without the sidecar or parts of it */
export function planWithin(workload: Workload, options: PlanOptions, policies: Policies): PlannedWithin {
  try {
    return tryAll(workload, options, readPolicies(policies));
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return { notUnderstood: error.message };
  }
}

function tryAll(workload: Workload, options: PlanOptions, policies: ReadPolicies): PlannedWithin {
  const pod = workload.value;
  const before = new Set(objectionsTo(pod, policies).map(({ key }) => key));
  let told: readonly Objection[] = [];
  for (const { resources, note } of attempts(pod, resourcesFor(workload, options.resources), policies)) {
    const planned = planInjection(workload, { ...options, resources });
    if ('problems' in planned) return planned;
    const plan = planned.ok;
    const after = applyEdits(pod, plan.edits);
    const objections = [
      ...objectionsTo(after, policies).filter(({ key }) => !before.has(key)),
      ...objectionsOfSidecar(after, options.resources, policies),
    ];
    if (objections.length === 0)
      return { plan: note === undefined ? plan : { ...plan, notes: [...plan.notes, note] } };
    if (told.length === 0) told = objections;
  }
  return { objections: told };
}

interface Attempt {
  readonly resources: Resources;
  readonly note: string | undefined;
}

/** The resources to try, best first. */
function* attempts(pod: unknown, told: Resources, policies: ReadPolicies): Generator<Attempt> {
  yield { resources: told, note: undefined };
  const fitted = fittedResources(pod, told, policies);
  if (fitted !== undefined)
    yield { resources: fitted, note: `by the rules of its namespace it asks for ${write(fitted)}` };
  // Limits of a whole Pod bound the sidecar too, and a Pod without any amounts has to stay BestEffort.
  const amounts = readPod(pod);
  if (amounts.whole !== undefined || isBestEffort(amounts))
    yield { resources: NO_RESOURCES, note: 'it asks for nothing of its own, as the rest of the Pod' };
}

function write({ requests, limits }: Resources): string {
  const list = (amounts: Resources['requests']) =>
    Object.entries(amounts)
      .map(([name, amount]) => `${name}=${amount}`)
      .join(',');
  return `requests ${list(requests)} and limits ${list(limits)}`;
}
