/** Implements `--credentials kubeconfig`: whose credentials are used, and which clients may use them. */
import type { Env } from '../config/read-env.ts';
import { settingsProblem } from '../config/settings-problem.ts';
import type { Settings } from '../config/settings.ts';
import { OwnCredentials } from './proxy/own-credentials.ts';
import type { Logger } from '../platform/logger.ts';
import type { Credentials } from '../platform/upstream/credentials.ts';
import { messageOf } from '../platform/text/failure.ts';

export interface UpstreamCredentialsContext {
  readonly env: Env;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

/**
 * Undefined if clients use their own credentials.
 * @throws SettingsProblem if the kubeconfig has no usable credentials
 */
export async function upstreamCredentials(
  settings: Settings,
  context: UpstreamCredentialsContext,
): Promise<Credentials | undefined> {
  return settings.credentials === 'forward' ? undefined : credentialsOfKubeconfig(settings, context);
}

/** Undefined if there is no kubeconfig. @throws SettingsProblem if it has no usable credentials */
export async function credentialsOfKubeconfig(
  { kubeconfigFiles: files, context }: Settings,
  { env, wallNow }: UpstreamCredentialsContext,
): Promise<Credentials | undefined> {
  if (files === undefined) return undefined;
  const { kubeconfigCredentials } = await import('../platform/upstream/kubeconfig-credentials.ts');
  return kubeconfigCredentials({ files, context, env, now: wallNow }).catch(settingsProblem);
}

/** For the proxy. Only the first of equal failures in a row is logged. */
export function lendCredentials(credentials: Credentials, token: string, log: Logger): OwnCredentials {
  let told = '';
  return new OwnCredentials({
    token,
    credentials,
    onFailure: (error) => {
      const cause = messageOf(error);
      if (cause !== told) log.warn({ cause }, 'the credentials of the kubeconfig are not available');
      told = cause;
    },
  });
}
