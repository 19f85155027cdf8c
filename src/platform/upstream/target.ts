/**
 * The address of the API server and the authority of its certificate (R25). In a Pod they come from the kubelet;
 * kubeconfig-target.ts reads them from a kubeconfig. No connections here.
 */
import { readFile } from 'node:fs/promises';
import { isIP, isIPv6 } from 'node:net';
import { messageOf } from '../text/failure.ts';

/** The CA bundle the kubelet mounts into every Pod. */
export const MOUNTED_CA_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';

/** One API server: its address and how to verify it. */
export interface UpstreamTarget {
  /** `https://host:port`, with an IPv6 host in brackets, always with the port. */
  readonly origin: string;
  /** The name or address to connect to; IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The prefix of all request targets: empty, or a path like `/k8s/clusters/x` without a trailing slash. */
  readonly basePath: string;
  /** The name to verify instead of {@link hostname} (`tls-server-name` of a kubeconfig). */
  readonly servername: string | undefined;
  /**
   * The CA bundle as PEM, read at each call, so that the next connection uses a rotated file; undefined for the
   * system's authorities. Rejects with an Error that names the file if it cannot be read or is empty.
   */
  readCa(): Promise<string | undefined>;
  /** For logs and error messages; holds no secret. */
  readonly description: string;
}

/** The environment variables that {@link inClusterTarget} needs. */
export interface ServiceEnvironment {
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
}

/** The API server of this Pod's cluster. @throws Error that names the missing or malformed variable */
export function inClusterTarget(env: ServiceEnvironment, caFile: string = MOUNTED_CA_FILE): UpstreamTarget {
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const portText = env.KUBERNETES_SERVICE_PORT ?? '';
  if (host === '' || portText === '') {
    throw new Error(
      'not running in a Pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set): name one with --kubeconfig',
    );
  }
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) throw new Error(`KUBERNETES_SERVICE_PORT is not a port: ${portText}`);
  const hostname = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (isIP(hostname) === 0 && !/^[A-Za-z0-9._-]+$/.test(hostname)) {
    throw new Error(`KUBERNETES_SERVICE_HOST is neither an address nor a name: ${host}`);
  }
  return {
    ...address(hostname, port),
    basePath: '',
    servername: undefined,
    readCa: () => readCaFile(caFile),
    description: `the cluster's API server at ${originOf(hostname, port)}`,
  };
}

/** The address fields of a target, for a host and a port. */
export function address(
  hostname: string,
  port: number,
): Pick<UpstreamTarget, 'origin' | 'hostname' | 'port'> {
  return { origin: originOf(hostname, port), hostname, port };
}

/** Reads a CA bundle. @throws Error that names the file if it cannot be read or has no certificate */
export async function readCaFile(file: string): Promise<string> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read the CA file ${file}: ${messageOf(cause)}`, { cause });
  }
  // Node does not refuse a list without authorities by itself.
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Error(`the CA file ${file} holds no PEM certificate`);
  }
  return pem;
}

function originOf(hostname: string, port: number): string {
  return `https://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
}
