/** `--credentials kubeconfig`, put together: whose credentials, and for which clients. */
import { type Env } from '../config/read-env.ts';
import { SettingsProblem } from '../config/settings-problem.ts';
import { type Settings } from '../config/settings.ts';
import { OwnCredentials } from './proxy/own-credentials.ts';
import { type Logger } from '../platform/logger.ts';
import { type Credentials } from '../platform/upstream/credentials.ts';

export interface UpstreamCredentialsContext {
  readonly env: Env;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

/** Undefined where clients bring their own. @throws SettingsProblem where the kubeconfig has none that can be used */
export async function upstreamCredentials(
  { credentials, kubeconfigFiles: files, context }: Settings,
  { env, wallNow }: UpstreamCredentialsContext,
): Promise<Credentials | undefined> {
  if (credentials === 'forward' || files === undefined) return undefined;
  const { kubeconfigCredentials } = await import('../platform/upstream/kubeconfig-credentials.ts');
  try {
    return await kubeconfigCredentials({ files, context, env, now: wallNow });
  } catch (cause) {
    throw new SettingsProblem(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** For the proxy; failures are logged when they begin to be so. */
export function lendCredentials(credentials: Credentials, token: string, log: Logger): OwnCredentials {
  let told = '';
  return new OwnCredentials({
    token,
    credentials,
    onFailure: (error) => {
      const cause = error instanceof Error ? error.message : String(error);
      if (cause !== told) log.warn({ cause }, 'no credentials of the kubeconfig can be had');
      told = cause;
    },
  });
}
