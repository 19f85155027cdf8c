/** The cluster that a command reads as its user: by kubeconfig as kubectl finds it, or from within a Pod. */
import { SettingsProblem } from '../config/settings-problem.ts';
import { Cluster } from '../install/analyze/cluster.ts';
import type { Credentials } from '../platform/upstream/credentials.ts';
import { inClusterCredentials } from '../platform/upstream/in-cluster-credentials.ts';
import { kubeconfigCredentials } from '../platform/upstream/kubeconfig-credentials.ts';
import { kubeconfigTarget } from '../platform/upstream/kubeconfig-target.ts';
import { inClusterTarget, type UpstreamTarget } from '../platform/upstream/target.ts';
import { version } from '../platform/version.ts';
import type { Io } from './io.ts';
import { SettingsSource } from './settings-source.ts';

export interface ClusterFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Nothing is dialled yet. @throws SettingsProblem where no cluster is named, or its credentials cannot be used */
export async function openCluster(command: string, flags: ClusterFlags, { env }: Io): Promise<Cluster> {
  const argv = (['kubeconfig', 'context'] as const).flatMap((name) => {
    const value = flags[name];
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  // What else is set in a sidecar's Pod is for the sidecar.
  const { HOME, KUBECONFIG, KUBERNETES_SERVICE_HOST } = env;
  const parsed = new SettingsSource(argv, { HOME, KUBECONFIG, KUBERNETES_SERVICE_HOST }).read();
  if ('problems' in parsed) throw new SettingsProblem(parsed.problems.join('; '));
  const { kubeconfigFiles: files, context } = parsed.ok;
  let target: UpstreamTarget;
  let credentials: Credentials;
  try {
    target = files === undefined ? inClusterTarget(env) : await kubeconfigTarget(files, context);
    credentials =
      files === undefined
        ? inClusterCredentials()
        : await kubeconfigCredentials({
            ...{ files, context, env, now: Date.now },
            // A watch that runs keeps its connection, and the next request brings the new token.
          });
  } catch (cause) {
    throw new SettingsProblem(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  return new Cluster({ target, credentials, userAgent: `watchsieve-${command}/${version}` });
}
