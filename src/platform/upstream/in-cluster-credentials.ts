/** The credentials of this process's Pod: the token that the kubelet mounts and renews. */
import { readFile } from 'node:fs/promises';
import { CredentialsError, type Credentials } from './credentials.ts';
import { messageOf } from '../text/failure.ts';

/** The token that the kubelet mounts into every Pod that asks for one. */
export const MOUNTED_TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Reads the file each time, because the kubelet replaces it within the hour. */
export function inClusterCredentials(tokenFile: string = MOUNTED_TOKEN_FILE): Credentials {
  return {
    async authorization() {
      try {
        return `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
      } catch (cause) {
        throw new CredentialsError(`cannot read ${tokenFile}: ${messageOf(cause)}`, { cause });
      }
    },
    certificate: () => Promise.resolve(undefined),
    rejected: () => undefined,
  };
}
