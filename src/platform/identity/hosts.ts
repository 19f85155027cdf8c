/**
 * The names at which clients may connect to a listen address. Used for both the kubeconfig and the serving certificate,
 * so that they cannot disagree.
 */
import { isIPv6 } from 'node:net';

const LOOPBACK_HOSTS = ['127.0.0.1', '::1', 'localhost'] as const;

/**
 * The host at which a client on this machine connects. A wildcard address is replaced, because no client can connect to
 * it.
 */
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

/** All hosts in the serving certificate: the one in the kubeconfig and all names of the loopback. */
export function servingHosts(listenHost: string): string[] {
  return [...new Set([dialHost(listenHost), ...LOOPBACK_HOSTS])];
}
