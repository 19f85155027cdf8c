/**
 * How a client is directed to the sidecar: the additions to its container, the settings of the sidecar, and the marks
 * by which they are recognised. Pure.
 */
import { type Json, listAt, textAt } from '../../platform/text/json-value.ts';
import {
  KUBECONFIG_PATH,
  SERVICE_ACCOUNT_DIR,
  SERVICE_ACCOUNT_FOLDER,
  SIDECAR,
  STATE_DIR,
  TOKEN_DIR,
  TOKEN_VOLUME,
} from './names.ts';

/**
 * `kubeconfig`: by KUBECONFIG. `in-cluster`, for clients that ignore that variable: by the variables and files of the
 * in-cluster configuration, with the sidecar's address and CA instead of the API server's.
 */
export const LEADINGS = ['kubeconfig', 'in-cluster'] as const;
export type Leading = (typeof LEADINGS)[number];
export const DEFAULT_LEADING: Leading = 'kubeconfig';

type Fields = Readonly<Record<string, Json>>;

export interface LeadingPieces {
  /** For the client's container. */
  readonly env: readonly Fields[];
  /** For the client's container. */
  readonly volumeMounts: readonly Fields[];
  readonly volumes: readonly Fields[];
  /** For the sidecar's containers. */
  readonly sidecarEnv: readonly Json[];
}

/** Variables of the in-cluster configuration. */
export const ADDRESS_VARIABLES = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'] as const;
/** The loopback of every Pod has IPv4, even if the Pod's address is IPv6. */
const HOST = '127.0.0.1';
/**
 * The lifetime that ServiceAccount admission requests. Only with this value does the API server let a token last
 * longer, for clients that never read it again.
 */
const TOKEN_SECONDS = 3607;

export const BY_KUBECONFIG: LeadingPieces = {
  env: [{ name: 'KUBECONFIG', value: KUBECONFIG_PATH }],
  volumeMounts: [{ name: SIDECAR, mountPath: STATE_DIR, readOnly: true }],
  volumes: [],
  sidecarEnv: [],
};

/** @param port - the port of the proxy */
export function leadingPieces(leading: Leading, port: number): LeadingPieces {
  if (leading === 'kubeconfig') return BY_KUBECONFIG;
  const [host, portVariable] = ADDRESS_VARIABLES;
  return {
    env: [
      { name: host, value: HOST },
      { name: portVariable, value: String(port) },
    ],
    volumeMounts: [
      // A mount at this path keeps the admission plugin from adding its own.
      { name: SIDECAR, mountPath: SERVICE_ACCOUNT_DIR, subPath: SERVICE_ACCOUNT_FOLDER, readOnly: true },
      { name: TOKEN_VOLUME, mountPath: TOKEN_DIR, readOnly: true },
    ],
    volumes: [
      {
        name: TOKEN_VOLUME,
        projected: {
          sources: [{ serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } }],
        },
      },
    ],
    sidecarEnv: [
      { name: 'WATCHSIEVE_IN_CLUSTER_TOKEN_FILE', value: `${TOKEN_DIR}/token` },
      {
        name: 'WATCHSIEVE_IN_CLUSTER_NAMESPACE',
        valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
      },
    ],
  };
}

/** The paths at which a client of this kind has mounts of the sidecar. */
export function mountPathsOf(leading: Leading): readonly string[] {
  return leading === 'kubeconfig' ? [STATE_DIR] : [SERVICE_ACCOUNT_DIR, TOKEN_DIR];
}

/** Recognises the variables of a client's container that belong to the sidecar. */
export function leadingVariables(container: unknown): (variable: unknown) => boolean {
  const isInCluster = listAt(container, 'volumeMounts').some(isServiceAccount);
  const [host, port] = ADDRESS_VARIABLES;
  return (variable) => {
    const [name, value] = [textAt(variable, 'name') ?? '', textAt(variable, 'value') ?? ''];
    if (name === 'KUBECONFIG') return value === KUBECONFIG_PATH;
    return isInCluster && ((name === host && value === HOST) || (name === port && /^\d{4,5}$/.test(value)));
  };
}

/** True if a mount of a client's container belongs to the sidecar. */
export function isLeadingMount(mount: unknown): boolean {
  const [name, path] = [textAt(mount, 'name'), textAt(mount, 'mountPath')];
  return (
    (name === SIDECAR && path === STATE_DIR) ||
    (name === TOKEN_VOLUME && path === TOKEN_DIR) ||
    isServiceAccount(mount)
  );
}

function isServiceAccount(mount: unknown): boolean {
  return textAt(mount, 'name') === SIDECAR && textAt(mount, 'mountPath') === SERVICE_ACCOUNT_DIR;
}
