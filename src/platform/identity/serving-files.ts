/**
 * A serving certificate that another program, such as cert-manager, makes and renews: a certificate and its key in two
 * files. The kubelet makes such files as links. They are read at intervals, because no event reports a change.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../text/failure.ts';
import type { CertificateAndKey } from './certificates.ts';

export interface ServingFiles {
  /** PEM: the certificate, then its issuers. */
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ServingCertificate extends CertificateAndKey {
  readonly validTo: Date;
}

/** @throws Error that names the file that cannot be read, or the reason why the files cannot be served */
export async function readServingFiles({ certFile, keyFile }: ServingFiles): Promise<ServingCertificate> {
  const [certPem, keyPem] = await Promise.all([textOf(certFile), textOf(keyFile)]);
  const certificate = parsed(`${certFile} holds no certificate`, () => new X509Certificate(certPem));
  const key = parsed(`${keyFile} holds no private key`, () => createPrivateKey(keyPem));
  // If the two files are replaced one after the other, a read in between gets files that do not match.
  if (!certificate.checkPrivateKey(key)) throw new Error(`${keyFile} does not belong to ${certFile}`);
  // The issuers have not been parsed yet. Without this check, a truncated issuer or a key that is too short for TLS
  // would be found only in use.
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

/** OpenSSL's own messages vary by version and may quote the file. */
function parsed<T>(problem: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new Error(problem);
  }
}
