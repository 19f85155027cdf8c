/**
 * Which names a client may dial for an address we listen on. Owns that mapping alone, so that the
 * kubeconfig and the serving certificate cannot disagree.
 */
import { isIPv6 } from 'node:net';

const LOOPBACK_HOSTS = ['127.0.0.1', '::1', 'localhost'] as const;

/** The host a client on this machine dials; a wildcard address is nothing one can dial. */
export function dialHost(listenHost: string): string {
  if (listenHost === '0.0.0.0') return '127.0.0.1';
  if (listenHost === '::') return '::1';
  return listenHost;
}

/** `https://host:port` of the proxy for a client on this machine; IPv6 hosts are bracketed. */
export function serverUrl(listenHost: string, port: number, scheme = 'https'): string {
  const host = dialHost(listenHost);
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Every host the serving certificate names: the one dialled and all names of the loopback. */
export function servingHosts(listenHost: string): string[] {
  return [...new Set([dialHost(listenHost), ...LOOPBACK_HOSTS])];
}
