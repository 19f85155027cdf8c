/** Recognises Pods in which no sidecar could run, and those that could not reach a hub. Pure. */
import { listAt, textAt, valueAt } from '../../platform/text/json-value.ts';
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

/**
 * CNI agents put their configuration and programs there, each under a name of its own. Some distributions have these
 * folders below one of their own, as k3s in /var/lib/rancher/k3s/agent/etc/cni.
 */
const OF_CNI = /\/(?:etc|opt)\/cni(?:\/|$)/;
const KUBE_PROXY = /(?:^|\/)kube-proxy(?:[:@-]|$)/;

/**
 * The image or path by which this workload is one of those without which no Pod or Service can be reached; undefined if
 * there is none.
 */
export function markOfNetwork(workload: Workload): string | undefined {
  const images = containersOf(workload).map(({ value }) => textAt(value, 'image') ?? '');
  const image = images.find((each) => KUBE_PROXY.test(each));
  const paths = listAt(podSpecAt(workload, 'volumes')).map(
    (volume) => textAt(volume, 'hostPath', 'path') ?? '',
  );
  return image ?? paths.find((path) => OF_CNI.test(path));
}
