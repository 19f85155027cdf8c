/**
 * Minutes of noise with changes, while sidecar and API server are killed again and again (`npm run soak`):
 * client-go informers directly, behind a proxy that shares their fate, and behind one that lives through
 * it all and must not grow (R5, R31, R39, I9).
 */

import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';

import { findAssets } from './assets.ts';
import { Cluster } from './cluster.ts';
import { InformerPairs, USUAL_KINDS } from './informer-pairs.ts';
import { Nodes } from './nodes.ts';
import { buildProgram } from './program.ts';
import type { Proxy } from './proxy.ts';
import { Report } from './report.ts';
import { withProxy } from './scenarios/scenario.ts';
import type { Rig } from './scenarios/scenario.ts';

const HELP = `usage: npm run soak -- [options]

  --minutes N     how long, default 30; 2 is the least
  --program FILE  test this build instead of making dist/watchsieve.js first`;

const NODE_COUNT = 50;
const HEARTBEATS_PER_SECOND = 100;
const DEFAULT_MINUTES = '30';
/** Sidecar and API server are killed once in each; a short run still has four of them. */
const CYCLE_SECONDS = 120;
const LEAST_CYCLES = 4;
/** What starting the API server takes is time without load. */
const API_SERVER_START_SECONDS = 4;
const RETURN_TIMEOUT_MS = 100_000;
/** RSS that a young process may still gain until its heap has found its size. */
const GROWTH_BYTES = 32e6;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: DEFAULT_MINUTES },
      program: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (values.help || !(minutes >= 2)) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const assets = await findAssets((text) => console.log(text));
  const program = values.program ?? (await buildProgram());
  const report = new Report();
  const cluster = await Cluster.start(assets);
  try {
    const nodes = new Nodes(cluster.admin, NODE_COUNT);
    await nodes.create();
    const rig: Rig = { assets, cluster, nodes, report, program, long: true };
    report.title(`soak, ${minutes} minutes`);
    await withProxy(rig, (steady) => withProxy(rig, (fragile) => soak(rig, { steady, fragile }, minutes)));
  } catch (error) {
    report.fail('the soak ended early', error);
  } finally {
    await cluster.stop();
  }
  report.close();
  return report.failed === 0 ? 0 : 1;
}

interface Proxies {
  /** Never restarted: its memory is judged. */
  readonly steady: Proxy;
  readonly fragile: Proxy;
}

async function soak(rig: Rig, { steady, fragile }: Proxies, minutes: number): Promise<void> {
  const { report, nodes, cluster } = rig;
  const direct = await cluster.writeKubeconfig('direct.kubeconfig', 'admin');
  const common = { program: rig.assets.informer, kinds: USUAL_KINDS, direct };
  const groups: InformerPairs[] = [];
  const total = minutes * 60;
  const cycles = Math.max(LEAST_CYCLES, Math.round(total / CYCLE_SECONDS));
  const seconds = Math.floor(total / cycles);
  const rss: number[] = [];
  try {
    groups.push(await InformerPairs.start({ ...common, proxied: steady.kubeconfig, way: 'steady proxy' }));
    groups.push(
      await InformerPairs.start({ ...common, proxied: fragile.kubeconfig, way: 'restarted proxy' }),
    );
    const started = performance.now();
    const sums = { heartbeats: 0, changes: 0 };
    for (let cycle = 0; cycle < cycles; cycle++) {
      const load = await nodes.load({
        heartbeatsPerSecond: HEARTBEATS_PER_SECOND,
        seconds: Math.max(seconds - API_SERVER_START_SECONDS, 1),
        change: async (second) => {
          if (second === 2) await restartSidecar(fragile, cycle % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
          return nodes.realChange();
        },
      });
      sums.heartbeats += load.heartbeats;
      sums.changes += load.changes.length;
      rss.push(steady.usage().rssBytes);
      report.note(`cycle ${cycle + 1} of ${cycles}: RSS of the steady proxy ${megabytes(rss.at(-1))}`);
      // Who has not got the last event when the server dies has to list, directly or not.
      const last = await nodes.mark();
      await Promise.all(groups.map((pairs) => pairs.reached(last, RETURN_TIMEOUT_MS)));
      await cluster.killApiServer();
      await cluster.restartApiServer();
    }
    const mark = await nodes.mark();
    const elapsed = (performance.now() - started) / 1000;
    report.note(
      `${sums.heartbeats} heartbeats, ${sums.changes} changes in ${elapsed.toFixed(0)} s; ` +
        `sidecar and API server restarted ${cycles} times each`,
    );
    for (const pairs of groups) {
      await report.check('every informer is current after the last restart', () =>
        pairs.reached(mark, RETURN_TIMEOUT_MS),
      );
      await pairs.judge(report, 'in the end', await nodes.existing());
    }
    await judgeProxy(rig, steady, rss);
  } finally {
    await Promise.all(groups.map((pairs) => pairs.stop()));
  }
}

async function restartSidecar(proxy: Proxy, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await proxy.end(signal);
  await proxy.startAgain();
}

async function judgeProxy({ report }: Rig, proxy: Proxy, rss: readonly number[]): Promise<void> {
  const [start = 0, mid, end = 0] = [rss[0], rss[Math.floor(rss.length / 2)], rss.at(-1)];
  report.note(
    `RSS of the steady proxy: ${megabytes(start)} start, ${megabytes(mid)} middle, ${megabytes(end)} end`,
  );
  await report.check(`the steady proxy has not grown by more than ${megabytes(GROWTH_BYTES)} (R39)`, () => {
    assert.ok(end <= start + GROWTH_BYTES, `${megabytes(start)} to ${megabytes(end)}`);
  });
  await report.check('its sum rule holds in the end, and most MODIFIED were swallowed (R28)', async () => {
    const scrape = await proxy.scrape();
    scrape.assertSumRule();
    const share = scrape.swallowedShare();
    assert.ok(share > 0.9, `${(share * 100).toFixed(1)} %`);
  });
}

function megabytes(bytes = 0): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

// Both end through process.exit, whose handlers kill every child that is still there.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

process.exitCode = await main();
