/** The speaker's Pod as the cluster shows it: its log, its containers, their cgroups, the sidecar's metrics. */

import { setTimeout as delay } from 'node:timers/promises';

import { Scrape } from '../e2e/metrics.ts';
import { listAt, numberAt, parseJson, textAt, valueAt } from '../support/json-value.ts';
import type { Cluster } from './cluster.ts';
import type { Daemon } from './daemon.ts';
import { NAMESPACE } from './metallb.ts';
import { wait } from './wait.ts';

/** Selects them however MetalLB was installed: by its manifests or by its chart. */
export const SPEAKER_PODS = 'component!=controller,app.kubernetes.io/component!=controller';
const METRICS_PORT = 17482;
const LOG_MS = 30_000;
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

export interface ContainerState {
  readonly id: string;
  readonly restarts: number;
  readonly ready: boolean;
}

/** Memory that the kernel charges to a container, bytes, and CPU it has used, seconds. */
export interface Charge {
  readonly memory: number;
  readonly cpuSeconds: number;
}

export class SpeakerPod {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Its one Pod that is not on its way out. */
  async pod(): Promise<unknown> {
    const get = ['-n', NAMESPACE, 'get', 'pods', '-l', SPEAKER_PODS, '-o', 'json'];
    const items = listAt(parseJson(await this.#cluster.kubectl(...get)), 'items');
    const [pod, ...others] = items.filter(
      (item) => valueAt(item, 'metadata', 'deletionTimestamp') === undefined,
    );
    if (pod === undefined || others.length > 0) throw new Error(`${items.length} Pods of the speaker`);
    return pod;
  }

  async name(): Promise<string> {
    return textAt(await this.pod(), 'metadata', 'name');
  }

  async container(name: string): Promise<ContainerState> {
    const pod = await this.pod();
    const all = ['initContainerStatuses', 'containerStatuses'].flatMap((list) => listAt(pod, 'status', list));
    const status = all.find((one) => valueAt(one, 'name') === name);
    return {
      id: String(valueAt(status, 'containerID')).replace('containerd://', ''),
      restarts: numberAt(status, 'restartCount'),
      ready: valueAt(status, 'ready') === true,
    };
  }

  /** What the speaker has said since its start, and goes on saying. */
  async follow(): Promise<Daemon> {
    const log = ['logs', '-f', await this.name(), '-n', NAMESPACE, '-c', 'speaker'];
    const daemon = this.#cluster.startKubectl(...log);
    await daemon.child.stdout.waitFor('any line', () => true, LOG_MS);
    return daemon;
  }

  async logs(container: string, ...args: readonly string[]): Promise<string> {
    return this.#cluster.kubectl('-n', NAMESPACE, 'logs', await this.name(), '-c', container, ...args);
  }

  /** Through the API server, as a Prometheus in the cluster reads it. */
  async scrape(): Promise<Scrape> {
    const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
    const path = `${pods}/${await this.name()}:${METRICS_PORT}/proxy/metrics`;
    return new Scrape(await this.#cluster.kubectl('get', '--raw', path));
  }

  /** Resolves when the speaker's watch of Nodes comes through the sidecar. */
  async watches(timeoutMs = 60_000): Promise<void> {
    await wait(
      'the watch is there',
      timeoutMs,
      async () => (await this.scrape()).gauge('watchsieve_streams') >= 1,
    );
  }

  /** Events of type Warning about the sidecar; MetalLB has some of its own, of a Secret that comes late. */
  async warnings(): Promise<readonly string[]> {
    const selector = `involvedObject.name=${await this.name()},type=Warning`;
    const list = await this.#cluster.kubectl(
      '-n',
      NAMESPACE,
      'get',
      'events',
      `--field-selector=${selector}`,
      '-o',
      'json',
    );
    return listAt(parseJson(list), 'items')
      .filter((event) => String(valueAt(event, 'involvedObject', 'fieldPath')).includes('{watchsieve'))
      .map((event) => `${textAt(event, 'reason')}: ${textAt(event, 'message')}`);
  }

  async charge(container: string): Promise<Charge> {
    const { id } = await this.container(container);
    const read = async (controller: string, file: string) => {
      const find = `cat "$(find /sys/fs/cgroup/${controller} -type d -name ${id})/${file}"`;
      return this.#cluster.cage.run('bash', '-c', find);
    };
    const stat = await read('memory', 'memory.stat');
    const inactive = /^total_inactive_file (\d+)$/m.exec(stat)?.[1];
    // As the kubelet counts a working set: what could be dropped at once is not part of it.
    const memory = Number(await read('memory', 'memory.usage_in_bytes')) - Number(inactive);
    return { memory, cpuSeconds: Number(await read('cpuacct', 'cpuacct.usage')) / 1e9 };
  }

  /** Share of a core over some seconds. */
  async cpuShare(container: string, seconds: number): Promise<number> {
    const before = await this.charge(container);
    await delay(seconds * 1000);
    return ((await this.charge(container)).cpuSeconds - before.cpuSeconds) / seconds;
  }

  /** Sends a signal to the first process of a container. */
  async signal(container: string, signal: 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    const { id } = await this.container(container);
    await this.#cluster.signalTask(id, signal);
  }
}
