/** The source of the serving certificate: the state directory, or two files that another program writes. */
import { type Settings } from '../config/settings.ts';
import { settingsProblem } from '../config/settings-problem.ts';
import { servingHosts } from '../platform/identity/hosts.ts';
import {
  readServingFiles,
  type ServingCertificate,
  type ServingFiles,
} from '../platform/identity/serving-files.ts';
import { ensureIdentity, type Identity, isRenewalDue } from '../platform/identity/state-dir.ts';

/** The certificate to serve next, and why; undefined if it is served already. */
export type NextCertificate = { readonly certificate: ServingCertificate; readonly why: object } | undefined;

export interface CertificateSource {
  readonly first: ServingCertificate;
  /** @throws Error if a new certificate is due but not available */
  next(now: Date): Promise<NextCertificate>;
}

export type SourceSettings = Pick<Settings, 'stateDir' | 'listen' | 'tlsCertFile' | 'tlsPrivateKeyFile'>;

/** @throws SettingsProblem if the named files cannot be served */
export async function certificateSource(
  { stateDir, listen, tlsCertFile: certFile, tlsPrivateKeyFile: keyFile }: SourceSettings,
  identity: Identity,
): Promise<CertificateSource> {
  return certFile === undefined || keyFile === undefined
    ? new OwnIdentity(stateDir, servingHosts(listen.host), identity)
    : new GivenFiles(
        { certFile, keyFile },
        await readServingFiles({ certFile, keyFile }).catch(settingsProblem),
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
}
