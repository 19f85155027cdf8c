/** Prepares the content of the state directory before anything is served; shared by `serve` and `init` (R24). */
import type { Settings } from '../config/settings.ts';
import { servingHosts } from '../platform/identity/hosts.ts';
import { chooseToken, writeKubeconfig } from '../platform/identity/kubeconfig.ts';
import { writeServiceAccount } from '../platform/identity/service-account.ts';
import { ensureIdentity, type Identity } from '../platform/identity/state-dir.ts';
import { lockStateDir, type StateLock } from '../platform/identity/state-lock.ts';
import { readSwallowed, saveSwallowed } from '../platform/identity/swallow-file.ts';
import { ensurePrivateDirectory } from '../platform/identity/write-file.ts';
import type { Logger } from '../platform/logger.ts';
import type { UpstreamTarget } from '../platform/upstream/target.ts';
import { messageOf } from '../platform/text/failure.ts';
import { SwallowRecord } from './watch/swallow-record.ts';

/** @throws StateDirError if another process uses the directory, or it cannot be made */
export async function lockState({ stateDir, credentials }: Settings, log: Logger): Promise<StateLock> {
  if (credentials === 'kubeconfig') await ensurePrivateDirectory(stateDir);
  const lock = await lockStateDir(stateDir);
  if (lock.unavailable !== undefined)
    log.warn(
      { cause: lock.unavailable },
      'the state directory cannot be locked: make sure that no other process uses it',
    );
  return lock;
}

/** @throws StateDirError */
export async function prepareIdentity(
  { stateDir, listen }: Settings,
  now: Date,
  log: Logger,
): Promise<Identity> {
  const identity = await ensureIdentity({ stateDir, hosts: servingHosts(listen.host), now });
  const { created, reason } = identity;
  if (created !== 'reused') log.info({ created, reason }, 'certificates');
  else if (reason !== undefined) log.warn({ reason }, 'certificates are reused but cannot be renewed');
  return identity;
}

/**
 * The record that earlier processes left, because their clients may return. If it cannot be saved later, the next
 * process finds none, and assumes nothing about any client.
 * @throws StateDirError
 */
export async function swallowRecord(
  { stateDir }: Settings,
  { created }: Pick<Identity, 'created'>,
  log: Logger,
): Promise<SwallowRecord> {
  return new SwallowRecord(await readSwallowed(stateDir, created === 'made'), (lines) => {
    try {
      saveSwallowed(stateDir, lines);
    } catch (error) {
      log.error({ err: error }, 'the projection of swallowed events cannot be saved');
    }
  });
}

/**
 * The token that clients must send if they are lent credentials; undefined if they use their own.
 * @throws StateDirError
 */
export async function clientToken({ stateDir, credentials }: Settings): Promise<string | undefined> {
  return credentials === 'forward' ? undefined : chooseToken(stateDir);
}

/**
 * Writes the kubeconfig with the port that is served, and one for each preset of clients.
 * @returns the path of the first
 * @throws StateDirError
 */
export async function writeClientKubeconfig(
  { stateDir, listen, tokenFile, clientPresets = [] }: Settings,
  { port, token }: { readonly port: number; readonly token: string | undefined },
): Promise<string> {
  const of = { stateDir, host: listen.host, port, tokenFile, token };
  const [path] = await Promise.all([
    writeKubeconfig(of),
    ...clientPresets.map((preset) => writeKubeconfig({ ...of, preset })),
  ]);
  return path;
}

export const NO_CLUSTER_CA = "the API server's CAs for in-cluster clients cannot be read";

/**
 * Writes the files for clients that read the in-cluster configuration, if there are any. With the proxy's own CA they
 * can work even if the CAs of the API server cannot be read.
 * @returns the reason if these cannot be read
 * @throws StateDirError
 */
export async function writeServiceAccountFiles(
  { stateDir, inClusterTokenFile: tokenFile, inClusterNamespace: namespace }: Settings,
  { caPem }: Pick<Identity, 'caPem'>,
  target: Pick<UpstreamTarget, 'readCa'>,
): Promise<string | undefined> {
  if (tokenFile === undefined || namespace === undefined) return undefined;
  let problem: string | undefined;
  const clusterCa = await target.readCa().then(
    (pem) => ({ pem }),
    (error: unknown) => {
      problem = messageOf(error);
      return 'unknown' as const;
    },
  );
  await writeServiceAccount({ stateDir, caPem, clusterCa, namespace, tokenFile });
  return problem;
}
