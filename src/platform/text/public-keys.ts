/**
 * Which keys of maps say nothing about who runs a cluster, and may be shown: those of Kubernetes, and of projects that
 * everybody has. Pure.
 */

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
/** A qualified name has no more characters. */
const MAX_KEY = 317;

/** Whether the keys of this field are free: anybody's words. */
export function hasFreeKeys(field: string): boolean {
  return FREE.has(field);
}

/** Whether a key looks like the name of a field of a Kubernetes object. */
export function isFieldName(key: string): boolean {
  return FIELD.test(key);
}

/** Whether a free key may be shown as it is. */
export function isPublicKey(key: string): boolean {
  return QUANTITIES.test(key) || isWellKnown(key);
}

function isWellKnown(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0 || key.length > MAX_KEY) return false;
  const domain = key.slice(0, slash);
  // The name behind the domain may be anybody's where the domain delegates it, as node-role.kubernetes.io does not.
  return WELL_KNOWN.some((known) => domain === known || domain.endsWith(`.${known}`));
}
