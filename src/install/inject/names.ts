/**
 * The names that mark what `inject` adds. `uninject` relies on them alone, because comments and layout do not survive
 * kubectl, Helm or kustomize.
 */

/** The container of the proxy, and the volume that it shares with the client. */
export const SIDECAR = 'watchsieve';
/** In the ordinary variant: writes the files before any container starts. */
export const SIDECAR_INIT = 'watchsieve-init';
export const CONFIG_VOLUME = 'watchsieve-config';
export const CA_VOLUME = 'watchsieve-ca';
/** The real token of a client that reads the in-cluster configuration. Only its own container mounts it (I7). */
export const TOKEN_VOLUME = 'watchsieve-token';

export const CONTAINER_NAMES: readonly string[] = [SIDECAR, SIDECAR_INIT];
export const VOLUME_NAMES: readonly string[] = [SIDECAR, CONFIG_VOLUME, CA_VOLUME, TOKEN_VOLUME];

/** The directory with the kubeconfig and the CA, shared by client and proxy. */
export const STATE_DIR = '/run/watchsieve';
export const KUBECONFIG_PATH = `${STATE_DIR}/kubeconfig`;
/** The part of it that an in-cluster client sees; it holds no key. */
export const SERVICE_ACCOUNT_FOLDER = 'serviceaccount';
/** The directory of service account files in every Pod. */
export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
export const TOKEN_DIR = '/var/run/secrets/watchsieve.dev/serviceaccount';
/** The prefix of the proxy's variables. A container with the sidecar's name but none of them is not the sidecar. */
export const ENV_PREFIX = 'WATCHSIEVE_';

/** kubectl's annotation for the container of `kubectl logs` and `kubectl exec`. */
export const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** Annotations by which users control injection, on a workload or its Pod template. */
export const ANNOTATION = {
  inject: 'watchsieve.dev/inject',
  preset: 'watchsieve.dev/preset',
  container: 'watchsieve.dev/container',
  client: 'watchsieve.dev/client',
  variant: 'watchsieve.dev/variant',
  port: 'watchsieve.dev/port',
  /** Written on the Pod template of a client without a sidecar: its whole kubeconfig, which leads to the hub. */
  kubeconfig: 'watchsieve.dev/kubeconfig',
  /** Written by `inject` on the workload: what `uninject` cannot derive from the rest. */
  injected: 'watchsieve.dev/injected',
} as const;

/** The field that the kubelet writes into the kubeconfig file of a client without a sidecar. */
export const KUBECONFIG_FIELD = `metadata.annotations['${ANNOTATION.kubeconfig}']`;
