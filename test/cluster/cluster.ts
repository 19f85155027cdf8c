/**
 * A real cluster of one node in a cage: etcd, kube-apiserver, controller manager, scheduler, containerd, kubelet and
 * kube-proxy, as a cluster's operator would run them, down to ServiceAccount tokens, probes, cgroups and Services.
 */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import type { Assets } from '../e2e/assets.ts';
import { until } from '../e2e/until.ts';
import { Cage, NODE_IP } from './cage.ts';
import { Daemon } from './daemon.ts';
import { PAUSE } from './images.ts';
import { API_PORT, makePki } from './pki.ts';
import type { NodePrograms } from './programs.ts';

const SERVICES = '10.96.0.0/24';
const PODS = '198.51.100.0/24';
const ETCD = 'http://127.0.0.1:2379';
const CONTAINERD = '/run/containerd/containerd.sock';
const READY_MS = 120_000;

export interface ClusterOptions {
  readonly folder: string;
  readonly assets: Assets;
  readonly programs: NodePrograms;
  /** Whether controller manager and scheduler elect a leader, as they do where there are several. */
  readonly electsLeaders?: boolean;
}

/** @returns what it printed. @throws with its last words, unless it ends with 0. */
export type Helm = (...args: readonly string[]) => Promise<string>;

export class Cluster {
  readonly folder: string;
  readonly cage: Cage;
  readonly apiServer: Daemon;
  readonly kubelet: Daemon;
  readonly #kubectl: readonly string[];
  /** A flag that kubectl, Helm and kwok know alike. */
  readonly #kubeconfig: string;
  readonly #others: readonly Daemon[];
  readonly #containerd: Daemon;

