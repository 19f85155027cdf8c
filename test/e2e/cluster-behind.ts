/** The cluster as a proxy sees it whose way to it leads through something that breaks. */

import type { Endpoint } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import type { ProxiedCluster } from './proxy.ts';

/** @param name - tells its files from those of others. */
export function clusterBehind(
  cluster: Cluster,
  { at }: { readonly at: Pick<Endpoint, 'server' | 'ca'> },
  name: string,
): ProxiedCluster {
  return {
    folder: cluster.folder,
    endpoint: (user) => ({ ...cluster.endpoint(user), ...at }),
    tokenFile: (user) => cluster.tokenFile(user),
    writeKubeconfig: (file, user) => cluster.writeKubeconfig(`${name}-${file}`, user, at),
  };
}
