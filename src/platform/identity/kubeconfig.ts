/**
 * The kubeconfig that clients of the proxy use (R24). It holds no secret: it only names the file with the token that
 * the client's service account mounts. Only if clients are lent other credentials (`--credentials kubeconfig`) does it
 * hold a token, which is valid only at this proxy.
 */
import { randomBytes } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { serverUrl } from './hosts.ts';
import { readOwnFile } from './own-file.ts';
import { toStateDirError } from './state-dir-error.ts';
import { writeFileAtomically } from './write-file.ts';
import { textAt } from '../text/json-value.ts';
import { attempt, codeOf } from '../text/failure.ts';

export interface KubeconfigOptions {
  readonly stateDir: string;
  /** The listen address, which may be a wildcard. */
  readonly host: string;
  readonly port: number;
  /** File with the client's token, as the client sees it. */
  readonly tokenFile: string;
  /** The preset of the clients, which is in the path of the server; empty if they have none. */
  readonly preset?: string | undefined;
  /** A token of the proxy itself, which is a secret. It is in the file instead of the token file. */
  readonly token?: string | undefined;
}

const NAME = 'watchsieve';
const TOKEN_BYTES = 32;
/** The form of the tokens made here. */
const TOKEN = /^[\w-]{43}$/;

export function kubeconfigPath(stateDir: string, preset = ''): string {
  return join(resolve(stateDir), preset === '' ? 'kubeconfig' : `kubeconfig-${preset}`);
}

/** The kubeconfig as YAML. All its paths are absolute, because clients resolve relative paths differently. */
export function renderKubeconfig(options: KubeconfigOptions): string {
  const { stateDir, host, port, token, tokenFile, preset = '' } = options;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: NAME,
        cluster: {
          server: serverUrl(host, port) + (preset === '' ? '' : `/for/${preset}`),
          'certificate-authority': join(resolve(stateDir), 'ca.crt'),
        },
      },
    ],
    users: [{ name: NAME, user: token === undefined ? { tokenFile: resolve(tokenFile) } : { token } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    'current-context': NAME,
  });
}

/**
 * Writes the kubeconfig and returns its path. Everyone may read it, unless it holds a token.
 * @throws StateDirError if it cannot be written
 */
export async function writeKubeconfig(options: KubeconfigOptions): Promise<string> {
  const path = kubeconfigPath(options.stateDir, options.preset);
  await writeFileAtomically(path, renderKubeconfig(options), options.token === undefined ? 0o644 : 0o600);
  return path;
}

/**
 * The token of the last run, because its clients read it only once. A new one (32 bytes) is made if there is none, or
 * if other users could have read or chosen it.
 * @throws StateDirError if a kubeconfig exists but cannot be read, or belongs to another user
 */
export async function chooseToken(stateDir: string): Promise<string> {
  const path = kubeconfigPath(stateDir);
  const text = (await isPrivate(path)) ? await readOwnFile(path) : undefined;
  const token = textAt(parseOptional(text ?? ''), 'users', 0, 'user', 'token') ?? '';
  return TOKEN.test(token) ? token : randomBytes(TOKEN_BYTES).toString('base64url');
}

async function isPrivate(path: string): Promise<boolean> {
  try {
    return ((await lstat(path)).mode & 0o077) === 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw toStateDirError('read', path, error);
  }
}

/**
 * The port of the last run for `host`, which its clients know; undefined if there is none or this program did not write
 * the file. The port may be in use by now.
 * @throws StateDirError if a kubeconfig exists but cannot be read
 */
export async function readPort(stateDir: string, host: string): Promise<number | undefined> {
  const text = await readOwnFile(kubeconfigPath(stateDir));
  const url = URL.parse(textAt(parseOptional(text ?? ''), 'clusters', 0, 'cluster', 'server') ?? '');
  if (url === null) return undefined;
  const port = Number(url.port);
  // URLs are compared, because an IPv6 address has many spellings.
  return port > 0 && URL.parse(serverUrl(host, port))?.origin === url.origin ? port : undefined;
}

/** Undefined for a damaged file, which only costs a new port or token. */
function parseOptional(text: string): unknown {
  return attempt((): unknown => parse(text, { logLevel: 'error' }));
}
