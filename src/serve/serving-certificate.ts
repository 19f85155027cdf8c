/**
 * The source of the serving certificate: the state directory, two files that another program writes, or an authority
 * that the replicas of a hub share.
 */
import type { Env } from '../config/read-env.ts';
import type { Settings } from '../config/settings.ts';
import { settingsProblem } from '../config/settings-problem.ts';
import type { ObjectName } from '../platform/authority/shared-authority.ts';
import { servingHosts } from '../platform/identity/hosts.ts';
import { readServingFiles, type ServingFiles } from '../platform/identity/serving-files.ts';
import { ensureIdentity, type Identity, isRenewalDue } from '../platform/identity/state-dir.ts';
import type { Logger } from '../platform/logger.ts';
import { messageOf } from '../platform/text/failure.ts';
import { ApiClient } from '../platform/upstream/api-client.ts';
import { ApiProblem } from '../platform/upstream/api-problem.ts';
import { inClusterCredentials } from '../platform/upstream/in-cluster-credentials.ts';
import type { UpstreamTarget } from '../platform/upstream/target.ts';
import { version } from '../platform/version.ts';
import type { CertificateSource } from './certificate-source.ts';
import { credentialsOfKubeconfig } from './lent-credentials.ts';
import { SharedCertificate } from './shared-certificate.ts';

export interface SourceContext {
  readonly identity: Identity;
  readonly target: UpstreamTarget;
  readonly env: Env;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

/**
 * @throws SettingsProblem if the named files cannot be served, or the API server refuses the shared authority; Error if
 * the API server cannot be asked for it now
 */
export async function certificateSource(
  settings: Settings,
  context: SourceContext,
): Promise<CertificateSource> {
  const { stateDir, listen, tlsCertFile: certFile, tlsPrivateKeyFile: keyFile } = settings;
  if (settings.tlsAuthority !== undefined) return sharedCertificate(settings, settings.tlsAuthority, context);
  return certFile === undefined || keyFile === undefined
    ? ownIdentity(stateDir, servingHosts(listen.host), context.identity)
    : givenFiles({ certFile, keyFile });
}

/** Its requests carry the hub's own credentials, and use connections of their own. */
async function sharedCertificate(
  settings: Settings,
  secret: ObjectName,
  context: SourceContext,
): Promise<CertificateSource> {
  const { target, log, wallNow } = context;
  const { tlsAuthorityNames: names = [], tlsAuthorityConfigmaps: configMaps = [] } = settings;
  const credentials = (await credentialsOfKubeconfig(settings, context)) ?? inClusterCredentials();
  const api = new ApiClient({ target, credentials, userAgent: `watchsieve-hub/${version}` });
  return SharedCertificate.begin({ api, secret, configMaps, names, log }, new Date(wallNow())).catch(
    (error: unknown) => {
      if (error instanceof ApiProblem && !error.isTransient) return settingsProblem(error);
      const { namespace, name } = secret;
      throw new Error(`--tls-authority ${namespace}/${name}: ${messageOf(error)}`, {
        cause: error,
      });
    },
  );
}

/** Renewed in time under the same authority. */
function ownIdentity(stateDir: string, hosts: readonly string[], first: Identity): CertificateSource {
  let identity = first;
  return {
    first,
    async next(now) {
      if (!isRenewalDue(identity, now)) return undefined;
      identity = await ensureIdentity({ stateDir, hosts, now, knownCaPem: identity.caPem });
      return { certificate: identity, why: { created: identity.created, reason: identity.reason } };
    },
    close: () => Promise.resolve(),
  };
}

async function givenFiles(files: ServingFiles): Promise<CertificateSource> {
  const first = await readServingFiles(files).catch(settingsProblem);
  let served = first;
  return {
    first,
    async next() {
      const read = await readServingFiles(files);
      if (read.certPem === served.certPem && read.keyPem === served.keyPem) return undefined;
      served = read;
      return { certificate: read, why: { created: 'read', reason: 'the files are others' } };
    },
    close: () => Promise.resolve(),
  };
}
