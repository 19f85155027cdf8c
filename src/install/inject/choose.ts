/** Chooses workloads by name, label or annotation, or because they are known clients. Pure. */
import { recordAt } from '../../platform/text/json-value.ts';
import { ANNOTATION } from './names.ts';
import { recognise } from './recognise.ts';
import type { LabelSelector } from './selector.ts';
import { steering, type Workload } from './workload.ts';

export interface Choice {
  /** For example `speaker` or `metallb-system/speaker`; the latter matches only if the manifest has the namespace. */
  readonly names: readonly string[];
  readonly selector: LabelSelector | undefined;
}

/** The given name that `workload` has, if any. */
export function nameOf(workload: Workload, { names }: Choice): string | undefined {
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

/** Considers only names and labels; true if neither was given. */
export function isSelected(workload: Workload, choice: Choice): boolean {
  if (choice.names.length === 0 && choice.selector === undefined) return true;
  return (
    nameOf(workload, choice) !== undefined ||
    choice.selector?.(recordAt(workload.value, 'metadata', 'labels')) === true
  );
}
