/**
 * A real control plane for one run: etcd and kube-apiserver on loopback, with static tokens and RBAC,
 * in a temporary folder. Nothing of it is left when it has been stopped.
 */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { ApiClient } from './api-client.ts';
import type { Endpoint } from './api-client.ts';
import type { ControlPlane } from './assets.ts';
import type { Usage } from '../support/child.ts';
import { ApiServer, Etcd } from './control-plane.ts';
import type { NodeRequest } from './control-plane.ts';

/** `admin` may do anything, `watcher` only read Nodes, `nobody` nothing. */
export type User = 'admin' | 'watcher' | 'nobody';

export class Cluster {
  /** PEM. */
  readonly ca: string;
  readonly server: string;
  /** A temporary folder that goes with the cluster, for whatever a scenario writes. */
  readonly folder: string;
  readonly admin: ApiClient;
  readonly #tokens: Readonly<Record<User, string>>;
  readonly #apiServer: ApiServer;
  readonly #etcd: Etcd;

  private constructor(options: {
    readonly ca: string;
    readonly folder: string;
    readonly tokens: Readonly<Record<User, string>>;
    readonly apiServer: ApiServer;
    readonly etcd: Etcd;
  }) {
    this.ca = options.ca;
    this.server = options.apiServer.server;
    this.folder = options.folder;
    this.#tokens = options.tokens;
    this.#apiServer = options.apiServer;
    this.#etcd = options.etcd;
    this.admin = new ApiClient(this.endpoint('admin'));
  }

  /** @param flags - more of kube-apiserver's own. */
  static async start(assets: ControlPlane, flags: readonly string[] = []): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'watchsieve-e2e-'));
    const removeFolder = () => {
      rmSync(folder, { recursive: true, force: true });
    };
    // Also when the run is interrupted.
    process.once('exit', removeFolder);
    let etcd: Etcd | undefined;
    let apiServer: ApiServer | undefined;
    try {
      etcd = await Etcd.start({ binary: assets.etcd, folder });
      const tokens = await writeCredentials(folder);
      apiServer = await ApiServer.start({
        ...{ binary: assets.kubeApiserver, folder, flags },
        ...{ etcd: etcd.client, token: tokens.admin },
      });
      const ca = await readFile(join(folder, 'certs', 'apiserver.crt'), 'utf8');
      const cluster = new Cluster({ ca, folder, tokens, apiServer, etcd });
      await cluster.#allowWatcher();
      return cluster;
    } catch (error) {
      await apiServer?.kill();
      await etcd?.kill();
      await rm(folder, { recursive: true, force: true });
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

  /**
   * Writes a kubeconfig that leads to this API server. Without a user it holds no credentials at all.
   * @param at - where else it leads.
   */
  async writeKubeconfig(
    name: string,
    user?: User,
    at: Pick<Endpoint, 'server' | 'ca'> = this,
  ): Promise<string> {
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
              server: at.server,
              'certificate-authority-data': Buffer.from(at.ca).toString('base64'),
            },
          },
        ],
        users: [{ name: 'e2e', user: credentials }],
      }),
    );
    return file;
  }

  /** What the API server has used since its start. */
  get apiServerUsage(): Usage {
    return this.#apiServer.usage;
  }

  /** Kills the API server, and leaves its data and its port for {@link restartApiServer}. */
  killApiServer(): Promise<void> {
    return this.#apiServer.kill();
  }

  /** Resolves when it is ready. */
  restartApiServer(): Promise<void> {
    return this.#apiServer.restart();
  }

  /** Stops API server and etcd, does this to etcd, and starts both again; resolves when they are ready. */
  async withEtcdStopped(act: (etcd: Etcd) => Promise<void>): Promise<void> {
    await this.killApiServer();
    await this.#etcd.kill();
    await act(this.#etcd);
    await this.#etcd.startAgain();
    await this.restartApiServer();
  }

  /** Who listed and watched Nodes so far, oldest first. */
  nodeRequests(): Promise<readonly NodeRequest[]> {
    return this.#apiServer.nodeRequests();
  }

  /** Their data is thrown away, and a graceful end can take a minute while watches are open: killed. */
  async stop(): Promise<void> {
    await this.admin.close();
    await this.#apiServer.kill();
    await this.#etcd.kill();
    await rm(this.folder, { recursive: true, force: true });
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
