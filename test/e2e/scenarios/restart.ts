/**
 * The sidecar ends under its clients, warned and unwarned, and comes back (R24, R31, I9): they go on by
 * watch and not by list, miss nothing, and heartbeats are swallowed again.
 */

import assert from 'node:assert/strict';

import { InformerPairs, USUAL_KINDS } from '../informer-pairs.ts';
import type { Kind } from '../informer-pairs.ts';
import type { Change } from '../nodes.ts';
import type { Proxy } from '../proxy.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 40;
const SECONDS = 12;
/** Into the load: early enough for the rest of it to show whether swallowing goes on. */
const RESTART_AFTER_CHANGES = 2;
const RETURN_TIMEOUT_MS = 30_000;
const KINDS: readonly Kind[] = [...USUAL_KINDS, { mode: 'list-watch', encoding: 'json' }];

export const restartScenario: Scenario = {
  title: 'restart of the sidecar',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const direct = await rig.cluster.writeKubeconfig('direct.kubeconfig', 'admin');
  const program = rig.assets.informer;
  const pairs = await InformerPairs.start({ program, kinds: KINDS, direct, proxied: proxy.kubeconfig });
  try {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) await restart({ rig, proxy, pairs, signal });
  } finally {
    await pairs.stop();
  }
}

async function restart(options: {
  readonly rig: Rig;
  readonly proxy: Proxy;
  readonly pairs: InformerPairs;
  readonly signal: 'SIGTERM' | 'SIGKILL';
}): Promise<void> {
  const { rig, proxy, pairs, signal } = options;
  const { nodes, report } = rig;
  const updatesBefore = await updatesOf(pairs);
  let endedWith: number | NodeJS.Signals | undefined;
  const changes: Change[] = [];
  const load = await nodes.load({
    heartbeatsPerSecond: HEARTBEATS_PER_SECOND,
    seconds: SECONDS,
    change: async (second) => {
      if (second === RESTART_AFTER_CHANGES) {
        endedWith = await proxy.end(signal);
        // While it is away.
        changes.push(await nodes.realChange());
        await proxy.startAgain();
      }
      return nodes.realChange();
    },
  });
  const mark = await nodes.mark();
  changes.push(...load.changes, mark);
  const when = `after ${signal}`;
  await report.check(`${signal} ends the sidecar as it should (R31)`, () => {
    assert.equal(endedWith, signal === 'SIGTERM' ? 0 : 'SIGKILL', proxy.output());
  });
  await report.check(`every informer is current again ${when}`, () => pairs.reached(mark, RETURN_TIMEOUT_MS));
  await pairs.judge(report, when, await nodes.existing());
  await report.check(`${when} no client had to list (R31, I9)`, async () => {
    const lists = (await pairs.proxiedStates()).map(({ answeredLists }) => answeredLists);
    assert.deepEqual(
      lists,
      KINDS.map(() => 1),
    );
  });
  const updates = await updatesOf(pairs);
  await report.check(`${when} at most one update per Node more than changes (R16)`, () => {
    const more = updates.map((count, i) => count - (updatesBefore[i] ?? 0));
    for (const count of more) assert.ok(count <= changes.length + nodes.count, `${more.join(', ')} updates`);
  });
  const scrape = await proxy.scrape();
  const share = (scrape.swallowedShare() * 100).toFixed(1);
  report.note(
    `${when}: ready again in ${proxy.startMs.toFixed(0)} ms, ${share} % of MODIFIED swallowed since then`,
  );
  await report.check(`${when} heartbeats are swallowed again, and the sum rule holds (R28)`, () => {
    assert.ok(scrape.swallowedShare() > 0.5, `${share} %`);
    scrape.assertSumRule();
  });
}

async function updatesOf(pairs: InformerPairs): Promise<readonly number[]> {
  return (await pairs.proxiedStates()).map(({ updates }) => updates);
}
