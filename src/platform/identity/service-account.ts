/**
 * What clients that read the in-cluster configuration find where their service account's files would be: CAs, namespace,
 * and a link to their real token, which the kubelet mounts and renews elsewhere. No token is ever read here (I7).
 */
import { join, resolve } from 'node:path';
import { assertOwnDirectory, readOwnFile } from './own-file.ts';
import { ensureDirectory, linkAtomically, writeFileAtomically } from './write-file.ts';

export interface ServiceAccountOptions {
  readonly stateDir: string;
  /** The authority that clients of the proxy verify it by. */
  readonly caPem: string;
  /**
   * Those of the API server, where it has any of its own: a client may use the same bundle for other addresses. `unknown`
   * leaves what was known before.
   */
  readonly clusterCa: { readonly pem: string | undefined } | 'unknown';
  readonly namespace: string;
  /** An absolute path, as the client sees it. */
  readonly tokenFile: string;
}

/** Where the folder lies, an absolute path: it alone is mounted for such clients, and holds no key. */
export function serviceAccountPath(stateDir: string): string {
  return join(resolve(stateDir), 'serviceaccount');
}

/** Writes what is not there yet, or is otherwise. @throws StateDirError */
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
