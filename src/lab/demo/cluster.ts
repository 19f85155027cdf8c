/** The demo's cluster: a simulator with certificates of its own, and the kubeconfig that names it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, issueServingCertificate } from '../../platform/identity/certificates.ts';
import { renderKubeconfig } from '../../platform/identity/kubeconfig.ts';
import { startSimulator } from '../simulator/start-simulator.ts';
import type { Cluster } from '../simulator/cluster.ts';

/** A running cluster and the files about it. */
export interface DemoCluster {
  readonly cluster: Cluster;
  /** Names the simulator, its CA and the token file. */
  readonly kubeconfigPath: string;
  readonly tokenFile: string;
  /** An empty directory for the proxy. */
  readonly proxyStateDir: string;
  /** Stops the simulator and removes all files. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts a cluster of `nodes` Nodes in a new temporary directory. */
export async function startDemoCluster(nodes: number): Promise<DemoCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'watchsieve-demo-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const now = new Date();
    const ca = await createCertificateAuthority({ now, commonName: 'watchsieve-demo' });
    const tls = await issueServingCertificate(ca, { hosts: [HOST], now });
    const token = randomBytes(16).toString('hex');
    const simulator = await startSimulator({ tls, nodes, token });
    const tokenFile = join(directory, 'token');
    const kubeconfigPath = join(directory, 'kubeconfig');
    await writeFile(tokenFile, token, { mode: 0o600 });
    await writeFile(join(directory, 'ca.crt'), ca.certPem);
    await writeFile(
      kubeconfigPath,
      renderKubeconfig({ stateDir: directory, tokenFile, ...simulator.address }),
    );
    return {
      cluster: simulator.cluster,
      kubeconfigPath,
      tokenFile,
      proxyStateDir: join(directory, 'proxy'),
      close: async () => {
        await simulator.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
