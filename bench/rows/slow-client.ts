/** P11: whether a client that reads slowly is felt by those that share the upstream connection with it (R43). */
import { watchTogether, type WatchJob } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { ENCODINGS, eventsOf, planFor, withWatchsieve, type Rig } from '../rig.ts';

const STREAMS = 20;
const NODES = 100;
/** Of each quick stream, a second. */
const RATE = 25;
const CHANGES = 5;
/** More than it can take: every event is a change, and they come as fast as they are taken. */
const SLOW_EVENTS = 100_000;

export async function slowClientRows(rig: Rig): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS) {
    const base = { encoding, nodes: NODES, warmUp: NODES };
    const pace = { rate: RATE, seconds: rig.size.manySeconds };
    const quick: WatchJob = {
      plan: planFor(rig, { ...base, events: eventsOf(pace, CHANGES), changeEvery: CHANGES, rate: RATE }),
    };
    const slow: WatchJob = {
      plan: planFor(rig, { ...base, events: SLOW_EVENTS, changeEvery: 1 }),
      isSlow: true,
    };
    const others = Array.from({ length: STREAMS - 1 }, () => quick);
    const p99 = (jobs: readonly WatchJob[]): Promise<number> =>
      withWatchsieve(rig, async (proxy) => {
        const [result] = await watchTogether(rig.upstream, [{ server: proxy, jobs }]);
        return result?.p99Ms ?? Number.NaN;
      });
    const without = await p99(others);
    const beside = await p99([...others, slow]);
    const row = measuresOf(`latency of ${STREAMS - 1} watches at ${RATE} events/s each (R43)`, encoding);
    measures.push(
      row('p99', 'ms', without),
      row('p99 beside a slow one', 'ms', beside),
      row('p99, ratio', '×', beside / without, 'P11'),
    );
  }
  return measures;
}
