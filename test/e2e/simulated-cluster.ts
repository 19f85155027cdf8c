/**
 * The simulator in the place of a cluster: Nodes by the hundreds, some noisier than others, as a real one has them, at
 * the price of none.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  createCertificateAuthority,
  issueServingCertificate,
} from '../../src/platform/identity/certificates.ts';
import { renderKubeconfig } from '../../src/platform/identity/kubeconfig.ts';
import { startSimulator } from '../../src/lab/simulator/start-simulator.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import type { Endpoint } from './api-client.ts';
import type { ProxiedCluster } from './proxy.ts';

const HOST = '127.0.0.1';
/** How often the load looks whether something is due. */
const TICK_MS = 50;
/** Every so many heartbeats one is of a noisy Node. */
const NOISY_EVERY = 12;

/** Around 1, without a period that one would see. */
function breath(seconds: number): number {
  return 1 + 0.08 * Math.sin(seconds / 11) + 0.06 * Math.sin(seconds / 4.7) + 0.05 * Math.sin(seconds / 1.3);
}

export class SimulatedCluster implements ProxiedCluster {
  readonly folder: string;
  readonly simulator: Simulator;
  readonly token: string;
  readonly #ca: string;
  #timer: NodeJS.Timeout | undefined;

  private constructor(given: {
    readonly folder: string;
    readonly simulator: Simulator;
    readonly token: string;
    readonly ca: string;
  }) {
    this.folder = given.folder;
    this.simulator = given.simulator;
    this.token = given.token;
    this.#ca = given.ca;
  }

  static async start(names: readonly string[]): Promise<SimulatedCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'watchsieve-e2e-simulated-'));
    const now = new Date();
    const ca = await createCertificateAuthority({ now, commonName: 'watchsieve-e2e' });
    const tls = await issueServingCertificate(ca, { hosts: [HOST], now });
    const token = `simulated-${process.pid}-${now.getTime()}`;
    const simulator = await startSimulator({ tls, nodes: 0, token });
    for (const name of names) simulator.cluster.addNode(name);
    await writeFile(join(folder, 'ca.crt'), ca.certPem);
    await writeFile(join(folder, 'token'), token);
    return new SimulatedCluster({ folder, simulator, token, ca: ca.certPem });
  }

  get secrets(): readonly string[] {
    return [this.token];
  }

  endpoint(): Endpoint {
    return { server: this.simulator.url, ca: this.#ca, token: this.token };
  }

  tokenFile(): string {
    return join(this.folder, 'token');
  }

  async writeKubeconfig(name: string): Promise<string> {
    const file = join(this.folder, name);
    const { address } = this.simulator;
    await writeFile(
      file,
      renderKubeconfig({ stateDir: this.folder, tokenFile: this.tokenFile(), ...address }),
    );
    return file;
  }

  /**
   * Heartbeats at a pace that breathes a little, so many per second over all Nodes, and now and then a change that
   * matters. Those that are noisy are written by others besides. Changes come in turn, told their round.
   */
  beat(load: {
    readonly perSecond: number;
    readonly noisy: readonly string[];
    readonly changesEveryMs: number;
    readonly changes: readonly ((round: number) => void)[];
  }): void {
    const { perSecond, noisy, changesEveryMs, changes } = load;
    const { cluster } = this.simulator;
    const names = cluster.nodeNames();
    const startedAt = performance.now();
    let [due, made, changed] = [0, 0, 0];
    let last = startedAt;
    this.#timer = setInterval(() => {
      const at = performance.now();
      const seconds = (at - startedAt) / 1000;
      due += ((at - last) / 1000) * perSecond * breath(seconds);
      last = at;
      for (; made < due; made++) {
        const isNoisy = made % NOISY_EVERY === 0;
        const name = isNoisy ? noisy[(made / NOISY_EVERY) % noisy.length] : names[made % names.length];
        if (name !== undefined && cluster.node(name) !== undefined) cluster.heartbeat(name);
      }
      for (; changed < Math.floor((at - startedAt) / changesEveryMs); changed++)
        changes[changed % changes.length]?.(Math.floor(changed / changes.length));
    }, TICK_MS);
  }

  rest(): void {
    clearInterval(this.#timer);
  }

  async stop(): Promise<void> {
    this.rest();
    await this.simulator.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
