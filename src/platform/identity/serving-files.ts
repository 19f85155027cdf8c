/**
 * A serving certificate that somebody else makes and renews, as cert-manager does: a certificate and its key in two files,
 * which may be links, as the kubelet makes them. Read again and again, since nobody tells when they are others.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../text/failure.ts';
import type { CertificateAndKey } from './certificates.ts';

export interface ServingFiles {
  /** PEM, the certificate first and its issuers behind it. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** What is served, and when it ends. */
export interface ServingCertificate extends CertificateAndKey {
  readonly validTo: Date;
}

/** @throws Error naming the file that cannot be read, or what keeps both from being served */
export async function readServingFiles({ certFile, keyFile }: ServingFiles): Promise<ServingCertificate> {
  const [certPem, keyPem] = await Promise.all([textOf(certFile), textOf(keyFile)]);
  const certificate = parsed(`${certFile} holds no certificate`, () => new X509Certificate(certPem));
  const key = parsed(`${keyFile} holds no private key`, () => createPrivateKey(keyPem));
  // Between two files that are replaced one after the other, one is read that does not belong to the other.
  if (!certificate.checkPrivateKey(key)) throw new Error(`${keyFile} does not belong to ${certFile}`);
  // Nobody has looked at the issuers yet: half of them, or a key that is too short for TLS, would only be found in use.
  parsed(`${certFile} holds what cannot be served`, () =>
    createSecureContext({ cert: certPem, key: keyPem }),
  );
  return { certPem, keyPem, validTo: certificate.validToDate };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

/** OpenSSL's own messages vary by version, and may quote the file. */
function parsed<T>(problem: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new Error(problem);
  }
}
