/** Chooses workloads by name, label or annotation, or because they are known clients. Pure. */
import { recordAt } from '../../platform/text/json-value.ts';
import { printable } from '../../platform/text/printable.ts';
import { ANNOTATION } from './names.ts';
import { recognise } from './recognise.ts';
import type { LabelSelector } from './selector.ts';
import { describeWorkload, KINDS, steering, type Workload } from './workload.ts';

export interface Choice {
  /** For example `speaker` or `metallb-system/speaker`; the latter matches only if the manifest has the namespace. */
  readonly names: readonly string[];
  readonly selector: LabelSelector | undefined;
}

/** The given name that `workload` has, if any. */
export function nameOf(workload: Workload, { names }: Pick<Choice, 'names'>): string | undefined {
  const { name, namespace } = workload;
  return names.find(
    (given) => given === name || (namespace !== undefined && given === `${namespace}/${name}`),
  );
}

/** Names and labels take precedence over known clients, and a workload with the annotation "false" is never chosen. */
export function isChosen(workload: Workload, choice: Choice): boolean {
  const wish = steering(workload, ANNOTATION.inject);
  if (wish === 'false') return false;
  if (wish === 'true') return true;
  if (choice.names.length === 0 && choice.selector === undefined) return recognise(workload) !== undefined;
  return isSelected(workload, choice);
}

/** Why none of these workloads is chosen, if no names were given. */
export function whyNoneIsChosen(workloads: readonly Workload[], { selector }: Choice): string {
  if (workloads.length === 0) return `there is no ${KINDS.join(', ')} or Pod`;
  // The annotation "false" is a reason by itself: such a workload may be a known client, and have the labels.
  const declined = workloads.filter((workload) => steering(workload, ANNOTATION.inject) === 'false');
  const other = declined.length === 0 ? '' : 'other ';
  const why =
    selector === undefined
      ? `none of the ${other}workloads is a MetalLB speaker or frr-k8s, and none is annotated: choose by --name or --selector`
      : `no ${other}workload itself has the labels of --selector`;
  const wishes = workloads.flatMap((workload) => wishOf(workload) ?? []);
  return (declined.length === workloads.length ? wishes : [why, ...wishes]).join('; ');
}

/** Why a workload of this name is not chosen; undefined if none of these has it. */
export function whyUnchosen(workloads: readonly Workload[], name: string): string | undefined {
  const named = workloads.find((workload) => nameOf(workload, { names: [name] }) !== undefined);
  return named && wishOf(named);
}

function wishOf(workload: Workload): string | undefined {
  const wish = steering(workload, ANNOTATION.inject);
  if (wish === undefined) return undefined;
  const meaning = wish === 'false' ? '' : ', which is neither "true" nor "false"';
  return `${describeWorkload(workload)} has the annotation ${ANNOTATION.inject} "${printable(wish)}"${meaning}`;
}

/** Considers only names and labels; true if neither was given. */
export function isSelected(workload: Workload, choice: Choice): boolean {
  if (choice.names.length === 0 && choice.selector === undefined) return true;
  return (
    nameOf(workload, choice) !== undefined ||
    choice.selector?.(recordAt(workload.value, 'metadata', 'labels')) === true
  );
}
