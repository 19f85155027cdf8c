/** The work of `init`: prepares the state directory as `serve` would, without serving. */
import type { Env } from '../config/read-env.ts';
import { SettingsProblem } from '../config/settings-problem.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../platform/logger.ts';
import {
  clientToken,
  lockState,
  NO_CLUSTER_CA,
  prepareIdentity,
  swallowRecord,
  writeClientKubeconfig,
  writeServiceAccountFiles,
} from './prepare-state.ts';
import { upstreamTarget } from './upstream-target.ts';

/**
 * Writes CA, keys and kubeconfig for a client that starts before `serve` listens.
 * @returns the path of the kubeconfig
 * @throws SettingsProblem for settings with which `serve` would not start, or without a fixed port; StateDirError
 */
export async function initState(
  settings: Settings,
  { log, env }: { readonly log: Logger; readonly env: Env },
): Promise<string> {
  const { port } = settings.listen;
  if (port === 0)
    throw new SettingsProblem(
      '--listen has port 0, and init must know the port that serve will have: name one',
    );
  // A problem is reported here, before anything else in the Pod starts.
  const target = await upstreamTarget(settings, env);
  const lock = await lockState(settings, log);
  try {
    const identity = await prepareIdentity(settings, new Date(), log);
    // Writes an empty record next to a new identity: `serve` would treat a missing one as lost.
    await swallowRecord(settings, identity, log);
    const problem = await writeServiceAccountFiles(settings, identity, target);
    if (problem !== undefined) log.warn({ cause: problem }, NO_CLUSTER_CA);
    return await writeClientKubeconfig(settings, { port, token: await clientToken(settings) });
  } finally {
    await lock.release();
  }
}
