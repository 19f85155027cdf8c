/**
 * P6: how much later a change arrives through the proxy (R39); through nginx, which has to be woken as well; and through
 * the least that a proxy of Node.js can be.
 */
import type { WatchPlan } from '../end-to-end/plan.ts';
import { watchBoth } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { startNginx } from '../proxies/nginx.ts';
import { NODE_RELAYS, startNodeRelay } from '../proxies/node-relay.ts';
import type { ProxyServer } from '../proxies/proxy.ts';
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
    for (const [name, start] of othersOf(rig)) {
      const added = await addedBy(rig, await start(), plan);
      measures.push(
        row(`added by ${name}, p50`, 'ms', added.p50Ms),
        row(`added by ${name}, p99`, 'ms', added.p99Ms),
        row(`added by watchsieve ÷ by ${name}, p50`, '×', p50Added / added.p50Ms),
      );
    }
  }
  return measures;
}

function othersOf(rig: Rig): readonly (readonly [name: string, start: () => Promise<ProxyServer>])[] {
  const { upstream, programs } = rig;
  const nginx = async (): Promise<ProxyServer> => startNginx(upstream, await folderIn(rig));
  return [
    ...('path' in programs.nginx ? ([['nginx', nginx]] as const) : []),
    ...NODE_RELAYS.map(([kind, name]) => [name, () => startNodeRelay(kind, upstream)] as const),
  ];
}

async function addedBy(
  { upstream }: Rig,
  proxy: ProxyServer,
  plan: WatchPlan,
): Promise<{ readonly p50Ms: number; readonly p99Ms: number }> {
  const { through, direct } = await withProxy(Promise.resolve(proxy), (it) => watchBoth(it, upstream, plan));
  return { p50Ms: through.p50Ms - direct.p50Ms, p99Ms: through.p99Ms - direct.p99Ms };
}
