/** What a source of the serving certificate offers. */
import type { ServingCertificate } from '../platform/identity/serving-files.ts';

/** The certificate to serve next, and why; undefined if it is served already. */
export type NextCertificate = { readonly certificate: ServingCertificate; readonly why: object } | undefined;

export interface CertificateSource {
  readonly first: ServingCertificate;
  /** @throws Error if a new certificate is due but not available */
  next(now: Date): Promise<NextCertificate>;
  /** Resolves after the last request of the source has ended. */
  close(): Promise<void>;
}
