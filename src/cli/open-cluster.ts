/**
 * The cluster that a command reads with its user's credentials: from the kubeconfig that kubectl would use or, in a
 * Pod, from the Pod.
 */
import { SettingsProblem, settingsProblem } from '../config/settings-problem.ts';
import { Cluster } from '../install/analyze/cluster.ts';
import { reachApiServer } from '../platform/upstream/reach-api-server.ts';
import { version } from '../platform/version.ts';
import type { Io } from './io.ts';
import { SettingsSource } from './settings-source.ts';

export interface ClusterFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Does not connect yet. @throws SettingsProblem if no cluster is named or its credentials cannot be used */
export async function openCluster(command: string, flags: ClusterFlags, { env }: Io): Promise<Cluster> {
  const argv = (['kubeconfig', 'context'] as const).flatMap((name) => {
    const value = flags[name];
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  // The other settings in a sidecar's environment are meant for the sidecar.
  const { HOME, KUBECONFIG, KUBERNETES_SERVICE_HOST } = env;
  const parsed = await new SettingsSource(argv, { HOME, KUBECONFIG, KUBERNETES_SERVICE_HOST }).read();
  if ('problems' in parsed) throw new SettingsProblem(parsed.problems.join('; '));
  const { kubeconfigFiles: files, context } = parsed.ok;
  const reached = await reachApiServer({ files, context, env, now: Date.now }).catch(settingsProblem);
  return new Cluster({ ...reached, userAgent: `watchsieve-${command}/${version}` });
}
