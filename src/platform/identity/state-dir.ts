/**
 * The identity kept in the state directory (R24): ca.crt, ca.key, tls.crt, tls.key. Valid files are used again. The
 * serving certificate is renewed under the same authority. A new authority is made only if nothing can be served under
 * the old one, because clients read it once, when they start. ca.crt decides, because clients have read it; the other
 * files must match it.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { CertificateAndKey } from './certificates.ts';
import { assertOwnDirectory, readOwnFile } from './own-file.ts';
import { StateDirError, toStateDirError } from './state-dir-error.ts';
import { ensureDirectory, writeFileAtomically } from './write-file.ts';
import { attempt, codeOf } from '../text/failure.ts';

export interface IdentityOptions {
  readonly stateDir: string;
  /** Hosts the serving certificate must name; see `servingHosts`. */
  readonly hosts: readonly string[];
  readonly now: Date;
  /**
   * The authority (PEM) that clients know while the proxy serves. It is then never replaced, whatever the directory
   * contains.
   */
  readonly knownCaPem?: string;
}

/** The identity on disk after {@link ensureIdentity}. */
export interface Identity {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** The beginning and the end of the serving certificate's validity. */
  readonly validFrom: Date;
  readonly validTo: Date;
  /** `renewed`: a new serving certificate under the same authority. `made`: a new authority too. */
  readonly created: 'reused' | 'renewed' | 'made';
  /** Why something was created, or why it cannot be; undefined if everything is valid. */
  readonly reason: string | undefined;
}

/** Why something read from the disk cannot be used. */
interface Bad {
  readonly bad: string;
}

const RENEW_BEFORE_MS = 30 * 86_400_000;
const CERT_MODE = 0o644;
const KEY_MODE = 0o600;

/**
 * True if a serving certificate must be renewed: it ends soon, or it is not valid yet because the clock was set back.
 */
export function isRenewalDue(
  { validFrom, validTo }: Pick<Identity, 'validFrom' | 'validTo'>,
  now: Date,
): boolean {
  return validFrom > now || validTo.getTime() - now.getTime() < RENEW_BEFORE_MS;
}

/**
 * Reads the identity from the state directory, and makes what is missing, damaged, not matching, or within 30 days of
 * its expiry. It may be called again while the proxy runs, to renew in time.
 * @throws StateDirError if the directory cannot be read or written, or if the authority that clients know cannot be
 * used any more
 */
export async function ensureIdentity(options: IdentityOptions): Promise<Identity> {
  const { hosts, now, knownCaPem } = options;
  const dir = resolve(options.stateDir);
  await ensureDirectory(dir);
  await assertOwnDirectory(dir);

  const stored = await readPair(dir, 'ca');
  const authority = checkCertificate(stored.certPem, 'ca', now, authorityProblem);
  if ('bad' in authority) return makeAnew(dir, options, authority.bad);
  const { certPem: caPem, certificate: issuer } = authority;
  if (knownCaPem !== undefined && knownCaPem !== caPem) {
    return makeAnew(dir, options, 'ca.crt is not the authority that clients know');
  }
  const caKey = checkKey(stored.keyPem, issuer, 'ca');
  const keyProblem = 'bad' in caKey ? caKey.bad : undefined;

  const pair = await readPair(dir, 'tls');
  const serving = checkCertificate(pair.certPem, 'tls', now, (certificate) =>
    servingProblem(certificate, issuer, hosts),
  );
  const servingKey = 'bad' in serving ? serving : checkKey(pair.keyPem, serving.certificate, 'tls');
  if (!('bad' in serving) && !('bad' in servingKey)) {
    await enforceModes(dir);
    const { certPem, certificate } = serving;
    // Without the authority's key, the certificate can still be served until it expires, so clients are not disturbed.
    return describe(caPem, certPem, servingKey.keyPem, certificate, 'reused', keyProblem);
  }
  if ('bad' in caKey) return makeAnew(dir, options, caKey.bad);
  const reason = 'bad' in serving ? serving.bad : 'bad' in servingKey ? servingKey.bad : undefined;
  return issue(dir, { certPem: caPem, keyPem: caKey.keyPem }, options, 'renewed', reason);
}

