/** The checks of files: state directory, kubeconfig, certificate and token. */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { SETTINGS } from '../../config/settings.ts';
import { serverUrl, servingHosts } from '../../platform/identity/hosts.ts';
import { readServingFiles, type ServingFiles } from '../../platform/identity/serving-files.ts';
import { kubeconfigTarget, readKubeconfig } from '../../platform/upstream/kubeconfig-target.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { attempt, messageOf } from '../../platform/text/failure.ts';
import { printable } from '../../platform/text/printable.ts';
import { jsonIn, textAt, valueAt } from '../../platform/text/json-value.ts';
import { adminOrigin } from './ask.ts';
import {
  type Check,
  type CheckContext,
  type ClientConfig,
  type Finding,
  needs,
  ok,
  skipped,
  wrong,
} from './check.ts';

const FILES = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key', 'kubeconfig'] as const;
/** The certificate is renewed 30 days before its expiry. A day later, an operator should look. */
const LATE_RENEWAL_MS = 29 * 86_400_000;

/** Checks that serve has written everything there and can renew it. */
export const stateDirCheck: Check = {
  name: 'state-dir',
  async run(context) {
    const { settings, canWrite } = context;
    const directory = resolve(settings.stateDir);
    if (!existsSync(directory)) return wrong('state-dir-missing', await whereElse(context));
    const missing = FILES.filter((file) => !existsSync(join(directory, file)));
    if (missing.length > 0) return wrong('state-dir-incomplete', `${directory} lacks ${missing.join(', ')}`);
    if (!(await canWrite(directory))) return wrong('state-dir-read-only', directory);
    return ok(directory);
  },
};

/**
 * Outside a Pod there is no /run/watchsieve. The path is only reported and not used, because any process could listen
 * there and name any directory.
 */
async function whereElse(context: CheckContext): Promise<string> {
  const { settings, timeoutMs } = context;
  const { stateDir } = settings;
  const asked =
    stateDir === SETTINGS.stateDir.fallback && !isInPod(context)
      ? `${stateDir}, its place in a Pod`
      : stateDir;
  const admin = adminOrigin(settings.adminListen);
  const config = await fetch(`${admin}/debug/config`, { signal: AbortSignal.timeout(timeoutMs) })
    .then((answer) => answer.text())
    .catch(() => '');
  const theirs = textAt(jsonIn(config), 'settings', 'stateDir');
  return theirs === undefined || theirs === stateDir
    ? asked
    : `${asked}; the watchsieve at ${admin} has --state-dir ${printable(theirs)}`;
}

/** Checks that clients are directed here, with a CA by which they can verify the proxy. */
export const kubeconfigCheck: Check = {
  name: 'kubeconfig',
  async run({ settings, clientKubeconfig }) {
    let client: ClientConfig;
    try {
      client = await readClientConfig(clientKubeconfig);
    } catch (error) {
      const isReadable = await readText(clientKubeconfig);
      return isReadable === undefined
        ? wrong('kubeconfig-missing', clientKubeconfig)
        : wrong('kubeconfig-invalid', messageOf(error));
    }
    const { listen, stateDir } = settings;
    const { target } = client;
    const expected = serverUrl(listen.host, listen.port === 0 ? target.port : listen.port);
    if (URL.parse(target.origin)?.origin !== URL.parse(expected)?.origin)
      return wrong('kubeconfig-elsewhere', `it names ${target.origin}, not ${expected}`);
    const problem = await caProblem(target, stateDir);
    // A client that does not trust the proxy sends it nothing, and neither do the checks.
    if (problem !== undefined) return wrong('kubeconfig-wrong-ca', problem);
    return ok(`${clientKubeconfig} leads to ${target.origin}`, { client });
  },
};

async function readClientConfig(file: string): Promise<ClientConfig> {
  const [target, { user }] = [await kubeconfigTarget(file), await readKubeconfig(file, undefined)];
  const { tokenFile, token } = user;
  return {
    target,
    tokenFile:
      typeof tokenFile === 'string' && tokenFile !== '' ? resolve(dirname(file), tokenFile) : undefined,
    token: typeof token === 'string' && token !== '' ? token : undefined,
  };
}

async function caProblem(target: UpstreamTarget, stateDir: string): Promise<string | undefined> {
  let pem: string | undefined;
  try {
    pem = await target.readCa();
  } catch (error) {
    return messageOf(error);
  }
  const named = certificate(pem);
  if (named === undefined) return 'it names no CA';
  const own = certificate(await readText(join(resolve(stateDir), 'ca.crt')));
  if (own === undefined) return 'ca.crt of the state directory cannot be read';
  return own.fingerprint256 === named.fingerprint256 ? undefined : 'they are different certificates';
}

