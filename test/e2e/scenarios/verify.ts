/**
 * The consistency check against a real API server (R22): streams of every kind, under heartbeats and changes, are
 * compared with LISTs at exactly their resourceVersion, and never differ. One page holds all Nodes of this cluster.
 */

import assert from 'node:assert/strict';

import type { Encoding } from '../informer.ts';
import { textAt } from '../../support/json-value.ts';
import { nodeName, nodeObject } from '../node-object.ts';
import type { Proxy } from '../proxy.ts';
import { RawWatch } from '../raw-watch.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const INTERVAL_MS = 500;
const HEARTBEATS_PER_SECOND = 25;
const SECONDS = 12;
const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];
/** Each stream has its turn in a round; the queue, and a slow machine, take their share of the rounds. */
const LEAST_ROUNDS = 5;

export const verifyScenario: Scenario = {
  title: 'consistency check',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy), { args: [`--verify-interval=${INTERVAL_MS}ms`] }),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const { admin } = rig.cluster;
  const from = textAt(await admin.getJson('/api/v1/nodes'), 'metadata', 'resourceVersion');
  const list = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const selector = `fieldSelector=metadata.name%3D${nodeName(2)}`;
  const paths = [
    `/api/v1/nodes?watch=true&resourceVersion=${from}`,
    `/api/v1/nodes?watch=true&${list}`,
    `/api/v1/nodes?watch=true&${list}&labelSelector=e2e.watchsieve.dev%2Flabel`,
    `/api/v1/nodes?watch=true&${list}&${selector}`,
    `/api/v1/watch/nodes/${nodeName(3)}?resourceVersion=${from}`,
  ];
  const endpoint = proxy.endpoint('watcher');
  const opened: RawWatch[] = [];
  try {
    for (const encoding of ENCODINGS)
      for (const path of paths) opened.push(await RawWatch.open({ endpoint, encoding, path }));
    await rig.nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS / 2 });
    await addAndDelete(rig);
    await rig.nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS / 2 });
    const least = opened.length * LEAST_ROUNDS;
    await proxy.until('every stream was verified', (scrape) => results(scrape, 'match') >= least);
    await judge(rig, proxy);
  } finally {
    await Promise.all(opened.map((watch) => watch.close()));
  }
}

/** Nodes that come and go, so that arrivals and departures are part of what is compared. */
async function addAndDelete({ cluster: { admin }, nodes }: Rig): Promise<void> {
  const index = nodes.count + 1;
  for (let round = 0; round < 3; round++) {
    await admin.send('POST', '/api/v1/nodes', nodeObject(index));
    const labels = { 'e2e.watchsieve.dev/label': `verify-${round}` };
    await admin.send('PATCH', `/api/v1/nodes/${nodeName(index)}`, { metadata: { labels } });
    await admin.send('DELETE', `/api/v1/nodes/${nodeName(index)}`, {});
  }
}

type Scrape = Awaited<ReturnType<Proxy['scrape']>>;

const results = (scrape: Scrape, result: string): number =>
  scrape.sum('watchsieve_verifications_total', { result });

async function judge({ report }: Rig, proxy: Proxy): Promise<void> {
  const scrape = await proxy.scrape();
  const counted = scrape
    .samples('watchsieve_verifications_total')
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => `${value} ${labels['result'] ?? ''}`);
  const objects = scrape.sum('watchsieve_verified_objects_total', { result: 'match' });
  report.note(`verifications: ${counted.join(', ')}; ${objects} objects compared`);
  await report.check('no baseline ever differs from upstream (R22, I5)', () => {
    assert.equal(results(scrape, 'mismatch'), 0, proxy.output());
    assert.equal(scrape.sum('watchsieve_verified_objects_total', { result: 'mismatch' }), 0);
    assert.equal(scrape.sum('watchsieve_events_total', { reason: 'mismatch' }), 0);
  });
  await report.check('every check was a comparison, but for streams that held nothing yet (R22)', () => {
    // The API server ends watches that are behind, which happens on a machine that is busy.
    const skips = ['skipped_no_baseline', 'skipped_ended'];
    const counts = ['match', ...skips].map((result) => results(scrape, result));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      scrape.sum('watchsieve_verifications_total'),
      counted.join(', '),
    );
    assert.ok(objects > 0);
  });
  await report.check('meanwhile events were swallowed, and the sum rule holds (R28)', () => {
    assert.ok(scrape.sum('watchsieve_events_total', { verdict: 'swallowed' }) > 0);
    scrape.assertSumRule();
  });
}
