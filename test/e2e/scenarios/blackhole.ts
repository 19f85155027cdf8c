/**
 * Packets that are really lost (R12): the API server is in a network namespace, and without FIN or RST
 * nothing comes from it any more. The proxy notices within 60 s, by PINGs on HTTP/2 and by the kernel's
 * probes on HTTP/1.1, and the client's stream ends cleanly, current (I4), to be watched again.
 */

import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import type { Proxy } from '../proxy.ts';
import { RawWatch } from '../raw-watch.ts';
import { NamespaceUnavailable, SeveredCluster } from '../severed-cluster.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const LIMIT_SECONDS = 60;
const QUICK = ['--upstream-ping-interval=2s', '--upstream-ping-timeout=2s'];
/** On two streams, 20 a second each. */
const ENOUGH_HEARTBEATS = 80;
const HTTP_VERSIONS = ['auto', '1.1'] as const;

export const blackholeScenario: Scenario = {
  title: 'an API server whose packets are lost',
  run: async (rig) => {
    await runWith(rig, 'probes every 2 s', QUICK);
    if (rig.long) await runWith(rig, 'default settings', []);
  },
};

async function runWith(rig: Rig, settings: string, args: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(rig.cluster.folder, 'severed-'));
  let cluster: SeveredCluster;
  try {
    cluster = await SeveredCluster.start(folder);
  } catch (error) {
    if (!(error instanceof NamespaceUnavailable)) throw error;
    rig.report.skip(`lost packets, ${settings} (R12)`, error.message);
    return;
  }
  const watches: Watch[] = [];
  const open = (http: string) => async (proxy: Proxy) => {
    watches.push(await Watch.open(proxy, `HTTP ${http}, ${settings}`));
  };
  try {
    const [h2, h1] = HTTP_VERSIONS;
    await withProxy(
      rig,
      async (proxy) => {
        await open(h2)(proxy);
        await withProxy(
          rig,
          async (other) => {
            await open(h1)(other);
            await severAndJudge(rig, cluster, watches);
          },
          { cluster, args: [...args, `--upstream-http=${h1}`] },
        );
      },
      { cluster, args: [...args, `--upstream-http=${h2}`] },
    );
  } finally {
    await Promise.all(watches.map((watch) => watch.close()));
    await cluster.stop();
  }
}

async function severAndJudge(rig: Rig, cluster: SeveredCluster, watches: readonly Watch[]): Promise<void> {
  cluster.sever();
  await Promise.all(watches.map((watch) => watch.judge(rig)));
}

/** The watches of one proxy: one that asks for bookmarks, one that does not. */
class Watch {
  readonly #what: string;
  readonly #proxy: Proxy;
  readonly #bookmarked: RawWatch;
  readonly #plain: RawWatch;

  private constructor(what: string, proxy: Proxy, bookmarked: RawWatch, plain: RawWatch) {
    this.#what = what;
    this.#proxy = proxy;
    this.#bookmarked = bookmarked;
    this.#plain = plain;
  }

  /** Resolves when heartbeats are swallowed. */
  static async open(proxy: Proxy, what: string): Promise<Watch> {
    const open = async (query: string) => {
      const path = `/api/v1/nodes?watch=true&resourceVersion=0${query}`;
      const watch = await RawWatch.open({ endpoint: proxy.endpoint('admin'), encoding: 'json', path });
      await watch.reached('"ADDED"');
      return watch;
    };
    const watch = new Watch(what, proxy, await open('&allowWatchBookmarks=true'), await open(''));
    await proxy.until(
      'heartbeats are swallowed on both streams',
      (scrape) => scrape.sum('watchsieve_events_total', { verdict: 'swallowed' }) >= ENOUGH_HEARTBEATS,
    );
    return watch;
  }

  async judge({ report }: Rig): Promise<void> {
    const severed = performance.now();
    const what = this.#what;
    await report.check(`${what}: both streams end cleanly within ${LIMIT_SECONDS} s (R12, R9)`, async () => {
      await Promise.all([this.#bookmarked.ended, this.#plain.ended]);
      const seconds = (performance.now() - severed) / 1000;
      report.note(`${what}: noticed after ${seconds.toFixed(1)} s`);
      assert.ok(seconds <= LIMIT_SECONDS, `${seconds.toFixed(1)} s`);
    });
    await report.check(`${what}: the cause is upstream_dead`, async () => {
      const ended = (await this.#proxy.scrape()).samples('watchsieve_streams_ended_total');
      const causes = ended.filter(({ value }) => value > 0);
      assert.deepEqual(
        causes.map(({ labels, value }) => [labels['cause'], value]),
        [['upstream_dead', 2]],
      );
    });
    await report.check(`${what}: the last frame is what makes the client current (I4)`, () => {
      assert.ok(this.#bookmarked.frames.at(-1)?.includes('"BOOKMARK"'), 'no bookmark at the end');
      assert.ok(this.#plain.frames.at(-1)?.includes('"MODIFIED"'), 'no held frame at the end');
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#bookmarked.close(), this.#plain.close()]);
  }
}
