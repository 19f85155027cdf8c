/**
 * client-go informers, list+watch and watch-list, JSON and protobuf, side by side with a direct one
 * under heartbeats and real changes: same projected state, every change, hardly an update (R16, R20, R40).
 */

import assert from 'node:assert/strict';

import { Informer } from '../informer.ts';
import type { Encoding, InformerState, Mode } from '../informer.ts';
import type { Scrape } from '../metrics.ts';
import type { Change } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 20;

const COMBINATIONS: readonly (readonly [Mode, Encoding])[] = [
  ['list-watch', 'json'],
  ['list-watch', 'protobuf'],
  ['watch-list', 'json'],
  ['watch-list', 'protobuf'],
];

export const informerScenario: Scenario = {
  title: 'client-go informers',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const program = rig.assets.informer;
  const adminConfig = await rig.cluster.writeKubeconfig('direct.kubeconfig', 'admin');
  const start = (way: string, kubeconfig: string) => (mode: Mode, encoding: Encoding) =>
    new Informer({ program, kubeconfig, mode, encoding, way });
  const direct = start('direct', adminConfig)('list-watch', 'protobuf');
  const proxied = COMBINATIONS.map(([mode, encoding]) =>
    start('through the proxy', proxy.kubeconfig)(mode, encoding),
  );
  const all = [direct, ...proxied];
  try {
    await Promise.all(all.map((informer) => informer.synced()));
    const scrapes: Scrape[] = [];
    const load = await rig.nodes.load({
      heartbeatsPerSecond: HEARTBEATS_PER_SECOND,
      seconds: SECONDS,
      change: async () => {
        scrapes.push(await proxy.scrape());
        return rig.nodes.realChange();
      },
    });
    const mark = await rig.nodes.mark();
    const changes = [...load.changes, mark];
    rig.report.note(
      `${load.heartbeats} heartbeats on ${rig.nodes.count} Nodes in ${load.seconds.toFixed(1)} s, ${changes.length} real changes`,
    );
    await judge({ rig, direct, proxied, changes });
    await judgeMetrics(rig, [...scrapes, await proxy.scrape()]);
  } finally {
    await Promise.all(all.map((informer) => informer.stop()));
  }
}

interface Outcome {
  readonly rig: Rig;
  readonly direct: Informer;
  readonly proxied: readonly Informer[];
  readonly changes: readonly Change[];
}

async function judge({ rig, direct, proxied, changes }: Outcome): Promise<void> {
  const { report, nodes } = rig;
  const last = changes.at(-1)?.resourceVersion ?? '';
  await report.check(
    'the direct informer shows every real change (so the ground truth is true)',
    async () => {
      await direct.reached(last);
      assertSeesAll(direct, changes);
    },
  );
  const truth = await direct.state();
  note(rig, direct, truth);
  for (const informer of proxied) {
    await report.check(`${informer.title}: receives every real change (I2)`, async () => {
      await informer.reached(last);
      assertSeesAll(informer, changes);
    });
    const state = await informer.state();
    note(rig, informer, state);
    await report.check(`${informer.title}: same final projected state as direct (I5)`, () => {
      assert.deepEqual(state.nodes, truth.nodes);
    });
    await report.check(`${informer.title}: same projected states of each Node in the same order (I3)`, () => {
      assert.deepEqual(informer.history().states, direct.history().states);
    });
    await report.check(`${informer.title}: at most changes + Nodes updates`, () => {
      assert.ok(state.updates <= changes.length + nodes.count, `${state.updates} updates`);
      assert.equal(state.changes, truth.changes);
    });
    await report.check(`${informer.title}: an update for each change and for nothing else (R16)`, () => {
      assert.equal(state.updates, changes.length);
    });
    await report.check(`${informer.title}: one initial list, one watch, no error (R20)`, () => {
      // A watch-list that falls back to LIST did not work.
      const expected = informer.mode === 'list-watch' ? [1, 0, 1] : [0, 1, 0];
      assert.deepEqual([state.lists, state.watchLists, state.watches], expected);
      assert.deepEqual(informer.watchErrors(), []);
    });
  }
}

async function judgeMetrics(rig: Rig, scrapes: readonly Scrape[]): Promise<void> {
  await rig.report.check(
    `received = forwarded + swallowed in each of ${scrapes.length} scrapes (R28)`,
    () => {
      for (const scrape of scrapes) scrape.assertSumRule();
    },
  );
  const scrape = scrapes.at(-1);
  assert.ok(scrape);
  const received = scrape.sum('watchsieve_events_received_total');
  const swallowed = scrape.sum('watchsieve_events_total', { verdict: 'swallowed' });
  const share = (scrape.swallowedShare() * 100).toFixed(1);
  rig.report.note(`metrics: ${received} events received, ${swallowed} swallowed: ${share} % of MODIFIED`);
  await rig.report.check('most MODIFIED were swallowed, and all four watches are counted', () => {
    assert.ok(scrape.swallowedShare() > 0.9, `${share} %`);
    assert.equal(scrape.gauge('watchsieve_streams'), COMBINATIONS.length);
  });
}

function assertSeesAll(informer: Informer, changes: readonly Change[]): void {
  const { seen } = informer.history();
  const missed = changes.filter((change) => !seen.has(change.resourceVersion));
  assert.deepEqual(missed, []);
}

function note(rig: Rig, informer: Informer, state: InformerState): void {
  const { updates, changes, cpuSeconds } = state;
  rig.report.note(
    `${informer.title}: ${updates} updates, ${changes} of them changes, ${cpuSeconds.toFixed(2)} s of CPU`,
  );
}
