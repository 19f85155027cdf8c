/** Where a hub is, and how to know it: an address, and the authority and name of its certificate. */
import { address, readCaFile, type UpstreamTarget } from './target.ts';

export interface HubAddress {
  /** https, with nothing behind its path. */
  readonly url: string;
  readonly caFile: string;
  /** Name to verify in place of the URL's. */
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
