/**
 * The kubeconfig clients of the proxy use (R24). It holds no secret: a client brings the token its
 * own service account mounts, and we only say where that file is. Only where clients are lent other
 * credentials (`--credentials kubeconfig`) does it hold a token, which is for this proxy alone.
 */
import { randomBytes } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { serverUrl } from './hosts.ts';
import { readOwnFile } from './own-file.ts';
import { toStateDirError } from './state-dir-error.ts';
import { writeFileAtomically } from './write-file.ts';

/** What a kubeconfig is made from. */
export interface KubeconfigOptions {
  readonly stateDir: string;
  /** Host we listen on, wildcard addresses included. */
  readonly host: string;
  /** Port we really listen on. */
  readonly port: number;
  /** File with the client's token, as the client sees it. */
  readonly tokenFile: string;
  /** A token of the proxy's own, put into the file in place of the token file: a secret. */
  readonly token?: string | undefined;
}

const NAME = 'watchsieve';
const TOKEN_BYTES = 32;
/** As we make them. */
const TOKEN = /^[\w-]{43}$/;

function userOf({ token, tokenFile }: KubeconfigOptions): Readonly<Record<string, string>> {
  return token === undefined ? { tokenFile: resolve(tokenFile) } : { token };
}

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
    users: [{ name: NAME, user: userOf(options) }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    'current-context': NAME,
  });
}

/**
 * Writes the kubeconfig, readable by everyone unless it holds a token, and returns its path.
 *
 * @throws StateDirError when it cannot be written.
 */
export async function writeKubeconfig(options: KubeconfigOptions): Promise<string> {
  const path = kubeconfigPath(options.stateDir);
  await writeFileAtomically(path, renderKubeconfig(options), options.token === undefined ? 0o644 : 0o600);
  return path;
}

/**
 * The token that clients of the last run know, since they read it once; a new one (32 bytes) where there is none, or one
 * that others may have read or made up.
 *
 * @throws StateDirError when a kubeconfig exists and cannot be read, or is another user's.
 */
export async function chooseToken(stateDir: string): Promise<string> {
  const path = kubeconfigPath(stateDir);
  const text = (await isPrivate(path)) ? await readOwnFile(path) : undefined;
  const users = field(parseOptional(text ?? ''), 'users');
  const token = field(field(Array.isArray(users) ? users[0] : undefined, 'user'), 'token');
  return typeof token === 'string' && TOKEN.test(token)
    ? token
    : randomBytes(TOKEN_BYTES).toString('base64url');
}

async function isPrivate(path: string): Promise<boolean> {
  try {
    return ((await lstat(path)).mode & 0o077) === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw toStateDirError('read', path, error);
  }
}

/**
 * The port clients of the last run know for `host`; undefined where there is none or the file is not
 * ours. Whether that port is still free is for the caller to find out.
 *
 * @throws StateDirError when a kubeconfig exists and cannot be read.
 */
export async function readPort(stateDir: string, host: string): Promise<number | undefined> {
  const text = await readOwnFile(kubeconfigPath(stateDir));
  const server = text === undefined ? undefined : serverOf(text);
  const url = server === undefined ? null : URL.parse(server);
  if (url === null) return undefined;
  const port = Number(url.port);
  // Compared as URLs: one IPv6 address has many spellings.
  return port > 0 && URL.parse(serverUrl(host, port))?.origin === url.origin ? port : undefined;
}

/** `clusters[0].cluster.server`, or undefined for anything that is not shaped like that. */
function serverOf(text: string): string | undefined {
  const clusters = field(parseOptional(text), 'clusters');
  const server = field(field(Array.isArray(clusters) ? clusters[0] : undefined, 'cluster'), 'server');
  return typeof server === 'string' ? server : undefined;
}

function parseOptional(text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch {
    return undefined; // half written by something else: a new port or token is all it costs
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
