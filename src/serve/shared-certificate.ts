/**
 * The serving certificate of a hub under an authority that its replicas share. Each replica issues its own certificate
 * and keeps it in memory. The authority is kept in a Secret, and published to clients in ConfigMaps.
 */
import { X509Certificate } from 'node:crypto';
import type { CertificateAndKey } from '../platform/identity/certificates.ts';
import type { ServingCertificate } from '../platform/identity/serving-files.ts';
import { type Authority, type ObjectName, SharedAuthority } from '../platform/authority/shared-authority.ts';
import { CaConfigMap, type ReadConfigMap } from '../platform/authority/ca-configmap.ts';
import type { Logger } from '../platform/logger.ts';
import { messageOf } from '../platform/text/failure.ts';
import type { Api } from '../platform/upstream/api-problem.ts';
import type { CertificateSource, NextCertificate } from './certificate-source.ts';

export interface SharedCertificateOptions {
  readonly api: Api & { close(): Promise<void> };
  readonly secret: ObjectName;
  /** They publish the authority. */
  readonly configMaps: readonly ObjectName[];
  /** The names in the certificate. */
  readonly names: readonly string[];
  readonly log: Logger;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A replaced authority is valid for longer than this, so that no certificate outlives its issuer. */
const VALID_DAYS = 58;
const RENEW_BEFORE_MS = 30 * DAY_MS;
/**
 * The age at which a new authority issues its first certificate, if there is a previous one. A kubelet updates a
 * mounted ConfigMap within minutes. Authorities are backdated by an hour, which is part of this age.
 */
const SETTLED_MS = 2 * HOUR_MS;

interface Served extends ServingCertificate {
  readonly issuerPem: string;
}

interface Read {
  readonly configMap: CaConfigMap;
  readonly found: ReadConfigMap;
}

/** Keeps the authority published, and the certificate valid. */
export class SharedCertificate {
  readonly #options: SharedCertificateOptions;
  readonly #authority: SharedAuthority;
  readonly #configMaps: readonly CaConfigMap[];
  #now: Date;
  #served: Served | undefined;
  /** The last failure that was logged: a repeated one is not logged again. */
  #told = '';

  private constructor(options: SharedCertificateOptions, now: Date) {
    const { api, secret, configMaps, log } = options;
    this.#options = options;
    this.#now = now;
    const wallNow = () => this.#now.getTime();
    this.#authority = new SharedAuthority({
      ...{ api, secret, log, wallNow, owner: 'watchsieve-hub', keepsPreviousKey: true },
    });
    this.#configMaps = configMaps.map((name) => new CaConfigMap(api, name));
  }

  /** @throws ApiProblem or UpstreamError if the Secret cannot be read: no client could verify the certificate */
  static async begin(options: SharedCertificateOptions, now: Date): Promise<CertificateSource> {
    const shared = new SharedCertificate(options, now);
    try {
      const first = await shared.#look();
      return { first, next: (at) => shared.#next(at), close: () => options.api.close() };
    } catch (error) {
      await options.api.close();
      throw error;
    }
  }

  async #next(now: Date): Promise<NextCertificate> {
    this.#now = now;
    const before = this.#served;
    const certificate = await this.#look();
    if (certificate === before) return undefined;
    return { certificate, why: { created: 'renewed', reason: 'it is due, or its issuer has been replaced' } };
  }

  /** Publishes the authority and renews the certificate if it is due. @returns the certificate to serve */
  async #look(): Promise<ServingCertificate> {
    // The ConfigMaps before the Secret: a replica that replaces the authority writes the Secret first, so that a write
    // onto these versions of the ConfigMaps can only fail if the authority that is read here is older.
    const reads = this.#configMaps.map(async (configMap) => ({ configMap, found: await configMap.read() }));
    await Promise.allSettled(reads);
    const authority = await this.#authority.read();
    const isPublished = await this.#publish(authority.bundle, reads);
    const issuer = this.#issuer(authority, isPublished);
    const served = this.#served;
    const isDue = served === undefined || served.validTo.getTime() - this.#now.getTime() < RENEW_BEFORE_MS;
    if (served !== undefined && served.issuerPem === issuer.certPem && !isDue) return served;
    return (this.#served = await this.#issue(issuer));
  }

  /**
   * The previous authority issues until every client has had the time to read the bundle with both. It does not issue
   * what would be due at once, as it otherwise would in its last days if a ConfigMap is never written.
   */
  #issuer({ current, previous, validFrom }: Authority, isPublished: boolean): CertificateAndKey {
    const isSettled = isPublished && this.#now.getTime() - validFrom.getTime() >= SETTLED_MS;
    return previous === undefined || isSettled || this.#left(previous) < RENEW_BEFORE_MS ? current : previous;
  }

  /** The time for which an issuer is still valid, in milliseconds. */
  #left({ certPem }: CertificateAndKey): number {
    return new X509Certificate(certPem).validToDate.getTime() - this.#now.getTime();
  }

  /** A ConfigMap that fails does not prevent the others from being written. @returns whether all of them had the bundle before */
  async #publish(bundle: string, reads: readonly Promise<Read>[]): Promise<boolean> {
    const results = await Promise.allSettled(
      reads.map(async (read) => {
        const { configMap, found } = await read;
        return configMap.publish(bundle, found);
      }),
    );
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [messageOf(result.reason)] : [],
    );
    const failure = failures.join('; ');
    if (failure !== '' && failure !== this.#told)
      this.#options.log.error({ cause: failure }, 'publishing the authority failed, retrying');
    this.#told = failure;
    return results.every((result) => result.status === 'fulfilled' && result.value);
  }

  async #issue(issuer: CertificateAndKey): Promise<Served> {
    // The ASN.1 library of this module is slow to load.
    const { issueServingCertificate } = await import('../platform/identity/certificates.ts');
    const certificate = await issueServingCertificate(issuer, {
      hosts: this.#options.names,
      now: this.#now,
      validDays: Math.min(VALID_DAYS, this.#left(issuer) / DAY_MS),
    });
    const { validToDate: validTo } = new X509Certificate(certificate.certPem);
    return { ...certificate, validTo, issuerPem: issuer.certPem };
  }
}
