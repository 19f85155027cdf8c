/**
 * Where the API server is and which authority its certificate must come from (R25). In a Pod that is
 * what the kubelet injects; kubeconfig-target.ts reads it from a kubeconfig. Owns no connection.
 */
import { readFile } from 'node:fs/promises';
import { isIP, isIPv6 } from 'node:net';
import { messageOf } from '../text/failure.ts';

/** The CA bundle the kubelet mounts into every Pod. */
export const MOUNTED_CA_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';

/** One API server: its address and how to verify it. */
export interface UpstreamTarget {
  /** `https://host:port`, an IPv6 host in brackets, the port always written. */
  readonly origin: string;
  /** Name or address to dial; IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Prefix of every request target: empty, or like `/k8s/clusters/x` without a trailing slash. */
  readonly basePath: string;
  /** Name to verify instead of {@link hostname} (`tls-server-name` of a kubeconfig). */
  readonly servername: string | undefined;
  /**
   * The CA bundle as PEM, read anew at each call so that a rotated file is used by the next
   * connection; undefined stands for the system's well-known authorities.
   *
   * Rejects with an Error naming the file when it cannot be read or is empty.
   */
  readCa(): Promise<string | undefined>;
  /** For logs and error texts; holds no secret. */
  readonly description: string;
}

/** What {@link inClusterTarget} needs to know of the environment. */
export interface ServiceEnvironment {
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
}

/**
 * The API server of the cluster this Pod runs in.
 *
 * @throws Error naming the variable that is missing or malformed.
 */
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

/** Address fields of a target for one host and port. */
export function address(
  hostname: string,
  port: number,
): Pick<UpstreamTarget, 'origin' | 'hostname' | 'port'> {
  return { origin: originOf(hostname, port), hostname, port };
}

/**
 * Reads one CA bundle.
 *
 * @throws Error naming the file when it cannot be read or holds no certificate.
 */
export async function readCaFile(file: string): Promise<string> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read the CA file ${file}: ${messageOf(cause)}`, { cause });
  }
  // An empty list of authorities would make Node fall back to no verification error of its own.
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Error(`the CA file ${file} holds no PEM certificate`);
  }
  return pem;
}

function originOf(hostname: string, port: number): string {
  return `https://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
}
