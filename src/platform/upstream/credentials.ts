/** Credentials of our own for the API server: only where they were asked for by name (I7). Types only. */

/** PEM. */
export interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Credentials {
  /** The value of the Authorization header; undefined where a certificate says who we are. @throws CredentialsError */
  authorization(): Promise<string | undefined>;
  /** The certificate for the next handshake, if there is one. @throws CredentialsError */
  certificate(): Promise<ClientCertificate | undefined>;
  /** Upstream answered 401: what is kept may have been revoked. */
  rejected(): void;
  /** Has this called when there is another certificate than before, or none any more; undefined where that cannot be. */
  readonly onCertificateChange?: ((changed: () => void) => void) | undefined;
}

/** Credentials cannot be had. Its message holds no secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}