/** Checks that clients can trust the serving certificate today and next month. */
export const certificateCheck: Check = {
  name: 'certificate',
  async run({ settings, now }) {
    const { tlsCertFile: certFile, tlsPrivateKeyFile: keyFile } = settings;
    if (certFile !== undefined && keyFile !== undefined) return judgeGiven({ certFile, keyFile }, now());
    if (settings.tlsAuthority !== undefined) return skipped('it is in the memory of the hub alone');
    const directory = resolve(settings.stateDir);
    const [caText, text] = await Promise.all(
      ['ca.crt', 'tls.crt'].map((file) => readText(join(directory, file))),
    );
    if (caText === undefined || text === undefined) return needs('state-dir');
    const [ca, serving] = [certificate(caText), certificate(text)];
    if (ca === undefined || serving === undefined)
      return wrong('certificate-broken', `${ca === undefined ? 'ca.crt' : 'tls.crt'} is not a certificate`);
    if (!serving.checkIssued(ca) || !serving.verify(ca.publicKey))
      return wrong('certificate-broken', 'tls.crt was not issued by ca.crt');
    const unnamed = servingHosts(settings.listen.host).find(
      (host) => (isIP(host) === 0 ? serving.checkHost(host) : serving.checkIP(host)) === undefined,
    );
    if (unnamed !== undefined) return wrong('certificate-broken', `tls.crt does not name ${unnamed}`);
    const at = now();
    for (const [name, { validFromDate, validToDate }] of [
      ['ca.crt', ca],
      ['tls.crt', serving],
    ] as const) {
      if (validFromDate > at || validToDate < at) {
        const span = `${validFromDate.toISOString()} to ${validToDate.toISOString()}`;
        return wrong('certificate-not-valid', `${name} is from ${span}, and it is ${at.toISOString()} here`);
      }
    }
    const end = serving.validToDate.toISOString();
    return serving.validToDate.getTime() - at.getTime() < LATE_RENEWAL_MS
      ? wrong('certificate-ending', `it ends at ${end}`)
      : ok(`valid until ${end}`);
  },
};

/** Another program renews this certificate, and clients verify it by a CA that is not here. */
async function judgeGiven(files: ServingFiles, at: Date): Promise<Finding> {
  try {
    const { certPem } = await readServingFiles(files);
    const { validFromDate, validToDate } = new X509Certificate(certPem);
    const span = `${validFromDate.toISOString()} to ${validToDate.toISOString()}`;
    return validFromDate > at || validToDate < at
      ? wrong('certificate-files', `it is from ${span}, and it is ${at.toISOString()} here`)
      : ok(`${files.certFile} is valid until ${validToDate.toISOString()}`);
  } catch (error) {
    return wrong('certificate-files', messageOf(error));
  }
}

/** Checks that the client has a token. The token itself is never shown. */
export const tokenCheck: Check = {
  name: 'token',
  async run(context, { client }) {
    const { clientTokenFile: given, now } = context;
    if (given === undefined && client === undefined) return needs('kubeconfig');
    if (given === undefined && client?.token !== undefined)
      return ok('in the kubeconfig, for this proxy alone', { token: client.token });
    const file = given ?? client?.tokenFile;
    if (file === undefined) return wrong('token-missing', 'the kubeconfig names no token file');
    const text = await readToken(context, file);
    if (text === undefined) {
      return given === undefined && isInPod(context)
        ? skipped(
            `this container has no token, by design: pass one of the client's service account with ` +
              `"kubectl create token NAME | kubectl exec -i ... check --client-token-file -"`,
          )
        : wrong('token-missing', `${file} cannot be read`);
    }
    const token = text.trim();
    const where = file === '-' ? 'standard input' : file;
    if (!/^[\x21-\x7e]+$/.test(token)) return wrong('token-missing', `${where} holds no token`);
    const end = expiryOf(token);
    if (end === undefined) return ok(`${where}; its end is not known`, { token });
    if (end <= now()) return wrong('token-expired', `${where} ended at ${end.toISOString()}`);
    return ok(`${where}, valid until ${end.toISOString()}`, { token });
  },
};

async function readToken({ readStdin }: CheckContext, file: string): Promise<string | undefined> {
  return file === '-' ? Buffer.from(await readStdin()).toString() : readText(file);
}

/** In a Pod, the token file belongs to another container. */
function isInPod({ settings }: CheckContext): boolean {
  return settings.kubeconfigFiles === undefined;
}

/** The expiry in a JSON Web Token (RFC 7519 4.1.4); undefined for other tokens. */
function expiryOf(token: string): Date | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  const seconds = valueAt(jsonIn(Buffer.from(payload, 'base64url').toString()), ['exp']);
  return typeof seconds === 'number' && Math.abs(seconds) < 8e12 ? new Date(seconds * 1000) : undefined;
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function certificate(pem: string | undefined): X509Certificate | undefined {
  return pem === undefined ? undefined : attempt(() => new X509Certificate(pem));
}
