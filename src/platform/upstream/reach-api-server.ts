/**
 * The address of the API server and the credentials for it: from the environment in a Pod, from a kubeconfig elsewhere.
 */
import type { Credentials } from './credentials.ts';
import { inClusterCredentials } from './in-cluster-credentials.ts';
import type { KubeconfigFiles } from './kubeconfig-files.ts';
import { inClusterTarget, type UpstreamTarget } from './target.ts';

export interface ReachOptions {
  readonly files: KubeconfigFiles | undefined;
  readonly context: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface ReachedApiServer {
  readonly target: UpstreamTarget;
  readonly credentials: Credentials;
}

/** Does not connect yet. @throws Error that says what the environment or the kubeconfig lacks */
export async function reachApiServer({ files, context, env, now }: ReachOptions): Promise<ReachedApiServer> {
  if (files === undefined) return { target: inClusterTarget(env), credentials: inClusterCredentials() };
  const [{ kubeconfigTarget }, { kubeconfigCredentials }] = await Promise.all([
    import('./kubeconfig-target.ts'),
    import('./kubeconfig-credentials.ts'),
  ]);
  return {
    target: await kubeconfigTarget(files, context),
    credentials: await kubeconfigCredentials({ files, context, env, now }),
  };
}
