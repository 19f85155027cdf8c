/**
 * The directory for clients that read the in-cluster configuration, in place of their service account's directory: CAs,
 * namespace, and a link to their real token, which the kubelet mounts elsewhere and renews. This program never reads
 * the token (I7).
 */
import { join, resolve } from 'node:path';
import { assertOwnDirectory, readOwnFile } from './own-file.ts';
import { ensureDirectory, linkAtomically, writeFileAtomically } from './write-file.ts';

export interface ServiceAccountOptions {
  readonly stateDir: string;
  /** The certificate authority of the proxy. */
  readonly caPem: string;
  /**
   * The CAs of the API server, if it has its own: a client may use the same bundle for other addresses. `unknown` keeps
   * the CAs that were written before.
   */
  readonly clusterCa: { readonly pem: string | undefined } | 'unknown';
  readonly namespace: string;
  /** An absolute path, as the client sees it. */
  readonly tokenFile: string;
}

/** The absolute path of the directory. Only this directory is mounted for such clients, and it holds no key. */
export function serviceAccountPath(stateDir: string): string {
  return join(resolve(stateDir), 'serviceaccount');
}

/** Writes the files that are missing or differ. @throws StateDirError */
export async function writeServiceAccount(options: ServiceAccountOptions): Promise<void> {
  const { caPem, clusterCa, namespace, tokenFile } = options;
  const folder = serviceAccountPath(options.stateDir);
  await ensureDirectory(folder);
  await assertOwnDirectory(folder);
  const bundle = join(folder, 'ca.crt');
  const own = `${caPem.trim()}\n`;
  const isKept = clusterCa === 'unknown' && (await readOwnFile(bundle))?.startsWith(own) === true;
  const theirs = clusterCa === 'unknown' ? '' : (clusterCa.pem ?? '').trim();
  if (!isKept) await writeIfOther(bundle, theirs === '' ? own : `${own}${theirs}\n`);
  await writeIfOther(join(folder, 'namespace'), namespace);
  await linkAtomically(join(folder, 'token'), tokenFile);
}

async function writeIfOther(path: string, text: string): Promise<void> {
  if ((await readOwnFile(path)) !== text) await writeFileAtomically(path, text, 0o644);
}
