/**
 * How a client is led to the sidecar: what its container gains for that, what the sidecar has to know, and by what it is
 * found again. Pure.
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
 * `kubeconfig`: by KUBECONFIG. `in-cluster`, for clients that take no notice of it: by the variables and files of the
 * in-cluster configuration, with the sidecar's address and CA in place of the API server's.
 */
export const LEADINGS = ['kubeconfig', 'in-cluster'] as const;
export type Leading = (typeof LEADINGS)[number];
export const DEFAULT_LEADING: Leading = 'kubeconfig';

type Fields = Readonly<Record<string, Json>>;

export interface LeadingPieces {
  /** Of the client's container. */
  readonly env: readonly Fields[];
  /** Of the client's container. */
  readonly volumeMounts: readonly Fields[];
  readonly volumes: readonly Fields[];
  /** Of the sidecar's containers. */
  readonly sidecarEnv: readonly Json[];
}

/** Variables of the in-cluster configuration. */
export const ADDRESS_VARIABLES = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'] as const;
/** There is IPv4 on the loopback of every Pod, also of one whose own address is of IPv6. */
const HOST = '127.0.0.1';
/** As ServiceAccount admission asks for it, and only so long a token outlives a client that never reads it again. */
const TOKEN_SECONDS = 3607;

const BY_KUBECONFIG: LeadingPieces = {
  env: [{ name: 'KUBECONFIG', value: KUBECONFIG_PATH }],
  volumeMounts: [{ name: SIDECAR, mountPath: STATE_DIR, readOnly: true }],
  volumes: [],
  sidecarEnv: [],
};

/** @param port - of the proxy. */
export function leadingPieces(leading: Leading, port: number): LeadingPieces {
  if (leading === 'kubeconfig') return BY_KUBECONFIG;
  const [host, portVariable] = ADDRESS_VARIABLES;
  return {
    env: [
      { name: host, value: HOST },
      { name: portVariable, value: String(port) },
    ],
    volumeMounts: [
      // Something mounted there keeps the admission plugin from mounting its own.
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

/** Where a client of that kind has something of ours mounted. */
export function mountPathsOf(leading: Leading): readonly string[] {
  return leading === 'kubeconfig' ? [STATE_DIR] : [SERVICE_ACCOUNT_DIR, TOKEN_DIR];
}

/** Tells which variables of a client's container are there for us. */
export function leadingVariables(container: unknown): (variable: unknown) => boolean {
  const isInCluster = listAt(container, 'volumeMounts').some(isServiceAccount);
  const [host, port] = ADDRESS_VARIABLES;
  return (variable) => {
    const [name, value] = [textAt(variable, 'name') ?? '', textAt(variable, 'value') ?? ''];
    if (name === 'KUBECONFIG') return value === KUBECONFIG_PATH;
    return isInCluster && ((name === host && value === HOST) || (name === port && /^\d{4,5}$/.test(value)));
  };
}

/** Whether a mount of a client's container is there for us. */
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
