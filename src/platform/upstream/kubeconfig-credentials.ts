/**
 * The credentials of a kubeconfig's user: certificate, token, password or plugin, in client-go's order of preference.
 * Files are read at each use, because no event reports their rotation.
 */
import { type ClientCertificate, type Credentials, readSecret } from './credentials.ts';
import { ExecCredentials, type ExecPlugin } from './exec-credential.ts';
import { given, isGiven } from './given-field.ts';
import type { KubeconfigFiles } from './kubeconfig-files.ts';
import { readKubeconfig, type ReadKubeconfig, unusable } from './kubeconfig-target.ts';
import { PresentedCertificate } from './presented-certificate.ts';
import { Reread } from './reread.ts';
import { listAt, textAt } from '../text/json-value.ts';
import { isRecord } from '../text/record.ts';

export interface KubeconfigCredentialsOptions {
  readonly files: KubeconfigFiles;
  readonly context: string | undefined;
  /** The environment of this process, which plugins inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Without the impersonation that the file asks for, requests would have more rights than the file gives. */
const UNSUPPORTED = ['auth-provider', 'as', 'as-uid', 'as-groups', 'as-user-extra'] as const;

type User = ReadKubeconfig['user'];

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** @throws Error that names the file, if its user has no credentials or such as are not supported here */
export async function kubeconfigCredentials(options: KubeconfigCredentialsOptions): Promise<Credentials> {
  const { files } = options;
  try {
    const read = await readKubeconfig(files, options.context);
    refuseUnsupported(read);
    const { exec } = read.user;
    return isGiven(exec) ? ofPlugin(pluginOf(exec, read, options), options) : ofUser(read, options);
  } catch (cause) {
    throw unusable(files, cause);
  }
}

/** Checked at each reading, because the file may have changed. */
function refuseUnsupported({ user, contextName }: ReadKubeconfig): void {
  for (const field of UNSUPPORTED)
    if (isGiven(user[field]))
      throw new Error(`the user of context ${contextName} sets ${field}, which is not supported`);
}

function ofPlugin(plugin: ExecPlugin, { now }: KubeconfigCredentialsOptions): Credentials {
  const exec = new ExecCredentials(plugin, now);
  return {
    authorization: async () => {
      const { token } = await exec.current();
      return token === undefined ? undefined : `Bearer ${token}`;
    },
    certificate: async () => (await exec.current()).certificate,
    rejected: () => exec.forget(),
    onCertificateChange: (changed) => exec.presented.onChange(changed),
  };
}

/** Credentials inside the kubeconfig are read again when it has changed, for the same reason as files. */
function ofUser(first: ReadKubeconfig, { files }: KubeconfigCredentialsOptions): Credentials {
  const current = new Reread(files, waysOf(first), async () => waysOf(await readAgain(first, files)));
  const presented = new PresentedCertificate();
  return {
    authorization: async () => {
      const ways = await current.read();
      // A connection with the old certificate has the identity of that certificate, whatever token a request carries.
      await certificateOfNow(ways, presented).catch(() => undefined);
      return ways.authorization?.();
    },
    certificate: async () => certificateOfNow(await current.read(), presented),
    rejected: () => undefined,
    onCertificateChange: (changed) => presented.onChange(changed),
  };
}

/** If the certificate cannot be read at the moment, it stays unknown which one to present. @throws CredentialsError */
async function certificateOfNow(
  { certificate }: Ways,
  presented: PresentedCertificate,
): Promise<ClientCertificate | undefined> {
  const now = await certificate?.();
  presented.is(now?.certPem);
  return now;
}

/** @throws Error if the files now need a restart, or cannot be used */
async function readAgain(
  { contextName, cluster }: ReadKubeconfig,
  files: KubeconfigFiles,
): Promise<ReadKubeconfig> {
  const now = await readKubeconfig(files, contextName);
  // The present server would otherwise get the credentials of another one.
  if (now.cluster.server !== cluster.server) throw new Error('another server');
  if (isGiven(now.user['exec'])) throw new Error('a plugin');
  refuseUnsupported(now);
  return now;
}

interface Ways {
  readonly authorization: Credentials['authorization'] | undefined;
  readonly certificate: (() => Promise<ClientCertificate>) | undefined;
}

function waysOf({ user, contextName }: ReadKubeconfig): Ways {
  const ways = { authorization: authorizationOf(user), certificate: certificateOf(user) };
  if (ways.authorization === undefined && ways.certificate === undefined)
    throw new Error(`the user of context ${contextName} has no credentials`);
  return ways;
}

function authorizationOf(user: User): Credentials['authorization'] | undefined {
  const [tokenFile, token, username] = [text(user, 'tokenFile'), text(user, 'token'), text(user, 'username')];
  if (tokenFile !== undefined) {
    return async () => `Bearer ${(await readSecret(tokenFile)).trim()}`;
  }
  if (token !== undefined) return () => Promise.resolve(`Bearer ${token}`);
  if (username === undefined) return undefined;
  const basic = Buffer.from(`${username}:${text(user, 'password') ?? ''}`).toString('base64');
  return () => Promise.resolve(`Basic ${basic}`);
}

function certificateOf(user: User): (() => Promise<ClientCertificate>) | undefined {
  const readCert = pemReader(user, 'client-certificate');
  const readKey = pemReader(user, 'client-key');
  if (readCert === undefined && readKey === undefined) return undefined;
  if (readCert === undefined || readKey === undefined)
    throw new Error('client-certificate and client-key must be given both');
  return async () => ({ certPem: await readCert(), keyPem: await readKey() });
}

/** If both are given, the data counts, as in client-go. */
function pemReader(user: User, field: string): (() => Promise<string>) | undefined {
  const data = text(user, `${field}-data`);
  if (data !== undefined) return () => Promise.resolve(Buffer.from(data, 'base64').toString('utf8'));
  const file = text(user, field);
  return file === undefined ? undefined : () => readSecret(file);
}

function pluginOf(
  exec: unknown,
  { cluster }: ReadKubeconfig,
  { env }: KubeconfigCredentialsOptions,
): ExecPlugin {
  const command = text(exec, 'command');
  if (!isRecord(exec) || command === undefined) throw new Error('exec names no command');
  const apiVersion = text(exec, 'apiVersion') ?? '';
  if (!EXEC_VERSIONS.includes(apiVersion))
    throw new Error(`exec has apiVersion "${apiVersion}": known are ${EXEC_VERSIONS.join(' and ')}`);
  if (exec['interactiveMode'] === 'Always')
    throw new Error(`exec of ${command} has interactiveMode Always, and there is no user to answer it`);
  const [caData, serverName] = [given(cluster.caData), given(cluster.tlsServerName)];
  const told = {
    server: cluster.server,
    ...(caData === undefined ? {} : { 'certificate-authority-data': caData }),
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
  };
  return {
    apiVersion,
    command,
    args: listAt(exec, 'args').filter((arg) => typeof arg === 'string'),
    env: { ...env, ...Object.fromEntries(listAt(exec, 'env').filter(isRecord).map(variable)) },
    cluster: exec['provideClusterInfo'] === true ? told : undefined,
  };
}

function variable(entry: Readonly<Record<string, unknown>>): [string, string] {
  return [text(entry, 'name') ?? '', text(entry, 'value') ?? ''];
}

function text(from: unknown, key: string): string | undefined {
  return given(textAt(from, key));
}
