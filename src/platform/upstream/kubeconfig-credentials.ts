/**
 * The credentials of a kubeconfig's user: certificate, token, password or plugin, in the order in which client-go
 * prefers them. Files are read anew each time, because whoever rotates them tells nobody.
 */
import { readFile } from 'node:fs/promises';
import { CredentialsError, type ClientCertificate, type Credentials } from './credentials.ts';
import { ExecCredentials, type ExecPlugin } from './exec-credential.ts';
import { given, isGiven } from './given-field.ts';
import { isRecord } from './kubeconfig-files.ts';
import type { KubeconfigFiles } from './kubeconfig-files.ts';
import { nameOf, readKubeconfig, type ReadKubeconfig } from './kubeconfig-target.ts';
import { Reread } from './reread.ts';
import { reason } from './target.ts';

export interface KubeconfigCredentialsOptions {
  readonly files: KubeconfigFiles;
  readonly context: string | undefined;
  /** Of this process: plugins inherit it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A plugin has given another certificate than before. */
  readonly onCertificateChange: () => void;
}

/** Leaving out impersonation would ask with more rights than the file gives. */
const UNSUPPORTED = ['auth-provider', 'as', 'as-uid', 'as-groups', 'as-user-extra'] as const;

type User = ReadKubeconfig['user'];

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** @throws Error naming the file, where its user has no credentials or such as cannot be used here */
export async function kubeconfigCredentials(options: KubeconfigCredentialsOptions): Promise<Credentials> {
  const { files } = options;
  try {
    const read = await readKubeconfig(files, options.context);
    for (const field of UNSUPPORTED)
      if (isGiven(read.user[field]))
        throw new Error(`the user of context ${read.contextName} sets ${field}, which is not supported`);
    const { exec } = read.user;
    if (exec !== undefined && exec !== null) return ofPlugin(pluginOf(exec, read, options), options);
    return ofUser(read, files);
  } catch (cause) {
    throw new Error(`kubeconfig ${nameOf(files)}: ${reason(cause)}`, { cause });
  }
}

function ofPlugin(
  plugin: ExecPlugin,
  { now, onCertificateChange }: KubeconfigCredentialsOptions,
): Credentials {
  const exec = new ExecCredentials(plugin, now, onCertificateChange);
  return {
    authorization: async () => {
      const { token } = await exec.current();
      return token === undefined ? undefined : `Bearer ${token}`;
    },
    certificate: async () => (await exec.current()).certificate,
    rejected: () => exec.forget(),
  };
}

/** What stands in the kubeconfig itself is read anew where that has changed, for the same reason as files. */
function ofUser({ user, contextName }: ReadKubeconfig, files: KubeconfigFiles): Credentials {
  const current = new Reread(files, waysOf(user, contextName), async () =>
    // Whoever chooses another context, or a plugin, means the next start.
    waysOf((await readKubeconfig(files, contextName)).user, contextName),
  );
  return {
    authorization: async () => (await current.read()).authorization?.(),
    certificate: async () => (await current.read()).certificate?.(),
    rejected: () => undefined,
  };
}

interface Ways {
  readonly authorization: Credentials['authorization'] | undefined;
  readonly certificate: (() => Promise<ClientCertificate>) | undefined;
}

function waysOf(user: User, contextName: string): Ways {
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

/** The data where both are given, as in client-go. */
function pemReader(user: User, field: string): (() => Promise<string>) | undefined {
  const data = text(user, `${field}-data`);
  if (data !== undefined) return () => Promise.resolve(Buffer.from(data, 'base64').toString('utf8'));
  const file = text(user, field);
  return file === undefined ? undefined : () => readSecret(file);
}

async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CredentialsError(`cannot read ${path}: ${reason(cause)}`, { cause });
  }
}

function pluginOf(
  exec: unknown,
  { cluster }: ReadKubeconfig,
  { env }: KubeconfigCredentialsOptions,
): ExecPlugin {
  const command = isRecord(exec) ? text(exec, 'command') : undefined;
  if (!isRecord(exec) || command === undefined) throw new Error('exec names no command');
  const apiVersion = text(exec, 'apiVersion') ?? '';
  if (!EXEC_VERSIONS.includes(apiVersion))
    throw new Error(`exec has apiVersion "${apiVersion}": known are ${EXEC_VERSIONS.join(' and ')}`);
  if (exec['interactiveMode'] === 'Always')
    throw new Error(`exec of ${command} has interactiveMode Always, and nobody is there to answer it`);
  const [caData, serverName] = [given(cluster.caData), given(cluster.tlsServerName)];
  const told = {
    server: cluster.server,
    ...(caData === undefined ? {} : { 'certificate-authority-data': caData }),
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
  };
  return {
    apiVersion,
    command,
    args: list(exec['args']).filter((arg) => typeof arg === 'string'),
    env: { ...env, ...Object.fromEntries(list(exec['env']).filter(isRecord).map(variable)) },
    cluster: exec['provideClusterInfo'] === true ? told : undefined,
  };
}

function variable(entry: Readonly<Record<string, unknown>>): [string, string] {
  return [text(entry, 'name') ?? '', text(entry, 'value') ?? ''];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(from: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
