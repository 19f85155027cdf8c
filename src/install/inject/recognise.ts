/**
 * Recognises MetalLB's speaker and frr-k8s by their images and labels, as their manifests and charts name them (MetalLB
 * 0.13 to 0.16, frr-k8s 0.0.11 to 0.0.25, Bitnami's chart). Pure.
 */
import { textAt } from '../../platform/text/json-value.ts';
import {
  type Container,
  containersOf,
  controllerKindOf,
  templateLabelsOf,
  type Workload,
} from './workload.ts';

export type Client = 'speaker' | 'frr-k8s';

/** Images from any registry, with any tag or digest. */
const IMAGES: Readonly<Record<Client, RegExp>> = {
  speaker: /(?:^|\/)(?:metallb\/speaker|metallb-speaker)(?::([^@]*))?(?:@|$)/,
  'frr-k8s': /(?:^|\/)frr-k8s(?::([^@]*))?(?:@|$)/,
};

/** Each row is a set of labels of the client's Pods. */
const LABELS: Readonly<Record<Client, readonly Readonly<Record<string, string>>[]>> = {
  speaker: [
    { app: 'metallb', component: 'speaker' },
    { 'app.kubernetes.io/name': 'metallb', 'app.kubernetes.io/component': 'speaker' },
  ],
  'frr-k8s': [
    { 'app.kubernetes.io/component': 'frr-k8s' },
    { 'app.kubernetes.io/name': 'frr-k8s', component: 'frr-k8s' },
  ],
};

const CLIENTS = ['speaker', 'frr-k8s'] as const;

/** The client that a DaemonSet or a Pod of one runs; undefined for all others. */
export function recognise(workload: Workload): Client | undefined {
  const kind = workload.kind === 'Pod' ? controllerKindOf(workload.value) : workload.kind;
  if (kind !== 'DaemonSet') return undefined;
  const labels = templateLabelsOf(workload);
  return (
    CLIENTS.find((client) => containerOfClient(workload, client) !== undefined) ??
    CLIENTS.find((client) =>
      LABELS[client].some((row) => Object.entries(row).every(([key, value]) => labels[key] === value)),
    )
  );
}

/** The container that runs the client's own image. Helpers with the same image run only before it. */
export function containerOfClient(workload: Workload, client: Client): Container | undefined {
  const found = containersOf(workload).filter(({ value }) =>
    IMAGES[client].test(textAt(value, 'image') ?? ''),
  );
  return found.length === 1 ? found[0] : undefined;
}

/** MetalLB before 0.13 ignores KUBECONFIG. Undefined if the tag does not show the release. */
export function tooOldSpeaker(image: string): string | undefined {
  const tag = IMAGES.speaker.exec(image)?.[1];
  return tag !== undefined && /^v?0\.(?:\d|1[012])(?:\.|$)/.test(tag) ? tag : undefined;
}
