/** The address of a hub, and the authority and name of its certificate. */
import { address, readCaFile, type UpstreamTarget } from './target.ts';

export interface HubAddress {
  /** https, optionally with a path, and without a query. */
  readonly url: string;
  readonly caFile: string;
  /** The name to verify instead of the URL's. */
  readonly serverName: string | undefined;
}

export function hubTarget({ url, caFile, serverName }: HubAddress): UpstreamTarget {
  const { hostname, port, pathname } = new URL(url);
  const at = address(hostname.replace(/^\[(.*)\]$/, '$1'), port === '' ? 443 : Number(port));
  return {
    ...at,
    basePath: pathname.replace(/\/$/, ''),
    servername: serverName,
    readCa: () => readCaFile(caFile),
    description: `the hub at ${at.origin}`,
  };
}
