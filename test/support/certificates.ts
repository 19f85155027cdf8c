/** One certificate authority and one serving certificate for 127.0.0.1 and ::1, made once per test file. */
import {
  createCertificateAuthority,
  issueServingCertificate,
  type CertificateAndKey,
} from '../../src/platform/identity/certificates.ts';

/** A CA and a certificate it issued. */
export interface TestCertificates {
  readonly ca: string;
  readonly tls: { readonly key: string; readonly cert: string };
}

/** Makes a CA of its own and a serving certificate for `hosts`. */
export async function makeCertificates(hosts: readonly string[]): Promise<TestCertificates> {
  const now = new Date();
  const authority: CertificateAndKey = await createCertificateAuthority({ now });
  const serving = await issueServingCertificate(authority, { hosts, now });
  return { ca: authority.certPem, tls: { key: serving.keyPem, cert: serving.certPem } };
}

/** Good for loopback addresses. */
export const LOOPBACK: TestCertificates = await makeCertificates(['127.0.0.1', '::1']);
