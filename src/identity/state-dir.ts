/**
 * The identity kept in the state directory (R24): ca.crt, ca.key, tls.crt, tls.key. Reuses what is
 * valid, re-issues the serving certificate under the same authority, and makes a new authority only
 * when the old one is unusable: clients read it once, when they start.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { chmod, readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { CertificateAndKey } from './certificates.ts';
import { ensureDirectory, toStateDirError, writeFileAtomically } from './write-file.ts';

/** What {@link ensureIdentity} needs to know. */
export interface IdentityOptions {
  /** Created where missing. */
  readonly stateDir: string;
  /** Hosts the serving certificate must name; see `servingHosts`. */
  readonly hosts: readonly string[];
  readonly now: Date;
}

/** The identity on disk after {@link ensureIdentity}. */
export interface Identity {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** `renewed`: a new serving certificate, same authority. `made`: a new authority too. */
  readonly created: 'reused' | 'renewed' | 'made';
  /** Why something was created, for the log; undefined when all was reused. */
  readonly reason: string | undefined;
}

/** A pair read from disk, or why it cannot be used. */
type Checked =
  { readonly pair: CertificateAndKey; readonly certificate: X509Certificate } | { readonly bad: string };

const RENEW_BEFORE_MS = 30 * 86_400_000;
const CERT_MODE = 0o644;
const KEY_MODE = 0o600;

/**
 * Reads the identity from the state directory and creates what is missing, broken, not matching or
 * within 30 days of its end. May be called again while running, to renew in time.
 *
 * @throws StateDirError when the directory cannot be read or written.
 */
export async function ensureIdentity(options: IdentityOptions): Promise<Identity> {
  const { hosts, now } = options;
  const dir = resolve(options.stateDir);
  await ensureDirectory(dir);

  const storedCa = check(await readPair(dir, 'ca'), 'ca', now, authorityProblem);
  if ('bad' in storedCa) {
    const { createCertificateAuthority } = await import('./certificates.ts');
    const ca = await createCertificateAuthority({ now });
    await writePair(dir, 'ca', ca);
    return { ...(await issue(dir, ca, options)), created: 'made', reason: storedCa.bad };
  }

  const issuer = storedCa.certificate;
  const serving = check(await readPair(dir, 'tls'), 'tls', now, (certificate) =>
    servingProblem(certificate, issuer, hosts),
  );
  if ('bad' in serving) {
    return { ...(await issue(dir, storedCa.pair, options)), created: 'renewed', reason: serving.bad };
  }
  await enforceModes(dir);
  const { certPem, keyPem } = serving.pair;
  return { caPem: storedCa.pair.certPem, certPem, keyPem, created: 'reused', reason: undefined };
}

async function issue(
  dir: string,
  ca: CertificateAndKey,
  { hosts, now }: IdentityOptions,
): Promise<{ caPem: string; certPem: string; keyPem: string }> {
  const { issueServingCertificate } = await import('./certificates.ts');
  const serving = await issueServingCertificate(ca, { hosts, now });
  await writePair(dir, 'tls', serving);
  await enforceModes(dir);
  return { caPem: ca.certPem, ...serving };
}

/** Undefined for what a file system holds no file for. */
async function readPair(
  dir: string,
  name: string,
): Promise<{ certPem: string | undefined; keyPem: string | undefined }> {
  return {
    certPem: await readOptional(join(dir, `${name}.crt`)),
    keyPem: await readOptional(join(dir, `${name}.key`)),
  };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw toStateDirError('read', path, error);
  }
}

/** Key first: a certificate without its key is what `check` finds when we are killed in between. */
async function writePair(dir: string, name: string, pair: CertificateAndKey): Promise<void> {
  await writeFileAtomically(join(dir, `${name}.key`), pair.keyPem, KEY_MODE);
  await writeFileAtomically(join(dir, `${name}.crt`), pair.certPem, CERT_MODE);
}

/** A copied or restored directory may have lost its modes: keys readable by others are no keys. */
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
      throw toStateDirError('set the mode of', path, error);
    }
  }
}

/** Everything that holds for both pairs: present, readable, belonging together, valid long enough. */
function check(
  { certPem, keyPem }: { certPem: string | undefined; keyPem: string | undefined },
  name: string,
  now: Date,
  ownProblem: (certificate: X509Certificate) => string | undefined,
): Checked {
  if (certPem === undefined) return { bad: `${name}.crt does not exist` };
  if (keyPem === undefined) return { bad: `${name}.key does not exist` };
  const certificate = parse(() => new X509Certificate(certPem));
  if (certificate === undefined) return { bad: `${name}.crt is not a certificate` };
  const key: KeyObject | undefined = parse(() => createPrivateKey(keyPem));
  if (key === undefined) return { bad: `${name}.key is not a private key` };
  if (!certificate.checkPrivateKey(key)) return { bad: `${name}.key does not belong to ${name}.crt` };
  if (certificate.validFromDate > now)
    return { bad: `${name}.crt is not valid before ${certificate.validFrom}` };
  if (certificate.validToDate.getTime() - now.getTime() < RENEW_BEFORE_MS) {
    return { bad: `${name}.crt ends at ${certificate.validTo}` };
  }
  const own = ownProblem(certificate);
  return own === undefined ? { pair: { certPem, keyPem }, certificate } : { bad: own };
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

/** OpenSSL's own messages vary by version and say nothing an operator could act on. */
function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
