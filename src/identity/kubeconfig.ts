/**
 * The kubeconfig clients of the proxy use (R24). It holds no secret: a client brings the token its
 * own service account mounts, and we only say where that file is.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { serverUrl } from './hosts.ts';
import { toStateDirError, writeFileAtomically } from './write-file.ts';

/** What a kubeconfig is made from. */
export interface KubeconfigOptions {
  readonly stateDir: string;
  /** Host we listen on, wildcard addresses included. */
  readonly host: string;
  /** Port we really listen on. */
  readonly port: number;
  /** File with the client's token, as the client sees it. */
  readonly tokenFile: string;
}

const NAME = 'watchsieve';

/** Where the kubeconfig of a state directory lies: an absolute path. */
export function kubeconfigPath(stateDir: string): string {
  return join(resolve(stateDir), 'kubeconfig');
}

/** The kubeconfig as YAML. All paths in it are absolute: clients resolve relative ones differently. */
export function renderKubeconfig(options: KubeconfigOptions): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: NAME,
        cluster: {
          server: serverUrl(options.host, options.port),
          'certificate-authority': join(resolve(options.stateDir), 'ca.crt'),
        },
      },
    ],
    users: [{ name: NAME, user: { tokenFile: resolve(options.tokenFile) } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    'current-context': NAME,
  });
}

/**
 * Writes the kubeconfig, readable by everyone, and returns its path.
 *
 * @throws StateDirError when it cannot be written.
 */
export async function writeKubeconfig(options: KubeconfigOptions): Promise<string> {
  const path = kubeconfigPath(options.stateDir);
  await writeFileAtomically(path, renderKubeconfig(options), 0o644);
  return path;
}

/**
 * The port clients of the last run know for `host`; undefined where there is none or the file is not
 * ours. Whether that port is still free is for the caller to find out.
 *
 * @throws StateDirError when a kubeconfig exists and cannot be read.
 */
export async function readPort(stateDir: string, host: string): Promise<number | undefined> {
  const path = kubeconfigPath(stateDir);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw toStateDirError('read', path, error);
  }
  const server = serverOf(text);
  const url = server === undefined ? null : URL.parse(server);
  if (url === null) return undefined;
  const port = Number(url.port);
  // Compared as URLs: one IPv6 address has many spellings.
  return port > 0 && URL.parse(serverUrl(host, port))?.origin === url.origin ? port : undefined;
}

/** `clusters[0].cluster.server`, or undefined for anything that is not shaped like that. */
function serverOf(text: string): string | undefined {
  let config: unknown;
  try {
    config = parse(text, { logLevel: 'error' });
  } catch {
    return undefined; // half written by something else: a new port is all it costs
  }
  const clusters = field(config, 'clusters');
  const server = field(field(Array.isArray(clusters) ? clusters[0] : undefined, 'cluster'), 'server');
  return typeof server === 'string' ? server : undefined;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
