/** Makes the pictures of the status page for docs/: a cluster of 500 Nodes after some minutes, light and dark. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { withBrowser } from './browser.ts';
import { watchAs } from './named-clients.ts';
import { Proxy } from './proxy.ts';
import type { Rig } from './scenarios/scenario.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
/** The chart's three minutes, and a little. */
const TRAFFIC_MS = 185_000;
const HEARTBEATS_PER_SECOND = 50;
const CHANGE_EVERY_MS = 9000;
const WIDTH = 1160;
const MOST_BYTES = 300 * 1024;

const NODES = [
  ...Array.from({ length: 460 }, (_, i) => `worker-${String(i + 1).padStart(3, '0')}`),
  ...Array.from({ length: 37 }, (_, i) => `gpu-${String(i + 1).padStart(2, '0')}`),
  ...['control-plane-1', 'control-plane-2', 'control-plane-3'],
];

const CLIENTS = [
  { agent: 'speaker/v0.14.5 (linux/amd64) kubernetes/$Format', encoding: 'protobuf' },
  { agent: 'frr-k8s/v0.0.14 (linux/amd64) kubernetes/$Format', encoding: 'json' },
] as const;

export async function takeScreenshots({ program, report }: Rig): Promise<void> {
  const cluster = await SimulatedCluster.start(NODES);
  const proxy = await Proxy.start({ program, cluster });
  const watches = await watchAs(proxy, CLIENTS);
  try {
    cluster.beat({
      perSecond: HEARTBEATS_PER_SECOND,
      noisy: NODES.filter((name) => /^gpu-0[1-5]$/.test(name)),
      changesEveryMs: CHANGE_EVERY_MS,
      changes: changesOf(cluster),
    });
    report.note(`taking screenshots in ${TRAFFIC_MS / 1000} s`);
    await delay(TRAFFIC_MS);
    await shoot(`http://${proxy.admin}/`, 'light', 'status-page.png');
    await shoot(`http://${proxy.admin}/`, 'dark', 'status-page-dark.png');
  } finally {
    await Promise.all(watches.map((watch) => watch.close()));
    await proxy.stop();
    await cluster.stop();
  }
}

/** What happens in a cluster on a quiet day. */
function changesOf({ simulator: { cluster } }: SimulatedCluster): ((round: number) => void)[] {
  const worker = (i: number): string => `worker-${String(((i * 37) % 400) + 1).padStart(3, '0')}`;
  return [
    (round) => cluster.setLabel(worker(round), 'topology.kubernetes.io/rack', `r${round}`),
    (round) => cluster.cordon(worker(round + 1), true),
    (round) => cluster.setCondition(worker(round + 2), 'NetworkUnavailable', 'True'),
    (round) => cluster.setCondition(worker(round + 2), 'NetworkUnavailable', 'False'),
    (round) => cluster.addNode(`worker-${461 + round}`),
    (round) =>
      cluster.setLabel(`gpu-${String((round % 37) + 1).padStart(2, '0')}`, 'nvidia.com/mig.config', 'all'),
    (round) => cluster.cordon(worker(round + 1), false),
    (round) => cluster.deleteNode(`worker-${460 - round}`),
  ];
}

async function shoot(url: string, colorScheme: 'light' | 'dark', file: string): Promise<void> {
  const path = join(DOCS, file);
  await withBrowser(
    { colorScheme, viewport: { width: WIDTH, height: 800 }, deviceScaleFactor: 1.25 },
    async (context) => {
      const page = await context.newPage();
      await page.goto(url);
      await delay(3000);
      const last = await page.locator('#noisiest').boundingBox();
      const height = (last?.y ?? 800) + (last?.height ?? 0) + 14;
      await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height } });
    },
  );
  const { size } = await stat(path);
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}`);
}
