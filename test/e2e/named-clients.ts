/** Clients that list, and then watch from there as informers do, under names of one's choice. */

import { textAt } from '../support/json-value.ts';
import { ApiClient } from './api-client.ts';
import type { Encoding } from './informer.ts';
import type { Proxy } from './proxy.ts';
import { RawWatch } from './raw-watch.ts';

export interface NamedClient {
  /** Its User-Agent. */
  readonly agent: string;
  readonly encoding: Encoding;
}

/** One watch of all Nodes for each; whoever calls closes them. */
export async function watchAs(proxy: Proxy, clients: readonly NamedClient[]): Promise<RawWatch[]> {
  const endpoint = proxy.endpoint('admin');
  const lister = new ApiClient(endpoint);
  const from = textAt(await lister.getJson('/api/v1/nodes'), 'metadata', 'resourceVersion');
  // The snapshot is of one encoding.
  await lister.get('/api/v1/nodes', { accept: 'application/vnd.kubernetes.protobuf' });
  await lister.close();
  const path = `/api/v1/nodes?watch=true&allowWatchBookmarks=true&resourceVersion=${from}`;
  return Promise.all(
    clients.map(({ agent, encoding }) =>
      RawWatch.open({ endpoint, encoding, path, headers: { 'user-agent': agent } }),
    ),
  );
}
