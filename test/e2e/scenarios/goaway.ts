/**
 * R5: an API server that says GOAWAY all the time: at random, for a client with a bad token, and wherever anonymous
 * requests are not allowed. It turns away what is sent above the last stream it names. Three client-go clients write
 * meanwhile, and nothing of it may fail or be done twice; watches are as directly.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import { listAt, parseJson, valueAt } from '../../support/json-value.ts';
import { ApiClient } from '../api-client.ts';
import { Cluster } from '../cluster.ts';
import { Informer } from '../informer.ts';
import { Nodes } from '../nodes.ts';
import { Proxy } from '../proxy.ts';
import { write } from '../writer.ts';
import type { Rig, Scenario } from './scenario.ts';

const FLAGS = ['--goaway-chance=0.02', '--anonymous-auth=false'];
const CLIENTS = 3;
/** Of each client; each is made and patched. */
const MAPS = 500;
const WRITE_TIMEOUT_MS = 110_000;
/** Between two requests with a bad token. */
const STRANGER_MS = 500;
const NODES = 5;
const SYNC_TIMEOUT_MS = 60_000;

export const goawayScenario: Scenario = {
  title: 'an API server that says GOAWAY all the time',
  run: async (rig) => {
    const cluster = await Cluster.start(rig.assets, FLAGS);
    try {
      await runOn({ ...rig, cluster, nodes: new Nodes(cluster.admin, NODES) });
    } finally {
      await cluster.stop();
    }
  },
};

async function runOn(rig: Rig): Promise<void> {
  const { assets, cluster, nodes, program, report } = rig;
  await nodes.create();
  const proxy = await Proxy.start({ program, cluster });
  const kubeconfig = await cluster.writeKubeconfig('direct.kubeconfig', 'admin');
  const informer = (way: string, config: string) =>
    new Informer({
      ...{ program: assets.informer, kubeconfig: config, way },
      ...{ mode: 'list-watch', encoding: 'json' },
    });
  const informers = [informer('direct', kubeconfig), informer('through the proxy', proxy.kubeconfig)];
  try {
    await Promise.all(informers.map((one) => one.synced()));
    const stranger = new Stranger(proxy);
    await report.check(
      `${CLIENTS * MAPS * 2} POSTs and PATCHes: none fails, none is done twice (R5)`,
      async () => {
        const labels = Array.from({ length: CLIENTS }, (_, n) => `client-${n}`);
        const again = await Promise.all(labels.map((label) => writeMany(rig, proxy, label)));
        // What is turned away twice is answered with Retry-After, which client-go hides: once in some thirty runs.
        assert.ok(again.reduce((sum, count) => sum + count) <= 1, `client-go sent ${again.join(', ')} again`);
      },
    );
    report.note(`${await stranger.stop()} requests with a bad token`);
    await report.check('the watches are as directly (R5, I9)', async () => {
      const { resourceVersion } = await nodes.mark();
      await Promise.all(informers.map((one) => one.reached(resourceVersion, SYNC_TIMEOUT_MS)));
      const states = await Promise.all(informers.map((one) => one.state()));
      assert.deepEqual(states[1]?.nodes, states[0]?.nodes);
      assert.equal(states[1]?.answeredLists, states[0]?.answeredLists);
      const told = informers[1]?.requests() ?? [];
      assert.deepEqual(
        told.filter((text) => / (429|503)$/.test(text)),
        [],
      );
    });
    await report.check('no outage was seen where there was none (R5)', () => {
      assert.doesNotMatch(proxy.output(), /does not answer/);
    });
  } finally {
    await Promise.all(informers.map((one) => one.stop()));
    await proxy.stop();
  }
}

/** @returns how many client-go sent again by itself. */
async function writeMany({ assets, cluster }: Rig, proxy: Proxy, label: string): Promise<number> {
  const written = await write({
    ...{ program: assets.writer, kubeconfig: proxy.kubeconfig, label },
    ...{ writes: MAPS, timeoutMs: WRITE_TIMEOUT_MS },
  });
  assert.deepEqual(
    written.filter(({ outcome }) => outcome !== ''),
    [],
  );
  assert.equal(written.length, 2 * MAPS);
  const path = `/api/v1/namespaces/default/configmaps?labelSelector=written-by%3D${label}`;
  const items = listAt(parseJson(String((await cluster.admin.get(path)).body)), 'items');
  assert.equal(items.length, MAPS);
  for (const item of items) assert.equal(valueAt(item, 'data', 'n'), '1');
  return written.filter(({ sent }) => sent > 1).length;
}

/** Asks with a bad token, twice a second. */
class Stranger {
  readonly #client: ApiClient;
  readonly #asking: Promise<number>;
  #isStopped = false;

  constructor(proxy: Proxy) {
    this.#client = new ApiClient({ ...proxy.endpoint('admin'), token: 'expired' });
    this.#asking = this.#ask();
  }

  /** @returns how often it has asked. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    const asked = await this.#asking;
    await this.#client.close();
    return asked;
  }

  async #ask(): Promise<number> {
    let asked = 0;
    while (!this.#isStopped) {
      const { status } = await this.#client.get('/api/v1/nodes');
      assert.equal(status, 401);
      asked += 1;
      await delay(STRANGER_MS);
    }
    return asked;
  }
}
