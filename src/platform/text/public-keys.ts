/** Tells which keys of maps may be shown, because they reveal nothing about the owner of a cluster. Pure. */

/** Domains of Kubernetes and of widespread projects. Their keys reveal nothing about the owner of a cluster. */
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
/** Fields with free keys, in any object. */
const FREE: ReadonlySet<string> = new Set([
  ...['labels', 'annotations', 'data', 'binaryData', 'stringData', 'matchLabels', 'nodeSelector', 'selector'],
  ...['capacity', 'allocatable', 'limits', 'requests', 'parameters', 'attributes', 'env', 'extra'],
]);
/** The form of field names in Kubernetes objects. Any other key is free. */
const FIELD = /^[a-z][A-Za-z0-9]{0,62}$/;
/** The longest qualified name. */
const MAX_KEY = 317;

/** True if users choose the keys of this field. */
export function hasFreeKeys(field: string): boolean {
  return FREE.has(field);
}

/** True if the key looks like the name of a field of a Kubernetes object. */
export function isFieldName(key: string): boolean {
  return FIELD.test(key);
}

/** True if a free key may be shown unchanged. */
export function isPublicKey(key: string): boolean {
  return QUANTITIES.test(key) || isWellKnown(key);
}

function isWellKnown(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0 || key.length > MAX_KEY) return false;
  const domain = key.slice(0, slash);
  // The name after the slash counts as public too. It would be private if users of the domain could choose it, which is
  // not so for node-role.kubernetes.io, for example.
  return WELL_KNOWN.some((known) => domain === known || domain.endsWith(`.${known}`));
}
