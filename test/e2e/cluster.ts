/**
 * A real control plane for one run: etcd and kube-apiserver on loopback, with static tokens and RBAC,
 * in a temporary folder. Nothing of it is left when it has been stopped.
 */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { ApiClient } from './api-client.ts';
import type { Endpoint } from './api-client.ts';
import type { Assets } from './assets.ts';
import { Child } from '../support/child.ts';
import { until } from './until.ts';

/** `admin` may do anything, `watcher` only read Nodes, `nobody` nothing. */
export type User = 'admin' | 'watcher' | 'nobody';

const READY_TIMEOUT_MS = 90_000;

export class Cluster {
  /** PEM. */
  readonly ca: string;
  readonly server: string;
  /** A temporary folder that goes with the cluster, for whatever a scenario writes. */
  readonly folder: string;
  readonly admin: ApiClient;
  readonly #tokens: Readonly<Record<User, string>>;
  readonly #children: readonly Child[];

  private constructor(options: {
    readonly ca: string;
    readonly server: string;
    readonly folder: string;
    readonly tokens: Readonly<Record<User, string>>;
    readonly children: readonly Child[];
  }) {
    this.ca = options.ca;
    this.server = options.server;
    this.folder = options.folder;
    this.#tokens = options.tokens;
    this.#children = options.children;
    this.admin = new ApiClient(this.endpoint('admin'));
  }

  static async start(assets: Assets): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'watchsieve-e2e-'));
    const removeFolder = () => {
      rmSync(folder, { recursive: true, force: true });
    };
    // Also when the run is interrupted.
    process.once('exit', removeFolder);
    const children: Child[] = [];
    try {
      const etcd = await startEtcd(assets.etcd, folder, children);
      const tokens = await writeCredentials(folder);
      const server = await startApiServer({ binary: assets.kubeApiserver, folder, etcd }, children);
      const ca = await readFile(join(folder, 'certs', 'apiserver.crt'), 'utf8');
      const cluster = new Cluster({ ca, server, folder, tokens, children });
      await cluster.#allowWatcher();
      return cluster;
    } catch (error) {
      await stopAll(children, folder);
      throw error;
    }
  }

  endpoint(user: User): Endpoint {
    return { server: this.server, ca: this.ca, token: this.#tokens[user] };
  }

  /** A file with the bearer token of `user`, as a mounted service account token would be. */
  tokenFile(user: User): string {
    return join(this.folder, `token-${user}`);
  }

  /** For tests that look for them where they must not be. */
  get secrets(): readonly string[] {
    return Object.values(this.#tokens);
  }

  /** Writes a kubeconfig that leads to this API server. Without a user it holds no credentials at all. */
  async writeKubeconfig(name: string, user?: User): Promise<string> {
    const file = join(this.folder, name);
    const credentials = user === undefined ? {} : { tokenFile: this.tokenFile(user) };
    await writeFile(
      file,
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'e2e',
        contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
        clusters: [
          {
            name: 'e2e',
            cluster: {
              server: this.server,
              'certificate-authority-data': Buffer.from(this.ca).toString('base64'),
            },
          },
        ],
        users: [{ name: 'e2e', user: credentials }],
      }),
    );
    return file;
  }

  async stop(): Promise<void> {
    await this.admin.close();
    await stopAll(this.#children, this.folder);
  }

  async #allowWatcher(): Promise<void> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const name = 'e2e-node-watcher';
    await this.admin.send('POST', `${rbac}/clusterroles`, {
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }],
    });
    await this.admin.send('POST', `${rbac}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'watcher' }],
    });
  }
}

/** Free now; a program that cannot take port 0 has to be told one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has no port');
  return address.port;
}

async function startEtcd(binary: string, folder: string, children: Child[]): Promise<string> {
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const args = [
    '--unsafe-no-fsync',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
  const etcd = new Child({ name: 'etcd', command: binary, args });
  children.push(etcd);
  await until('etcd is healthy', READY_TIMEOUT_MS, etcd, async () => (await fetch(`${client}/health`)).ok);
  // Lifts the revision the API server starts from, so that resourceVersion 1 is too old for its watch
  // cache: the only cheap way to a genuine 410.
  for (let i = 0; i < 5; i++) {
    const key = Buffer.from('e2e').toString('base64');
    await fetch(`${client}/v3/kv/put`, { method: 'POST', body: JSON.stringify({ key, value: key }) });
  }
  return client;
}

async function writeCredentials(folder: string): Promise<Readonly<Record<User, string>>> {
  const token = () => randomBytes(16).toString('hex');
  const tokens = { admin: token(), watcher: token(), nobody: token() };
  const lines = [
    `${tokens.admin},admin,1,"system:masters"`,
    `${tokens.watcher},watcher,2`,
    `${tokens.nobody},nobody,3`,
  ];
  await writeFile(join(folder, 'tokens.csv'), lines.join('\n'), { mode: 0o600 });
  for (const [user, secret] of Object.entries(tokens)) await writeFile(join(folder, `token-${user}`), secret);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), {
    mode: 0o600,
  });
  return tokens;
}

async function startApiServer(
  options: { readonly binary: string; readonly folder: string; readonly etcd: string },
  children: Child[],
): Promise<string> {
  const { binary, folder, etcd } = options;
  const port = await freePort();
  const args = [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // It makes its own certificate there, and the CA next to it in the same file.
    `--cert-dir=${join(folder, 'certs')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'sa.key')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    // No controller manager runs here that would make the service accounts this plugin asks for.
    '--disable-admission-plugins=ServiceAccount',
    '--service-cluster-ip-range=10.0.0.0/24',
    // It refuses a loopback address as endpoint of the Service `kubernetes`, and would say so for ever.
    '--endpoint-reconciler-type=none',
  ];
  const apiServer = new Child({ name: 'kube-apiserver', command: binary, args });
  children.push(apiServer);
  const server = `https://127.0.0.1:${port}`;
  await until('kube-apiserver is ready', READY_TIMEOUT_MS, apiServer, async () => {
    const ca = await readFile(join(folder, 'certs', 'apiserver.crt'), 'utf8');
    const probe = new ApiClient({ server, ca, token: '' });
    try {
      return (await probe.get('/readyz')).status === 200;
    } finally {
      await probe.close();
    }
  });
  return server;
}

/** Their data is thrown away, and a graceful end can take a minute while watches are open: killed. */
async function stopAll(children: readonly Child[], folder: string): Promise<void> {
  for (const child of children) child.signal('SIGKILL');
  await Promise.all(children.map((child) => child.exited));
  await rm(folder, { recursive: true, force: true });
}
