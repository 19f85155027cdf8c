/**
 * The names that mark what `inject` adds. `uninject` finds its work by them alone, since comments and layout do
 * not survive kubectl, Helm or kustomize.
 */

/** The proxy's container, and the volume that it shares with the client. */
export const SIDECAR = 'watchsieve';
/** Ordinary variant: writes the files before any container starts. */
export const SIDECAR_INIT = 'watchsieve-init';
export const CONFIG_VOLUME = 'watchsieve-config';
export const CA_VOLUME = 'watchsieve-ca';
/** The real token of a client that reads the in-cluster configuration: of its container alone (I7). */
export const TOKEN_VOLUME = 'watchsieve-token';

export const CONTAINER_NAMES: readonly string[] = [SIDECAR, SIDECAR_INIT];
export const VOLUME_NAMES: readonly string[] = [SIDECAR, CONFIG_VOLUME, CA_VOLUME, TOKEN_VOLUME];

/** Where client and proxy share the kubeconfig and the CA. */
export const STATE_DIR = '/run/watchsieve';
export const KUBECONFIG_PATH = `${STATE_DIR}/kubeconfig`;
/** In it, what an in-cluster client sees of it: no key. */
export const SERVICE_ACCOUNT_FOLDER = 'serviceaccount';
/** Where every Pod has the files of its service account. */
export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
export const TOKEN_DIR = '/var/run/secrets/watchsieve.dev/serviceaccount';
/** Environment variables of the proxy start with it; a container named like ours without any is not ours. */
export const ENV_PREFIX = 'WATCHSIEVE_';

/** Of kubectl: the container of `kubectl logs` and `kubectl exec`. */
export const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** What people write on a workload or its Pod template to steer injection. */
export const ANNOTATION = {
  inject: 'watchsieve.dev/inject',
  preset: 'watchsieve.dev/preset',
  container: 'watchsieve.dev/container',
  client: 'watchsieve.dev/client',
  variant: 'watchsieve.dev/variant',
  port: 'watchsieve.dev/port',
  /** Written by `inject` on the workload: what `uninject` cannot know from the rest. */
  injected: 'watchsieve.dev/injected',
} as const;
