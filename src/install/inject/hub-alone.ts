/**
 * Everything that a Pod needs whose client talks to a hub without a sidecar: a kubeconfig and the CA of the hub, and no
 * container. The kubeconfig, which holds no secret, is an annotation of the Pod itself, and the kubelet writes it into
 * a file. A ConfigMap would have to be in each namespace before its Pods, and whoever may write it would say where the
 * client's token goes. Whoever may change a Pod's image can read that token anyway. Pure.
 */
import { hubUrl, type HubWish } from './hub.ts';
import { BY_KUBECONFIG, type Leading } from './leading.ts';
import { KUBECONFIG_FIELD, SERVICE_ACCOUNT_DIR, SIDECAR, STATE_DIR } from './names.ts';
import { type Pieces, SIDECAR_VARIANTS, type SidecarVariant } from './sidecar.ts';

export const HUB_ALONE = 'hub-alone';
/** With which container, or with none. */
export const VARIANTS = [...SIDECAR_VARIANTS, HUB_ALONE] as const;
export type Variant = SidecarVariant | typeof HUB_ALONE;

const CA_FILE = 'ca.crt';

/**
 * Why a client cannot be led to these hubs alone.
 * @param urls - undefined if none is named; empty if they are malformed, which is a problem of its own
 */
export function problemsOfHubAlone(urls: readonly string[] | undefined, leading: Leading): readonly string[] {
  const problems: string[] = [];
  if (urls === undefined) problems.push(`variant ${HUB_ALONE} needs a hub: set --hub`);
  else if (urls.length > 1)
    problems.push(
      `variant ${HUB_ALONE} leads to one address, and --hub has ${urls.length}: name the Service of the hubs`,
    );
  // The in-cluster configuration has no place for the name in the hub's certificate, nor for the preset.
  if (leading !== 'kubeconfig')
    problems.push(`variant ${HUB_ALONE} leads by KUBECONFIG, so client ${leading} needs a sidecar`);
  return problems;
}

/** The pieces, and the kubeconfig for the annotation of the Pod template. */
export function hubAlone(
  hub: HubWish,
  preset: string,
): { readonly pieces: Pieces; readonly kubeconfig: string } {
  const { env, volumeMounts } = BY_KUBECONFIG;
  return {
    pieces: { initContainers: [], containers: [], volumes: [volume(hub)], env, volumeMounts },
    kubeconfig: JSON.stringify(kubeconfigOf(hub, preset)),
  };
}

const NAME = 'watchsieve-hub';

/** The preset is named even if it is the default, because the hub may have another one. */
function kubeconfigOf({ urls: [url = ''], serverName }: HubWish, preset: string) {
  const cluster = {
    server: hubUrl(url, preset),
    'certificate-authority': `${STATE_DIR}/${CA_FILE}`,
    ...(new URL(url).hostname === serverName ? {} : { 'tls-server-name': serverName }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: NAME, cluster }],
    users: [{ name: NAME, user: { tokenFile: `${SERVICE_ACCOUNT_DIR}/token` } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    'current-context': NAME,
  };
}

/**
 * The CA is not optional, unlike a sidecar's: without it the client could reach nothing, and a Pod that waits says why
 * in its events.
 */
function volume({ caConfigMap }: HubWish) {
  const kubeconfig = { items: [{ path: 'kubeconfig', fieldRef: { fieldPath: KUBECONFIG_FIELD } }] };
  const ca = { name: caConfigMap, items: [{ key: 'ca.crt', path: CA_FILE }] };
  return { name: SIDECAR, projected: { sources: [{ downwardAPI: kubeconfig }, { configMap: ca }] } };
}
