/** P6: how much later a change arrives through the proxy (R39). */
import { watchBoth } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { ENCODINGS, eventsOf, planFor, withWatchsieve, type Rig } from '../rig.ts';

const RATE = 500;
/** One in five gives enough changes for a p99. */
const LATENCY_CHANGE_EVERY = 5;
const GROUP = `latency of changes at ${RATE} events/s, upstream to client (R39)`;

export async function latencyRows(rig: Rig): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS) {
    const pace = { rate: RATE, seconds: rig.size.latencySeconds };
    const plan = planFor(rig, {
      encoding,
      events: eventsOf(pace, LATENCY_CHANGE_EVERY),
      changeEvery: LATENCY_CHANGE_EVERY,
      rate: RATE,
    });
    const { through, direct } = await withWatchsieve(rig, (proxy) => watchBoth(proxy, rig.upstream, plan));
    const row = measuresOf(GROUP, encoding);
    measures.push(
      row('directly, p50', 'ms', direct.p50Ms),
      row('directly, p99', 'ms', direct.p99Ms),
      row('added by watchsieve, p50', 'ms', through.p50Ms - direct.p50Ms, 'P6 p50'),
      row('added by watchsieve, p99', 'ms', through.p99Ms - direct.p99Ms, 'P6 p99'),
    );
  }
  return measures;
}
