/** The API server of a demo with its own certificates, and the kubeconfig that names it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, issueServingCertificate } from '../../platform/identity/certificates.ts';
import { renderKubeconfig } from '../../platform/identity/kubeconfig.ts';
import type { DemoChange } from './changes.ts';

export interface DemoServer {
  /** Names the API server, its CA and the token file. */
  readonly kubeconfigPath: string;
  readonly tokenFile: string;
  /** An empty directory for the proxy. */
  readonly proxyStateDir: string;
  /** Stops the API server and removes all files. */
  close(): Promise<void>;
}

/** The cluster that a demo shows. */
export interface DemoCluster extends DemoServer {
  /** For example `50 Nodes, 50 heartbeats/s`. */
  readonly title: string;
  /** A Node that the demo can change at will; when such a change has arrived, so have all earlier ones. */
  readonly barrier: Barrier | undefined;
  /** @param onChange - called for each real change before any watcher can have seen it */
  play(onChange: (change: DemoChange) => void): Play;
}

export interface Barrier {
  readonly node: string;
  setLabel(node: string, key: string, value: string): void;
}

/** The running events of a cluster, until they are stopped. */
export interface Play {
  /** Resolves when nothing more will happen; never resolves if the events go on forever. */
  readonly ended: Promise<unknown>;
  stop(): void;
}

export interface ServerIdentity {
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  readonly token: string;
  readonly host: string;
}

interface Listening {
  readonly address: { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts an API server in a new temporary directory. @throws Error if it cannot listen */
export async function startServer(
  start: (identity: ServerIdentity) => Promise<Listening>,
): Promise<DemoServer> {
  const directory = await mkdtemp(join(tmpdir(), 'watchsieve-demo-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const now = new Date();
    const ca = await createCertificateAuthority({ now, commonName: 'watchsieve-demo' });
    const tls = await issueServingCertificate(ca, { hosts: [HOST], now });
    const token = randomBytes(16).toString('hex');
    const server = await start({ tls, token, host: HOST });
    const tokenFile = join(directory, 'token');
    const kubeconfigPath = join(directory, 'kubeconfig');
    await writeFile(tokenFile, token, { mode: 0o600 });
    await writeFile(join(directory, 'ca.crt'), ca.certPem);
    await writeFile(kubeconfigPath, renderKubeconfig({ stateDir: directory, tokenFile, ...server.address }));
    return {
      kubeconfigPath,
      tokenFile,
      proxyStateDir: join(directory, 'proxy'),
      close: async () => {
        await server.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