  private constructor(
    cage: Cage,
    { folder, assets, programs, electsLeaders = false }: ClusterOptions,
    file: (name: string) => string,
  ) {
    this.folder = folder;
    this.cage = cage;
    this.#kubeconfig = `--kubeconfig=${file('admin.kubeconfig')}`;
    this.#kubectl = [assets.kubectl, this.#kubeconfig, `--cache-dir=${join(folder, 'kubectl')}`];
    const election = `--leader-elect=${electsLeaders}`;
    const daemon = (name: string, ...command: readonly string[]) => new Daemon(cage, name, command);
    this.apiServer = daemon('kube-apiserver', assets.kubeApiserver, ...apiServerFlags(file));
    this.kubelet = daemon('kubelet', programs.kubelet, ...kubeletFlags(folder, file));
    this.#containerd = daemon('containerd', 'containerd', '--config', join(folder, 'containerd.toml'));
    this.#others = [
      daemon('etcd', assets.etcd, ...etcdFlags(folder)),
      daemon(
        ...(['kube-controller-manager', programs.controllerManager] as const),
        ...accounts('manager', file),
        ...[`--root-ca-file=${file('ca.crt')}`, `--service-account-private-key-file=${file('sa.key')}`],
        ...['--use-service-account-credentials', election, '--bind-address=127.0.0.1'],
        `--cert-dir=${file('manager')}`,
      ),
      daemon(
        ...(['kube-scheduler', programs.scheduler] as const),
        ...accounts('scheduler', file),
        ...[election, '--bind-address=127.0.0.1', `--cert-dir=${file('scheduler')}`],
      ),
      daemon(
        ...(['kube-proxy', programs.proxy, `--kubeconfig=${file('admin.kubeconfig')}`] as const),
        ...['--hostname-override=node1', '--proxy-mode=iptables', `--cluster-cidr=${PODS}`],
        ...['--conntrack-max-per-core=0', '--conntrack-tcp-timeout-established=0'],
        ...['--conntrack-tcp-timeout-close-wait=0', `--bind-address=${NODE_IP}`],
      ),
    ];
  }

  /** @param archives - images, which the node has from the start. */
  static async start(options: ClusterOptions, archives: readonly string[]): Promise<Cluster> {
    const { folder } = options;
    const pki = join(folder, 'pki');
    for (const path of [pki, join(folder, 'cni')]) await mkdir(path, { recursive: true });
    const file = await makePki(pki);
    await writeFile(join(folder, 'kubelet.yaml'), stringify(kubeletConfiguration(file)));
    await writeFile(join(folder, 'containerd.toml'), containerdConfiguration(folder));
    await writeFile(join(folder, 'cni', 'pods.conflist'), JSON.stringify(POD_NETWORK));
    const cage = await Cage.start(folder);
    try {
      const cluster = new Cluster(cage, options, file);
      await cluster.#start(archives);
      return cluster;
    } catch (error) {
      await cage.stop();
      throw error;
    }
  }

  /** @returns what it printed. @throws with its last words, unless it ends with 0. */
  kubectl(...args: readonly string[]): Promise<string> {
    return this.cage.run(...this.#kubectl, ...args);
  }

  /** Runs a program that takes the flag --kubeconfig, however long it takes. @returns what it printed. */
  async runAsAdmin(name: string, command: readonly string[]): Promise<string> {
    const child = this.cage.spawn(name, [...command, this.#kubeconfig]);
    child.endInput();
    const code = await child.exited;
    if (code !== 0) throw new Error(`${name}: ${code}\n${child.stderr.lines.join('\n')}`);
    return child.stdout.lines.join('\n');
  }

  /** For commands that do not end by themselves. */
  startKubectl(...args: readonly string[]): Daemon {
    const daemon = new Daemon(this.cage, 'kubectl', [...this.#kubectl, ...args]);
    daemon.start();
    return daemon;
  }

  /** Plays the Nodes that are marked as nobody's. */
  startKwok(program: string): Daemon {
    const flags = [
      ...[this.#kubeconfig, `--config=${join(import.meta.dirname, 'kwok.yaml')}`, '--manage-all-nodes=false'],
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      ...[`--node-ip=${NODE_IP}`, '--node-lease-duration-seconds=40'],
    ];
    const kwok = new Daemon(this.cage, 'kwok', [program, ...flags]);
    kwok.start();
    return kwok;
  }

  /** Ids of the running containers of this name, as the runtime knows them: it needs no API server. */
  async runningTasks(container: string): Promise<readonly string[]> {
    const ctr = (...args: readonly string[]) => this.cage.run('ctr', '-n', 'k8s.io', ...args);
    const named = await ctr('containers', 'ls', '-q', `labels."io.kubernetes.container.name"==${container}`);
    const running = (await ctr('tasks', 'ls')).split('\n').filter((line) => line.includes('RUNNING'));
    return words(named).filter((id) => running.some((line) => line.startsWith(id)));
  }

  /** Sends a signal to the first process of a container. */
  async signalTask(id: string, signal: 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    await this.cage.run('ctr', '-n', 'k8s.io', 'tasks', 'kill', '-s', `SIG${signal}`, id);
  }

  /** Helm with folders of its own, for this cluster. */
  async helm(programOf: () => Promise<string>): Promise<Helm> {
    const program = await programOf();
    const [kubectl = ''] = this.#kubectl;
    const home = (name: string) => `HELM_${name.toUpperCase()}_HOME=${join(this.folder, 'helm', name)}`;
    const env = ['env', ...['data', 'config', 'cache'].map(home), `KUBECTL=${kubectl}`];
    return (...args) => this.cage.run(...env, program, this.#kubeconfig, ...args);
  }

  /** Resolves when the API server is ready. */
  async startApiServer(): Promise<void> {
    const child = this.apiServer.start();
    await until('kube-apiserver is ready', READY_MS, child, async () => {
      await this.kubectl('get', '--raw', '/readyz');
      return true;
    });
  }

  /** With all that runs in it. */
  async stop(): Promise<void> {
    await this.cage.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #start(archives: readonly string[]): Promise<void> {
    const [etcd, ...others] = this.#others;
    etcd?.start();
    const containerd = this.#containerd.start();
    await this.startApiServer();
    for (const daemon of others) daemon.start();
    await until('containerd answers', READY_MS, containerd, async () => {
      await this.cage.run('ctr', 'version');
      return true;
    });
    for (const archive of archives) await this.cage.run('ctr', '-n', 'k8s.io', 'images', 'import', archive);
    const kubelet = this.kubelet.start();
    await until('node1 is ready', READY_MS, kubelet, async () => {
      await this.kubectl('wait', '--for=condition=Ready', '--timeout=1s', 'node/node1');
      return true;
    });
  }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function accounts(user: string, file: (name: string) => string): readonly string[] {
  const kubeconfig = file(`${user}.kubeconfig`);
  return ['', 'authentication-', 'authorization-'].map((prefix) => `--${prefix}kubeconfig=${kubeconfig}`);
}

function etcdFlags(folder: string): readonly string[] {
  const peer = 'http://127.0.0.1:2380';
  return [
    ...[`--data-dir=${join(folder, 'etcd')}`, '--unsafe-no-fsync', `--listen-client-urls=${ETCD}`],
    ...[`--advertise-client-urls=${ETCD}`, `--listen-peer-urls=${peer}`],
    ...[`--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
  ];
}

function apiServerFlags(file: (name: string) => string): readonly string[] {
  return [
    ...[`--etcd-servers=${ETCD}`, '--bind-address=0.0.0.0', `--advertise-address=${NODE_IP}`],
    ...[`--secure-port=${API_PORT}`, `--tls-cert-file=${file('api.crt')}`],
    ...[`--tls-private-key-file=${file('api.key')}`, `--client-ca-file=${file('ca.crt')}`],
    ...[`--token-auth-file=${file('tokens.csv')}`, `--service-cluster-ip-range=${SERVICES}`],
    ...['--service-account-issuer=https://kubernetes.default.svc', '--allow-privileged=true'],
    ...[
      `--service-account-key-file=${file('sa.key')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
    ],
    ...['--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction'],
    ...[`--kubelet-client-certificate=${file('kubelet-client.crt')}`],
    ...[`--kubelet-client-key=${file('kubelet-client.key')}`, `--cert-dir=${file('gen')}`],
    ...[`--kubelet-certificate-authority=${file('ca.crt')}`],
    ...['--kubelet-preferred-address-types=InternalIP'],
  ];
}

function kubeletFlags(folder: string, file: (name: string) => string): readonly string[] {
  return [
    ...[`--config=${join(folder, 'kubelet.yaml')}`, `--kubeconfig=${file('node.kubeconfig')}`],
    ...['--hostname-override=node1', `--node-ip=${NODE_IP}`, '--root-dir=/var/lib/kubelet'],
  ];
}

function kubeletConfiguration(file: (name: string) => string): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    containerRuntimeEndpoint: `unix://${CONTAINERD}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: file('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: file('node1.crt'),
    tlsPrivateKeyFile: file('node1.key'),
    address: NODE_IP,
    // Nobody answers there; without it every Pod off the host's network has a Warning event.
    clusterDNS: ['10.96.0.10'],
    failSwapOn: false,
    // What a container in a container may not lower, or write: without these no Pod starts in a sandbox.
    oomScoreAdj: 0,
    protectKernelDefaults: true,
    localStorageCapacityIsolation: false,
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '100Mi' },
    // The defaults of a kubelet: what heartbeats are made of.
    nodeStatusUpdateFrequency: '10s',
    nodeStatusReportFrequency: '5m',
  };
}

function containerdConfiguration(folder: string): string {
  return `version = 2
root = "${join(folder, 'containerd')}"
state = "/run/containerd"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(folder, 'containerd-opt')}"
[grpc]
  address = "${CONTAINERD}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(folder, 'cni')}"
`;
}

const POD_NETWORK = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni',
        ranges: [[{ subnet: PODS }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
};
