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
import { textAt } from '../text/json-value.ts';
import { attempt, codeOf } from '../text/failure.ts';

export interface KubeconfigOptions {
  readonly stateDir: string;
  /** Host we listen on, wildcard addresses included. */
  readonly host: string;
  /** Port we really listen on. */
  readonly port: number;
  /** File with the client's token, as the client sees it. */
  readonly tokenFile: string;
  /** The preset of its clients, in the path of the server; empty for those that have none. */
  readonly preset?: string | undefined;
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
export function kubeconfigPath(stateDir: string, preset = ''): string {
  return join(resolve(stateDir), preset === '' ? 'kubeconfig' : `kubeconfig-${preset}`);
}

function pathOf({ preset = '' }: KubeconfigOptions): string {
  return preset === '' ? '' : `/for/${preset}`;
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
          server: serverUrl(options.host, options.port) + pathOf(options),
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
  const path = kubeconfigPath(options.stateDir, options.preset);
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
 * The port clients of the last run know for `host`; undefined where there is none or the file is not
 * ours. Whether that port is still free is for the caller to find out.
 *
 * @throws StateDirError when a kubeconfig exists and cannot be read.
 */
export async function readPort(stateDir: string, host: string): Promise<number | undefined> {
  const text = await readOwnFile(kubeconfigPath(stateDir));
  const url = URL.parse(textAt(parseOptional(text ?? ''), 'clusters', 0, 'cluster', 'server') ?? '');
  if (url === null) return undefined;
  const port = Number(url.port);
  // Compared as URLs: one IPv6 address has many spellings.
  return port > 0 && URL.parse(serverUrl(host, port))?.origin === url.origin ? port : undefined;
}

/** Undefined where something else has written half of it: a new port or token is all that costs. */
function parseOptional(text: string): unknown {
  return attempt((): unknown => parse(text, { logLevel: 'error' }));
}
