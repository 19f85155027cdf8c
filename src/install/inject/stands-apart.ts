/** Recognises Pods in which no sidecar could run. Pure. */
import { valueAt } from '../../platform/text/json-value.ts';
import { annotationsOf, containersOf, podSpecAt, type Workload } from './workload.ts';

export type Apart = 'windows' | 'mirror';

export function standsApart(workload: Workload): Apart | undefined {
  if (isOfWindows(workload)) return 'windows';
  return annotationsOf(workload)['kubernetes.io/config.mirror'] === undefined ? undefined : 'mirror';
}

function isOfWindows(workload: Workload): boolean {
  const selected = podSpecAt(workload, 'nodeSelector', 'kubernetes.io/os');
  if (selected === 'windows' || podSpecAt(workload, 'os', 'name') === 'windows') return true;
  // Only Windows Pods have these options; the API server refuses them in a Pod that names Linux as its system.
  const contexts = [
    podSpecAt(workload, 'securityContext'),
    ...containersOf(workload).map(({ value }) => valueAt(value, ['securityContext'])),
  ];
  return contexts.some((context) => (valueAt(context, ['windowsOptions']) ?? null) !== null);
}
