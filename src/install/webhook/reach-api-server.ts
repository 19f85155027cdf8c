/** Where the API server is and who we are to it: as every Pod is told, or by a kubeconfig at a desk. */
import type { Credentials } from '../../platform/upstream/credentials.ts';
import { inClusterCredentials } from '../../platform/upstream/in-cluster-credentials.ts';
import { inClusterTarget, type UpstreamTarget } from '../../platform/upstream/target.ts';

export interface ReachOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface ReachedApiServer {
  readonly target: UpstreamTarget;
  readonly credentials: Credentials;
}

/** @throws Error saying what the environment or the kubeconfig lacks */
export async function reachApiServer({
  kubeconfig,
  context,
  env,
  now,
}: ReachOptions): Promise<ReachedApiServer> {
  if (kubeconfig === undefined) return { target: inClusterTarget(env), credentials: inClusterCredentials() };
  const [{ kubeconfigTarget }, { kubeconfigCredentials }] = await Promise.all([
    import('../../platform/upstream/kubeconfig-target.ts'),
    import('../../platform/upstream/kubeconfig-credentials.ts'),
  ]);
  return {
    target: await kubeconfigTarget(kubeconfig, context),
    credentials: await kubeconfigCredentials({ files: kubeconfig, context, env, now }),
  };
}
