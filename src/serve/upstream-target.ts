/** The API server that the settings name. */
import type { Env } from '../config/read-env.ts';
import { settingsProblem } from '../config/settings-problem.ts';
import type { Settings } from '../config/settings.ts';
import { kubeconfigTarget } from '../platform/upstream/kubeconfig-target.ts';
import { inClusterTarget, type UpstreamTarget } from '../platform/upstream/target.ts';

/** @throws SettingsProblem for a kubeconfig or an environment that names no usable API server */
export async function upstreamTarget(
  { kubeconfigFiles, context }: Settings,
  env: Env,
): Promise<UpstreamTarget> {
  try {
    return kubeconfigFiles === undefined
      ? inClusterTarget(env)
      : await kubeconfigTarget(kubeconfigFiles, context);
  } catch (cause) {
    return settingsProblem(cause);
  }
}
