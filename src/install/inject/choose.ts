/** Which workloads are meant: by name, by label, by annotation, or because they are known. Pure. */
import { recordAt } from '../../platform/text/json-value.ts';
import { ANNOTATION } from './names.ts';
import { recognise } from './recognise.ts';
import type { LabelSelector } from './selector.ts';
import { steering, type Workload } from './workload.ts';

export interface Choice {
  /** As `speaker` or `metallb-system/speaker`; the latter only where the manifest says its namespace. */
  readonly names: readonly string[];
  readonly selector: LabelSelector | undefined;
}

/** Whether `workload` has one of the names that were given, and which. */
export function nameOf(workload: Workload, { names }: Choice): string | undefined {
  const { name, namespace } = workload;
  return names.find(
    (given) => given === name || (namespace !== undefined && given === `${namespace}/${name}`),
  );
}

/** What is told wins over what is known, and a workload that says "false" is left alone whoever asks. */
export function isChosen(workload: Workload, choice: Choice): boolean {
  const wish = steering(workload, ANNOTATION.inject);
  if (wish === 'false') return false;
  if (wish === 'true') return true;
  if (choice.names.length === 0 && choice.selector === undefined) return recognise(workload) !== undefined;
  return isSelected(workload, choice);
}

/** By name or label alone; everything where neither was given. */
export function isSelected(workload: Workload, choice: Choice): boolean {
  if (choice.names.length === 0 && choice.selector === undefined) return true;
  return (
    nameOf(workload, choice) !== undefined ||
    choice.selector?.(recordAt(workload.value, 'metadata', 'labels')) === true
  );
}
