/**
 * The informer of @kubernetes/client-node, directly and through the proxy, under heartbeats and real
 * changes: same projected state in the end, every change seen (R40).
 */

import assert from 'node:assert/strict';

import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';
import type { V1Node } from '@kubernetes/client-node';

import { projectionOf } from '../informer.ts';
import type { Change } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 6;
const REACH_TIMEOUT_MS = 10_000;

export const clientNodeScenario: Scenario = {
  title: '@kubernetes/client-node informer',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const tokenFile = rig.cluster.tokenFile('admin');
  const direct = new NodeInformer(
    await rig.cluster.writeKubeconfig('client-node.kubeconfig', 'admin'),
    tokenFile,
  );
  const proxied = new NodeInformer(proxy.kubeconfig, tokenFile);
  try {
    await Promise.all([direct.start(), proxied.start()]);
    const load = await rig.nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
    const changes = [...load.changes, await rig.nodes.mark()];
    for (const [way, informer] of [
      ['direct', direct],
      ['through the proxy', proxied],
    ] as const) {
      await rig.report.check(`${way}: every real change arrives (I2)`, () => informer.reachedAll(changes));
    }
    rig.report.note(`${direct.updates} updates direct, ${proxied.updates} through the proxy`);
    await rig.report.check('same final projected state (I5)', () => {
      assert.deepEqual(proxied.projections(), direct.projections());
      assert.equal(proxied.projections().size, rig.nodes.count);
    });
    await rig.report.check('at most changes + Nodes updates', () => {
      assert.ok(proxied.updates <= changes.length + rig.nodes.count, `${proxied.updates} updates`);
    });
  } finally {
    await Promise.all([direct.stop(), proxied.stop()]);
  }
}

class NodeInformer {
  updates = 0;
  readonly errors: string[] = [];
  readonly #informer;
  readonly #nodes = new Map<string, V1Node>();
  readonly #seen = new Set<string>();
  #onUpdate: () => void = () => undefined;

  constructor(kubeconfig: string, tokenFile: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    // Its version 2.0 reads a user's `token-file`, not the `tokenFile` that kubeconfigs have; what it
    // does inside a Pod works.
    const authProvider = { name: 'tokenFile', config: { tokenFile } };
    config.users = config.users.map(({ name }) => ({ name, authProvider }));
    const api = config.makeApiClient(CoreV1Api);
    this.#informer = makeInformer<V1Node>(config, '/api/v1/nodes', () => api.listNode());
    this.#informer.on('error', (error: unknown) => this.errors.push(String(error)));
    this.#informer.on('add', (node) => this.#keep(node));
    this.#informer.on('update', (node) => {
      this.updates += 1;
      this.#keep(node);
      this.#onUpdate();
    });
  }

  async start(): Promise<void> {
    await this.#informer.start();
  }

  async stop(): Promise<void> {
    await this.#informer.stop();
  }

  projections(): ReadonlyMap<string, string> {
    const sorted = [...this.#nodes].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return new Map(sorted.map(([name, node]) => [name, projectionOf(node)]));
  }

  async reachedAll(changes: readonly Change[]): Promise<void> {
    const missing = () => changes.filter((change) => !this.#seen.has(change.resourceVersion));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#onUpdate = () => {
      if (missing().length === 0) resolve(undefined);
    };
    const timer = setTimeout(() => {
      const names = missing().map(({ node, what }) => `${node} ${what}`);
      reject(new Error([`did not arrive: ${names.join(', ')}`, ...this.errors].join('\n')));
    }, REACH_TIMEOUT_MS);
    this.#onUpdate();
    await promise.finally(() => clearTimeout(timer));
  }

  #keep(node: V1Node): void {
    this.#nodes.set(node.metadata?.name ?? '', node);
    this.#seen.add(node.metadata?.resourceVersion ?? '');
  }
}
