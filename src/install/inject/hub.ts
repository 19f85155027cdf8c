/**
 * The settings of a sidecar for the hubs that it asks first: variables, and the authority of their certificate. Pure.
 */
import type { Json } from '../../platform/text/json-value.ts';
import { SERVICE_ACCOUNT_DIR } from './names.ts';

/** The names in the hub's manifests. */
export const DEFAULT_HUB_NAME = 'watchsieve-hub.watchsieve-hub.svc';
export const DEFAULT_HUB_CA = 'watchsieve-hub-ca';

export interface HubWish {
  /** https, each with its path. */
  readonly urls: readonly string[];
  /** The name in the hubs' certificate. */
  readonly serverName: string;
  /**
   * A ConfigMap with the key ca.crt in the Pod's namespace. Without it no hub is trusted, and the API server is asked
   * as before.
   */
  readonly caConfigMap: string;
}

const CA_FILE = 'hub-ca.crt';

/** @param preset - undefined if it is the default of both the sidecar and the hub */
export function hubVariables(hub: HubWish | undefined, preset: string | undefined): readonly Json[] {
  if (hub === undefined) return [];
  const named = (url: string) => (preset === undefined ? url : hubUrl(url, preset));
  return [
    { name: 'WATCHSIEVE_HUB', value: hub.urls.map(named).join(',') },
    { name: 'WATCHSIEVE_HUB_CA', value: `${SERVICE_ACCOUNT_DIR}/${CA_FILE}` },
    { name: 'WATCHSIEVE_HUB_SERVER_NAME', value: hub.serverName },
  ];
}

/** A hub answers only under its own preset, unless the path names another one. */
export function hubUrl(url: string, preset: string): string {
  return new URL(url).pathname === '/' ? new URL(`/for/${preset}`, url).href : url;
}

/** Sources for the volume with the cluster's CA. */
export function hubSources(hub: HubWish | undefined): readonly Json[] {
  if (hub === undefined) return [];
  const { caConfigMap: name } = hub;
  return [{ configMap: { name, items: [{ key: 'ca.crt', path: CA_FILE }], optional: true } }];
}
