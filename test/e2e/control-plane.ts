/**
 * The two programs of a control plane: etcd, and a kube-apiserver that can be killed and started again on
 * the same port over the same data. It writes down who listed and watched Nodes.
 */

import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ApiClient } from './api-client.ts';
import { Child, type Usage } from '../support/child.ts';
import { parseJson, textAt, valueAt } from '../support/json-value.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { until } from './until.ts';

const READY_TIMEOUT_MS = 90_000;
const AUDIT_LOG = 'audit.log';

/** etcd, which can be stopped and started again on the same ports, and put back to an older state meanwhile. */
export class Etcd {
  /** http://HOST:PORT */
  readonly client: string;
  readonly #options: EtcdOptions;
  readonly #peer: string;
  #child: Child | undefined;

  private constructor(options: EtcdOptions, client: string, peer: string) {
    this.#options = options;
    this.client = client;
    this.#peer = peer;
  }

  static async start(options: EtcdOptions): Promise<Etcd> {
    const client = `http://127.0.0.1:${await lastingPort()}`;
    const etcd = new Etcd(options, client, `http://127.0.0.1:${await lastingPort()}`);
    await etcd.startAgain();
    // Lifts the revision the API server starts from, so that resourceVersion 1 is too old for its watch
    // cache: the only cheap way to a genuine 410.
    for (let i = 0; i < 5; i++) {
      const key = Buffer.from('e2e').toString('base64');
      await fetch(`${client}/v3/kv/put`, { method: 'POST', body: JSON.stringify({ key, value: key }) });
    }
    return etcd;
  }

  /** Resolves when it is healthy. */
  async startAgain(): Promise<void> {
    const { binary } = this.#options;
    const args = [
      '--unsafe-no-fsync',
      `--data-dir=${this.#data}`,
      `--listen-client-urls=${this.client}`,
      `--advertise-client-urls=${this.client}`,
      `--listen-peer-urls=${this.#peer}`,
      `--initial-advertise-peer-urls=${this.#peer}`,
      `--initial-cluster=default=${this.#peer}`,
      // The API server compacts five minutes after its start, which one that is killed every other minute
      // never reaches: half an hour of heartbeats would be more than the default quota of 2 GiB.
      '--auto-compaction-retention=5m',
      `--quota-backend-bytes=${8 * 2 ** 30}`,
    ];
    const child = new Child({ name: 'etcd', command: binary, args });
    this.#child = child;
    try {
      await until('etcd is healthy', READY_TIMEOUT_MS, child, async () => {
        return (await fetch(`${this.client}/health`)).ok;
      });
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL');
    await this.#child?.exited;
  }

  /** Keeps a copy of what it holds. It must not be running. */
  async backUp(): Promise<void> {
    await cp(this.#data, this.#backup, { recursive: true });
  }

  /** Puts that copy in the place of what it holds. It must not be running. */
  async restore(): Promise<void> {
    await rm(this.#data, { recursive: true });
    await cp(this.#backup, this.#data, { recursive: true });
  }

  get #data(): string {
    return join(this.#options.folder, 'etcd');
  }

  get #backup(): string {
    return join(this.#options.folder, 'etcd-backup');
  }
}

export interface EtcdOptions {
  readonly binary: string;
  /** Holds its data. */
  readonly folder: string;
}

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
    verbs: [list]
    resources: [{ group: "", resources: [nodes] }]
    omitStages: [RequestReceived]
  - level: Metadata
    verbs: [watch]
    resources: [{ group: "", resources: [nodes] }]
    omitStages: [RequestReceived, ResponseComplete]
  - level: None
`;

/** One LIST, watch-list or watch of Nodes that the API server answered. */
export interface NodeRequest {
  readonly client: string;
  readonly verb: string;
  /** Path with query. */
  readonly target: string;
  readonly status: number;
}

export interface ApiServerOptions {
  readonly binary: string;
  /** Holds tokens.csv and sa.key; certificates are made in its folder certs. */
  readonly folder: string;
  /** Address of etcd. */
  readonly etcd: string;
  /** May ask whether it is ready, also where anonymous requests are not allowed. */
  readonly token: string;
  /** More of its own flags. */
  readonly flags?: readonly string[] | undefined;
}

export class ApiServer {
  /** https://HOST:PORT */
  readonly server: string;
  readonly #options: ApiServerOptions;
  readonly #port: number;
  #child: Child;

  private constructor(options: ApiServerOptions, port: number, child: Child) {
    this.#options = options;
    this.#port = port;
    this.server = serverUrl(port);
    this.#child = child;
  }

  static async start(options: ApiServerOptions): Promise<ApiServer> {
    await writeFile(join(options.folder, 'audit-policy.yaml'), AUDIT_POLICY);
    const port = await lastingPort();
    return new ApiServer(options, port, await startApiServer(options, port));
  }

  get usage(): Usage {
    return this.#child.usage();
  }

  /** Without a warning, as a machine that fails; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.signal('SIGKILL');
    await this.#child.exited;
  }

  /** Resolves when it is ready again. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = await startApiServer(this.#options, this.#port);
  }

  /** Who listed and watched Nodes so far, restarts included, oldest first. */
  async nodeRequests(): Promise<readonly NodeRequest[]> {
    const lines = (await readFile(join(this.#options.folder, AUDIT_LOG), 'utf8')).split('\n');
    // Whole lines only: a killed server may leave half of one behind.
    return lines
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => {
        const event = parseJson(line);
        return {
          client: String(valueAt(event, 'userAgent')),
          verb: textAt(event, 'verb'),
          target: textAt(event, 'requestURI'),
          status: Number(valueAt(event, 'responseStatus', 'code')),
        };
      });
  }
}

function serverUrl(port: number): string {
  return `https://127.0.0.1:${port}`;
}

async function startApiServer(
  { binary, folder, etcd, token, flags = [] }: ApiServerOptions,
  port: number,
): Promise<Child> {
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
    // Clients that are not ours cannot tell us what they asked for.
    `--audit-policy-file=${join(folder, 'audit-policy.yaml')}`,
    `--audit-log-path=${join(folder, AUDIT_LOG)}`,
    // It refuses a loopback address as endpoint of the Service `kubernetes`, and would say so for ever.
    '--endpoint-reconciler-type=none',
    ...flags,
  ];
  const apiServer = new Child({ name: 'kube-apiserver', command: binary, args });
  try {
    await until('kube-apiserver is ready', READY_TIMEOUT_MS, apiServer, async () => {
      const ca = await readFile(join(folder, 'certs', 'apiserver.crt'), 'utf8');
      const probe = new ApiClient({ server: serverUrl(port), ca, token });
      try {
        return (await probe.get('/readyz')).status === 200;
      } finally {
        await probe.close();
      }
    });
  } catch (error) {
    apiServer.signal('SIGKILL');
    await apiServer.exited;
    throw error;
  }
  return apiServer;
}
