/** MetalLB as its manifests install it, and a Service for it to announce. */

import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { stringify } from 'yaml';

import type { Release } from '../support/release.ts';
import { copyConfig } from '../e2e/metallb-releases.ts';
import type { Cluster } from './cluster.ts';
import type { Rig } from './rig.ts';

export const NAMESPACE = 'metallb-system';
/** TEST-NET-1, and on a wire that leads nowhere. */
export const SERVICE_ADDRESS = '192.0.2.200';
const READY = '--timeout=110s';

export class Metallb {
  readonly version: string;
  readonly #cluster: Cluster;
  /** Where kustomizations are written: MetalLB's own and ours are beside it. */
  readonly #folder: string;
  readonly #config: string;

  private constructor(cluster: Cluster, version: string, folder: string, config: string) {
    this.#cluster = cluster;
    this.version = version;
    this.#folder = folder;
    this.#config = config;
  }

  /** @param rig - the release is a folder with `manifests` */
  static async prepare(
    {
      cluster,
      assets,
      release,
    }: Pick<Rig, 'cluster' | 'assets'> & { readonly release: Pick<Release, 'folder'> },
    version: string,
  ): Promise<Metallb> {
    const folder = join(cluster.folder, `metallb-${version}`);
    await cp(join(release.folder, 'manifests'), join(folder, 'manifests'), { recursive: true });
    return new Metallb(cluster, version, folder, await copyConfig(assets, version, folder));
  }

  /** A file of the release's manifests. */
  file(...path: readonly string[]): string {
    return join(this.#folder, 'manifests', ...path);
  }

  /** The native flavour with these components. @returns a folder for `kubectl apply -k` */
  async overlay(...components: readonly string[]): Promise<string> {
    const overlay = join(this.#folder, ['overlay', ...components].join('-'));
    await mkdir(overlay, { recursive: true });
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [relative(overlay, join(this.#config, 'native'))],
      components: components.map((name) => join('..', 'manifests', 'components', name)),
    };
    await writeFile(join(overlay, 'kustomization.yaml'), stringify(kustomization));
    return overlay;
  }

  async apply(...components: readonly string[]): Promise<void> {
    // MetalLB's controller writes a caBundle, which its manifests hold too.
    const apply = ['apply', '--server-side', '--force-conflicts', '-k'];
    await this.#cluster.kubectl(...apply, await this.overlay(...components));
    await this.rolledOut();
  }

  /** Controller and speaker run, each in the newest form. */
  async rolledOut(daemonSet = 'speaker'): Promise<void> {
    const status = (name: string) => this.#cluster.kubectl('-n', NAMESPACE, 'rollout', 'status', name, READY);
    await status(`daemonset/${daemonSet}`);
  }

  async delete(): Promise<void> {
    const overlay = await this.overlay();
    await this.#cluster.kubectl('delete', '--ignore-not-found', '--timeout=50s', '-k', overlay);
  }

  /** A pool, and a Service whose only endpoint is on the node. Resolves when the Service has its address. */
  async announce(): Promise<void> {
    const file = join(this.#folder, 'announce.yaml');
    await writeFile(file, ANNOUNCED.map((object) => stringify(object)).join('---\n'));
    await this.#cluster.kubectl('apply', '-f', file);
    const address = '.status.loadBalancer.ingress[0].ip';
    const wanted = `--for=jsonpath={${address}}=${SERVICE_ADDRESS}`;
    await this.#cluster.kubectl('-n', 'default', 'wait', wanted, '--timeout=50s', 'service/web');
  }
}

const ANNOUNCED = [
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'pool', namespace: NAMESPACE },
    spec: { addresses: [`${SERVICE_ADDRESS}/32`] },
  },
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'advertisement', namespace: NAMESPACE },
    spec: { ipAddressPools: ['pool'] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['198.51.100.250'], conditions: { ready: true }, nodeName: 'node1' }],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  },
];
