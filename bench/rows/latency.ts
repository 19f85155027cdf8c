/** P6: how much later a change arrives through the proxy (R39), and through nginx, which has to be woken as well. */
import { watchBoth } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { startNginx } from '../proxies/nginx.ts';
import { ENCODINGS, eventsOf, folderIn, planFor, withProxy, withWatchsieve, type Rig } from '../rig.ts';

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
    const p50Added = through.p50Ms - direct.p50Ms;
    const row = measuresOf(GROUP, encoding);
    measures.push(
      row('directly, p50', 'ms', direct.p50Ms),
      row('directly, p99', 'ms', direct.p99Ms),
      row('added by watchsieve, p50', 'ms', p50Added, 'P6 p50'),
      row('added by watchsieve, p99', 'ms', through.p99Ms - direct.p99Ms, 'P6 p99'),
    );
    if (!('path' in rig.programs.nginx)) continue;
    const starting = startNginx(rig.upstream, await folderIn(rig));
    const nginx = await withProxy(starting, (proxy) => watchBoth(proxy, rig.upstream, plan));
    const p50ByNginx = nginx.through.p50Ms - nginx.direct.p50Ms;
    measures.push(
      row('added by nginx, p50', 'ms', p50ByNginx),
      row('added by nginx, p99', 'ms', nginx.through.p99Ms - nginx.direct.p99Ms),
      row('added by watchsieve ÷ by nginx, p50', '×', p50Added / p50ByNginx),
    );
  }
  return measures;
}
