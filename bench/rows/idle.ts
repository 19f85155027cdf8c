/** P12: what a sidecar takes of a processor while nothing happens: no event, 15 watches open. */
import { setTimeout as delay } from 'node:timers/promises';
import { watchTogether } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { cpuNanos, wakeUps } from '../proc.ts';
import { planFor, withWatchsieve, type Rig } from '../rig.ts';

const STREAMS = 15;
const NODES = 100;
/** V8 collects what the initial events left behind some 8 s after the last of them: that is no idling yet. */
const SETTLE_MS = 12_000;

export async function idleRows(rig: Rig): Promise<Measure[]> {
  const { idleSeconds } = rig.size;
  const plan = planFor(rig, { encoding: 'protobuf', nodes: NODES, warmUp: 0, events: 1, changeEvery: 1 });
  const jobs = Array.from({ length: STREAMS }, () => ({ plan }));
  return withWatchsieve(rig, async (proxy) => {
    const { pid } = proxy.child;
    let cpuPercent = Number.NaN;
    let perSecond = Number.NaN;
    await watchTogether(rig.upstream, [{ server: proxy, jobs }], async () => {
      await delay(SETTLE_MS);
      const before = { at: performance.now(), cpu: cpuNanos(pid), wakeUps: wakeUps(pid) };
      await delay(idleSeconds * 1000);
      const ms = performance.now() - before.at;
      cpuPercent = ((cpuNanos(pid) - before.cpu) / 1e6 / ms) * 100;
      perSecond = ((wakeUps(pid) - before.wakeUps) / ms) * 1000;
    });
    const row = measuresOf(`idle, ${STREAMS} watches, no event`);
    return [
      row('wake-ups', '/s', perSecond, 'P12 wake-ups'),
      row('CPU of one processor', '%', cpuPercent, 'P12 CPU'),
    ];
  });
}
