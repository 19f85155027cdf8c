/**
 * kill -9 of the API server under client-go informers and the real speaker (R5, I9): those behind the
 * proxy list no more often than those that talk to it directly, and all end with the same Nodes in the
 * same state, what changed right after the restart and what was deleted then included.
 */

import { setTimeout as delay } from 'node:timers/promises';

import { InformerPairs, USUAL_KINDS } from '../informer-pairs.ts';
import { installMetallb, OWN_NODE } from '../metallb.ts';
import { nodeName, nodeObject } from '../node-object.ts';
import type { Proxy } from '../proxy.ts';
import { Speaker } from '../speaker.ts';
import { SpeakerLists } from '../speaker-lists.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 30;
const SECONDS = 5;
const SHORT_OUTAGE_SECONDS = 2;
const LONG_OUTAGE_SECONDS = 60;
/** client-go waits up to twice 30 s between two attempts to watch, when it has failed for a while. */
const RETURN_TIMEOUT_MS = 100_000;

export const outageScenario: Scenario = {
  title: 'kill -9 of the API server',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const { cluster, assets } = rig;
  const direct = await cluster.writeKubeconfig('direct.kubeconfig', 'admin');
  await installMetallb(rig, direct);
  // With rights that an API server does not know yet when it begins to answer; an admin's it always knows.
  const pairs = await InformerPairs.start({
    program: assets.informer,
    kinds: USUAL_KINDS,
    direct: await cluster.writeKubeconfig('watcher.kubeconfig', 'watcher'),
    proxied: await proxy.kubeconfigFor('watcher'),
  });
  const speakerLists = await SpeakerLists.start(rig);
  const speaker = await Speaker.start({
    program: assets.speaker,
    node: OWN_NODE,
    kubeconfig: proxy.kubeconfig,
    way: 'through the proxy',
  });
  try {
    await speaker.announced(1);
    const outages = rig.long ? [SHORT_OUTAGE_SECONDS, LONG_OUTAGE_SECONDS] : [SHORT_OUTAGE_SECONDS];
    for (const [i, seconds] of outages.entries()) {
      await outage({ rig, pairs, speaker, speakerLists, seconds, times: i + 1 });
    }
    await rig.report.check('the sum rule holds after all this (R28)', async () => {
      (await proxy.scrape()).assertSumRule();
    });
  } finally {
    await Promise.all([pairs.stop(), speaker.stop()]);
  }
}

interface Outage {
  readonly rig: Rig;
  readonly pairs: InformerPairs;
  readonly speaker: Speaker;
  readonly speakerLists: SpeakerLists;
  readonly seconds: number;
  /** Which outage this is, from 1. */
  readonly times: number;
}

async function outage(options: Outage): Promise<void> {
  const { rig, pairs, speaker, seconds, times } = options;
  const { cluster, nodes, report } = rig;
  const doomed = nodes.count + 1;
  await cluster.admin.send('POST', '/api/v1/nodes', nodeObject(doomed));
  await nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
  // Who has not got the last event when the server dies has to list, directly or not: a matter of milliseconds.
  await pairs.reached(await nodes.mark(), RETURN_TIMEOUT_MS);
  await cluster.killApiServer();
  await delay(seconds * 1000);
  const started = performance.now();
  await cluster.restartApiServer();
  const startSeconds = ((performance.now() - started) / 1000).toFixed(1);
  // Nobody may have come back yet: these are missed by whoever does not resume, or list, correctly.
  await nodes.setNetworkUnavailable(OWN_NODE, true);
  await cluster.admin.send('DELETE', `/api/v1/nodes/${nodeName(doomed)}`, {});
  report.note(`down for ${seconds} s, ready ${startSeconds} s after its start`);
  const when = `after ${seconds} s of outage`;
  await report.check(`the speaker withdraws ${when}, and announces when its Node is well again`, async () => {
    await speaker.withdrawn(times, RETURN_TIMEOUT_MS);
    await nodes.setNetworkUnavailable(OWN_NODE, false);
    await speaker.withdrawnAndAnnounced(times);
  });
  await nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
  const mark = await nodes.mark();
  await report.check(`every informer is current again ${when}`, () => pairs.reached(mark, RETURN_TIMEOUT_MS));
  await pairs.judge(report, when, await nodes.existing());
  // It lists and watches as the first kind of informer does.
  await options.speakerLists.judge(await pairs.directLists('list-watch'), when);
}
