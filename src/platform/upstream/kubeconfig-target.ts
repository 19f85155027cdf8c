/**
 * Reads the address and the CA of the API server from a kubeconfig (R25). Credentials in the file are used only if the
 * settings ask for it (kubeconfig-credentials.ts), because clients have their own (I7). Of @kubernetes/client-node,
 * only the module that knows the file's fields is loaded, and only here: its KubeConfig class loads the whole generated
 * API (88 MB and 270 ms, instead of 3 MB and 3 ms) and reads token files that are not needed.
 */
import type { Cluster } from '@kubernetes/client-node';
import { given, isGiven } from './given-field.ts';
import { kubeconfigCa } from './kubeconfig-ca.ts';
import { type KubeconfigFiles, readMerged } from './kubeconfig-files.ts';
import { address, type UpstreamTarget } from './target.ts';
import { messageOf, unreadable } from '../text/failure.ts';
import { isRecord } from '../text/record.ts';

/**
 * The API server that a context of a kubeconfig names.
 * @param context - the name of the context; by default the file's `current-context`
 * @throws Error that names the file and the problem: missing, malformed, no such context, a server without TLS,
 * verification switched off, or a proxy
 */
export async function kubeconfigTarget(files: KubeconfigFiles, context?: string): Promise<UpstreamTarget> {
  try {
    const { contextName, cluster } = await readKubeconfig(files, context);
    // A change of the context takes effect at the next start.
    const reread = async () => (await readKubeconfig(files, contextName)).cluster;
    return toTarget(
      cluster,
      kubeconfigCa(files, cluster, reread),
      `context ${contextName} of ${nameOf(files)}`,
    );
  } catch (cause) {
    throw unusable(files, cause);
  }
}

/** Names the files and the problem and, since a missing file is mostly kubectl's usual one, what to name instead. */
export function unusable(files: KubeconfigFiles, cause: unknown): Error {
  const unread = unreadable(cause);
  const why = unread === undefined ? `: ${messageOf(cause)}` : ` ${unread}`;
  const cure =
    unread === 'does not exist' ? ': outside a Pod, name that of the API server with --kubeconfig' : '';
  return new Error(`kubeconfig ${nameOf(files)}${why}${cure}`, { cause });
}

function nameOf(files: KubeconfigFiles): string {
  return typeof files === 'string' ? files : files.join(':');
}

/** The parts of a kubeconfig that belong to one of its contexts. */
export interface ReadKubeconfig {
  readonly contextName: string;
  readonly cluster: Cluster;
  /** The fields of the context's user, with absolute paths; empty if it names none. Holds secrets. */
  readonly user: Readonly<Record<string, unknown>>;
}

/** @throws Error with the problem, but without the file's name */
export async function readKubeconfig(
  files: KubeconfigFiles,
  context: string | undefined,
): Promise<ReadKubeconfig> {
  const document = await readMerged(files);
  const { newClusters, newContexts } = await import('@kubernetes/client-node/dist/config_types.js');
  const current = document['current-context'];
  const contextName = context ?? (typeof current === 'string' ? current : '');
  if (contextName === '') throw new Error('names no current-context: choose one with --context');
  const contexts = newContexts(document['contexts']);
  const found = contexts.find((entry) => entry.name === contextName);
  if (found === undefined) {
    const known = contexts.map((entry) => entry.name).join(', ');
    throw new Error(`has no context ${contextName} (it has: ${known === '' ? 'none' : known})`);
  }
  const cluster = newClusters(document['clusters']).find((entry) => entry.name === found.cluster);
  if (cluster === undefined) {
    throw new Error(`context ${contextName} names cluster ${found.cluster}, which is missing`);
  }
  return { contextName, cluster, user: userOf(document['users'], found.user) };
}

function userOf(users: unknown, name: string): Readonly<Record<string, unknown>> {
  if (!Array.isArray(users)) return {};
  const entries: readonly unknown[] = users;
  const entry = entries.filter(isRecord).find((candidate) => candidate['name'] === name);
  return isRecord(entry?.['user']) ? entry['user'] : {};
}

function toTarget(cluster: Cluster, readCa: UpstreamTarget['readCa'], described: string): UpstreamTarget {
  if (cluster.skipTLSVerify) {
    throw new Error(`cluster ${cluster.name} sets insecure-skip-tls-verify, which is never allowed`);
  }
  if (isGiven(cluster.proxyUrl)) {
    throw new Error(`cluster ${cluster.name} sets proxy-url, which is not supported`);
  }
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (server?.protocol !== 'https:') {
    throw new Error(`cluster ${cluster.name}: server must be an https:// URL, not ${cluster.server}`);
  }
  if (server.username !== '' || server.password !== '' || server.search !== '' || server.hash !== '') {
    throw new Error(`cluster ${cluster.name}: server may hold only a host, a port and a path`);
  }
  const hostname = server.hostname.replace(/^\[(.*)\]$/, '$1');
  const where = address(hostname, server.port === '' ? 443 : Number(server.port));
  return {
    ...where,
    basePath: server.pathname.replace(/(?<!\/)\/+$/, ''),
    servername: given(cluster.tlsServerName),
    readCa,
    description: `${where.origin} (${described})`,
  };
}
