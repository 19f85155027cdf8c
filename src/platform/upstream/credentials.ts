/** The program's own credentials for the API server, used only if the settings ask for it (I7). */
import { readFile } from 'node:fs/promises';
import { messageOf } from '../text/failure.ts';

export interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Credentials {
  /**
   * The value of the Authorization header; undefined if a certificate identifies this program.
   * @throws CredentialsError
   */
  authorization(): Promise<string | undefined>;
  /** The certificate for the next handshake, if there is one. @throws CredentialsError */
  certificate(): Promise<ClientCertificate | undefined>;
  /** The API server answered 401, so the present credentials may have been revoked. */
  rejected(): void;
  /**
   * Registers a function that is called when the certificate has changed or is gone; undefined if that cannot happen.
   */
  readonly onCertificateChange?: ((changed: () => void) => void) | undefined;
}

/** Credentials are not available. The message holds no secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** The text of a file with a token, a certificate or a key. @throws CredentialsError */
export async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CredentialsError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}
