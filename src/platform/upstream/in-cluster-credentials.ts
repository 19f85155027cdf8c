/** The credentials of this process's Pod: the token that the kubelet mounts and renews. */
import { type Credentials, readSecret } from './credentials.ts';

/** The token that the kubelet mounts into every Pod that asks for one. */
export const MOUNTED_TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the file each time, because the kubelet replaces it within the hour. */
export function inClusterCredentials(tokenFile: string = MOUNTED_TOKEN_FILE): Credentials {
  return {
    authorization: async () => `Bearer ${(await readSecret(tokenFile)).trim()}`,
    certificate: () => Promise.resolve(undefined),
    rejected: () => undefined,
  };
}
