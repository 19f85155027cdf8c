/**
 * Makes the certificate authority and the serving certificate by which clients verify this proxy (R23, R24). Decides
 * only the X.509 profile: no files, no clock. Import this module lazily: its ASN.1 library costs more start-up time
 * than everything else that runs on a restart.
 */
import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its private key (PKCS #8), both in PEM. */
export interface CertificateAndKey {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface CertificateAuthorityOptions {
  readonly now: Date;
  /** Only shown to people; default `watchsieve`. */
  readonly commonName?: string;
  /** Days from `now`; default 3650. */
  readonly validDays?: number;
}

export interface ServingCertificateOptions {
  /** All IP addresses and DNS names at which clients may connect; at least one. */
  readonly hosts: readonly string[];
  readonly now: Date;
  /** Days from `now`; default 365. */
  readonly validDays?: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const CA_VALID_DAYS = 3650;
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const;

/**
 * Makes a certificate authority: EC P-256, by default for 10 years. It may sign only end certificates (path length 0),
 * so that a stolen key cannot make further authorities.
 */
export async function createCertificateAuthority(
  options: CertificateAuthorityOptions,
): Promise<CertificateAndKey> {
  const keys = await generateKeys();
  // Two authorities never share a subject. Otherwise a client with an old one would try it and report a bad signature
  // instead of an unknown issuer.
  const name = `CN=${options.commonName ?? 'watchsieve'}-ca-${randomBytes(4).toString('hex')}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    serialNumber: randomSerial(),
    ...validity(options.now, options.validDays ?? CA_VALID_DAYS),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: pem(certificate), keyPem: privateKeyPem(keys.privateKey) };
}

/**
 * Issues a serving certificate under `ca`: EC P-256, one subject alternative name per host.
 * @throws Error if `hosts` is empty or `ca` has no usable certificate and key
 */
export async function issueServingCertificate(
  ca: CertificateAndKey,
  options: ServingCertificateOptions,
): Promise<CertificateAndKey> {
  if (options.hosts.length === 0) throw new Error('a serving certificate needs at least one host');
  const caCertificate = new X509Certificate(ca.certPem);
  const caKey = createPrivateKey(ca.keyPem);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    caKey.export({ type: 'pkcs8', format: 'der' }),
    KEY_ALGORITHM,
    false,
    ['sign'],
  );
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=watchsieve',
    issuer: caCertificate.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    serialNumber: randomSerial(),
    ...validity(options.now, options.validDays ?? 365),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        options.hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(await caCertificate.publicKey.export()),
    ],
  });
  return { certPem: pem(certificate), keyPem: privateKeyPem(keys.privateKey) };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
}

/** RFC 5280 4.1.2.2: positive, at most 20 octets. Go refuses negative serial numbers since 1.23. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  // First octet 0x40..0x7f: never negative, and no leading zero that DER would have to remove.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** Begins an hour early, so that a client whose clock is slightly behind accepts a new certificate. */
function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - HOUR_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
  };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}

function privateKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