async function makeAnew(dir: string, options: IdentityOptions, reason: string): Promise<Identity> {
  if (options.knownCaPem !== undefined) {
    throw new StateDirError(
      `cannot renew the serving certificate: ${reason}; restart watchsieve and its clients for a new authority`,
    );
  }
  const { createCertificateAuthority } = await import('./certificates.ts');
  const ca = await createCertificateAuthority({ now: options.now });
  await writePair(dir, 'ca', ca);
  return issue(dir, ca, options, 'made', reason);
}

async function issue(
  dir: string,
  ca: CertificateAndKey,
  { hosts, now }: IdentityOptions,
  created: Identity['created'],
  reason: string | undefined,
): Promise<Identity> {
  const { issueServingCertificate } = await import('./certificates.ts');
  const { certPem, keyPem } = await issueServingCertificate(ca, { hosts, now });
  await writePair(dir, 'tls', { certPem, keyPem });
  await enforceModes(dir);
  return describe(ca.certPem, certPem, keyPem, new X509Certificate(certPem), created, reason);
}

function describe(
  caPem: string,
  certPem: string,
  keyPem: string,
  { validFromDate, validToDate }: X509Certificate,
  created: Identity['created'],
  reason: string | undefined,
): Identity {
  return { caPem, certPem, keyPem, validFrom: validFromDate, validTo: validToDate, created, reason };
}

/** Undefined if a file does not exist. */
async function readPair(
  dir: string,
  name: string,
): Promise<{ certPem: string | undefined; keyPem: string | undefined }> {
  return {
    certPem: await readOwnFile(join(dir, `${name}.crt`)),
    keyPem: await readOwnFile(join(dir, `${name}.key`)),
  };
}

/** The key is written first, so that a process killed in between leaves no certificate without its key. */
async function writePair(dir: string, name: string, pair: CertificateAndKey): Promise<void> {
  await writeFileAtomically(join(dir, `${name}.key`), pair.keyPem, KEY_MODE);
  await writeFileAtomically(join(dir, `${name}.crt`), pair.certPem, CERT_MODE);
}

/** A copied or restored directory may have lost its modes. Keys that others can read must not be used. */
async function enforceModes(dir: string): Promise<void> {
  for (const [file, mode] of [
    ['ca.crt', CERT_MODE],
    ['ca.key', KEY_MODE],
    ['tls.crt', CERT_MODE],
    ['tls.key', KEY_MODE],
  ] as const) {
    const path = join(dir, file);
    try {
      if (((await stat(path)).mode & 0o777) !== mode) await chmod(path, mode);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      throw toStateDirError('set the mode of', path, error);
    }
  }
}

/** The checks for both certificates: present, readable, and valid for long enough. */
function checkCertificate(
  certPem: string | undefined,
  name: string,
  now: Date,
  ownProblem: (certificate: X509Certificate) => string | undefined,
): Bad | { readonly certPem: string; readonly certificate: X509Certificate } {
  if (certPem === undefined) return { bad: `${name}.crt does not exist` };
  const certificate = attempt(() => new X509Certificate(certPem));
  if (certificate === undefined) return { bad: `${name}.crt is not a certificate` };
  if (certificate.validFromDate > now)
    return { bad: `${name}.crt is not valid before ${certificate.validFrom}` };
  if (certificate.validToDate.getTime() - now.getTime() < RENEW_BEFORE_MS) {
    return { bad: `${name}.crt ends at ${certificate.validTo}` };
  }
  const own = ownProblem(certificate);
  return own === undefined ? { certPem, certificate } : { bad: own };
}

function checkKey(
  keyPem: string | undefined,
  certificate: X509Certificate,
  name: string,
): Bad | { readonly keyPem: string } {
  if (keyPem === undefined) return { bad: `${name}.key does not exist` };
  const key = attempt(() => createPrivateKey(keyPem));
  if (key === undefined) return { bad: `${name}.key is not a private key` };
  return certificate.checkPrivateKey(key)
    ? { keyPem }
    : { bad: `${name}.key does not belong to ${name}.crt` };
}

function authorityProblem(certificate: X509Certificate): string | undefined {
  if (!certificate.ca) return 'ca.crt is not a certificate authority';
  return certificate.verify(certificate.publicKey) ? undefined : 'ca.crt is not signed by its own key';
}

function servingProblem(
  certificate: X509Certificate,
  issuer: X509Certificate,
  hosts: readonly string[],
): string | undefined {
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
    return 'tls.crt was not issued by ca.crt';
  }
  const unnamed = hosts.find(
    (host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) === undefined,
  );
  return unnamed === undefined ? undefined : `tls.crt does not name ${unnamed}`;
}
