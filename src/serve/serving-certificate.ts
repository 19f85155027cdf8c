/**
 * The source of the serving certificate: the state directory, two files that another program writes, or an authority
 * that the replicas of a hub share.
 */
import type { Env } from '../config/read-env.ts';
import type { Settings } from '../config/settings.ts';
import { settingsProblem } from '../config/settings-problem.ts';
import type { ObjectName } from '../platform/authority/shared-authority.ts';
import { servingHosts } from '../platform/identity/hosts.ts';
import {
  readServingFiles,
  type ServingCertificate,
  type ServingFiles,
} from '../platform/identity/serving-files.ts';
import { ensureIdentity, type Identity, isRenewalDue } from '../platform/identity/state-dir.ts';
import type { Logger } from '../platform/logger.ts';
import { messageOf } from '../platform/text/failure.ts';
import { ApiClient } from '../platform/upstream/api-client.ts';
import { ApiProblem } from '../platform/upstream/api-problem.ts';
import { inClusterCredentials } from '../platform/upstream/in-cluster-credentials.ts';
import type { UpstreamTarget } from '../platform/upstream/target.ts';
import type { CertificateSource, NextCertificate } from './certificate-source.ts';
import { credentialsOfKubeconfig } from './lent-credentials.ts';
import { SharedCertificate } from './shared-certificate.ts';

export interface SourceContext {
  readonly identity: Identity;
  readonly target: UpstreamTarget;
  readonly env: Env;
  readonly version: string;
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
    ? new OwnIdentity(stateDir, servingHosts(listen.host), context.identity)
    : new GivenFiles(
        { certFile, keyFile },
        await readServingFiles({ certFile, keyFile }).catch(settingsProblem),
      );
}

/** Its requests carry the hub's own credentials, and use connections of their own. */
async function sharedCertificate(
  settings: Settings,
  secret: ObjectName,
  context: SourceContext,
): Promise<CertificateSource> {
  const { target, version, log, wallNow } = context;
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
class OwnIdentity implements CertificateSource {
  readonly first: ServingCertificate;
  readonly #stateDir: string;
  readonly #hosts: readonly string[];
  #identity: Identity;

  constructor(stateDir: string, hosts: readonly string[], identity: Identity) {
    this.first = identity;
    this.#stateDir = stateDir;
    this.#hosts = hosts;
    this.#identity = identity;
  }

  async next(now: Date): Promise<NextCertificate> {
    if (!isRenewalDue(this.#identity, now)) return undefined;
    const { caPem: knownCaPem } = this.#identity;
    const identity = await ensureIdentity({
      ...{ stateDir: this.#stateDir, hosts: this.#hosts, now, knownCaPem },
    });
    this.#identity = identity;
    return { certificate: identity, why: { created: identity.created, reason: identity.reason } };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Serves the present content of the files. */
class GivenFiles implements CertificateSource {
  readonly first: ServingCertificate;
  readonly #files: ServingFiles;
  #served: ServingCertificate;

  constructor(files: ServingFiles, first: ServingCertificate) {
    this.first = first;
    this.#files = files;
    this.#served = first;
  }

  async next(): Promise<NextCertificate> {
    const read = await readServingFiles(this.#files);
    if (read.certPem === this.#served.certPem && read.keyPem === this.#served.keyPem) return undefined;
    this.#served = read;
    return { certificate: read, why: { created: 'read', reason: 'the files are others' } };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
