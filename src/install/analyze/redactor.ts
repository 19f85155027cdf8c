/**
 * What of a cluster's own words may be shown: names of objects, and keys of maps outside of well-known domains, become
 * pseudonyms, the same text always the same one. Values are never shown. Numbers in the order of first mention rather
 * than digests: whoever guesses names of Nodes could compute those.
 */
import type { Path } from './changes.ts';

/** Domains whose keys say nothing about who runs the cluster: those of Kubernetes, and of projects that everybody has. */
const WELL_KNOWN = [
  ...[
    'kubernetes.io',
    'k8s.io',
    'openshift.io',
    'cilium.io',
    'projectcalico.org',
    'metallb.io',
    'metallb.universe.tf',
  ],
  ...[
    'istio.io',
    'knative.dev',
    'coreos.com',
    'kubevirt.io',
    'longhorn.io',
    'nvidia.com',
    'amazonaws.com',
    'karpenter.sh',
  ],
  ...[
    'flannel.alpha.coreos.com',
    'cert-manager.io',
    'crossplane.io',
    'fluxcd.io',
    'argoproj.io',
    'helm.sh',
    'x-k8s.io',
  ],
];
/** Resources of containers and Nodes. */
const QUANTITIES = /^(?:cpu|memory|pods|storage|ephemeral-storage|hugepages-\d{1,6}[KMG]i)$/;
/** Fields whose keys are free, whatever object they stand in. */
const FREE: ReadonlySet<string> = new Set([
  ...['labels', 'annotations', 'data', 'binaryData', 'stringData', 'matchLabels', 'nodeSelector', 'selector'],
  ...['capacity', 'allocatable', 'limits', 'requests', 'parameters', 'attributes', 'env', 'extra'],
]);
/** What a field of a Kubernetes object is called; any other key is free. */
const FIELD = /^[a-z][A-Za-z0-9]{0,62}$/;
const MAX_KEY = 317;
/** Pseudonyms that are kept; whatever comes later shares one. */
const MAX_KNOWN = 100_000;

export class Redactor {
  readonly isOn: boolean;
  readonly #names = new Map<string, string>();
  readonly #keys = new Map<string, string>();

  constructor(isOn: boolean) {
    this.isOn = isOn;
  }

  /** The name of an object, `namespace/name` where it has one. */
  name(resource: string, name: string): string {
    if (!this.isOn) return name;
    return pseudonym(this.#names, `${resource} ${name}`, (number) => `${resource}-${number}`);
  }

  /** A path as projections have it, elements of lists all alike: `status.conditions[*].lastHeartbeatTime`. */
  path(path: Path): string {
    let text = '';
    let isFree = false;
    for (const step of path) {
      if (!('field' in step)) {
        text += '[*]';
        isFree = false;
        continue;
      }
      const isPlain: boolean = !isFree && FIELD.test(step.field);
      if (isPlain) text += text === '' ? step.field : `.${step.field}`;
      else text += `["${this.#key(step.field)}"]`;
      isFree = isPlain && FREE.has(step.field);
    }
    return text;
  }

  #key(key: string): string {
    const shown = key.length <= MAX_KEY ? key : `${key.slice(0, MAX_KEY)}…`;
    if (!this.isOn || QUANTITIES.test(key) || isWellKnown(key)) return shown;
    return pseudonym(this.#keys, shown, (number) => `key-${number}`);
  }
}

function isWellKnown(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0 || key.length > MAX_KEY) return false;
  const domain = key.slice(0, slash);
  // The name behind the domain may be anybody's where the domain delegates it, as node-role.kubernetes.io does not.
  return WELL_KNOWN.some((known) => domain === known || domain.endsWith(`.${known}`));
}

function pseudonym(
  known: Map<string, string>,
  text: string,
  make: (number: number | string) => string,
): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size === MAX_KNOWN) return make('other');
  const made = make(known.size + 1);
  known.set(text, made);
  return made;
}
