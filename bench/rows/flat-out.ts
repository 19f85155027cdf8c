/** P3, P4: CPU per event where upstream sends as fast as it is read (R37). */
import type { BudgetId } from '../budgets.ts';
import type { WatchPlan } from '../end-to-end/plan.ts';
import { watchDirectly, watchThrough } from '../end-to-end/watch-run.ts';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { startGoFilter } from '../proxies/go-filter.ts';
import { startHaproxy } from '../proxies/haproxy.ts';
import { startNginx } from '../proxies/nginx.ts';
import { NODE_RELAYS, startNodeRelay } from '../proxies/node-relay.ts';
import type { ProxyServer } from '../proxies/proxy.ts';
import { ENCODINGS, folderIn, planFor, withProxy, withWatchsieve, type Rig } from '../rig.ts';

const GROUP = 'flat out, 99 % heartbeats, CPU per event sent by upstream (R37)';

export async function flatOutRows(rig: Rig): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS) measures.push(...(await ofEncoding(rig, encoding)));
  return measures;
}

async function ofEncoding(rig: Rig, encoding: Encoding): Promise<Measure[]> {
  const { upstream, size, programs } = rig;
  const plan = planFor(rig, { encoding, events: size.flatOutEvents });
  const goPlan = { ...plan, events: size.goFilterEvents };
  const row = measuresOf(GROUP, encoding);
  const memory = measuresOf('most memory (RSS) of the proxies flat out', encoding);
  const { proxy: own, watch } = await withWatchsieve(rig, (it) => watchThrough(it, upstream, plan));
  const beside = async (
    name: string,
    starting: Promise<ProxyServer>,
    ofPlan: WatchPlan,
    budget?: BudgetId,
  ) => {
    const { proxy } = await withProxy(starting, (it) => watchThrough(it, upstream, ofPlan));
    const ratio = own.cpuMicrosPerEvent / proxy.cpuMicrosPerEvent;
    return [
      row(name, 'µs', proxy.cpuMicrosPerEvent),
      row(`watchsieve ÷ ${name}`, '×', ratio, budget),
      memory(name, 'MiB', proxy.maxRssMib),
    ];
  };
  const { nginx, haproxy, goFilter } = programs;
  const others: Measure[] = [];
  if ('path' in nginx)
    others.push(...(await beside('nginx', startNginx(upstream, await folderIn(rig)), plan, 'P3')));
  if ('path' in haproxy)
    others.push(...(await beside('HAProxy', startHaproxy(upstream, await folderIn(rig)), plan)));
  if ('path' in goFilter)
    others.push(...(await beside('Go filter', startGoFilter(goFilter.path, upstream), goPlan, 'P4')));
  for (const [kind, name] of NODE_RELAYS) {
    const { proxy } = await withProxy(startNodeRelay(kind, upstream), (it) =>
      watchThrough(it, upstream, plan),
    );
    others.push(
      row(name, 'µs', proxy.cpuMicrosPerEvent),
      row(`watchsieve ÷ ${name}`, '×', own.cpuMicrosPerEvent / proxy.cpuMicrosPerEvent),
    );
  }
  const receiving = await watchDirectly(upstream, plan);
  return [
    row('watchsieve', 'µs', own.cpuMicrosPerEvent),
    ...others,
    row('receiving only, in Node.js', 'µs', receiving.cpuMicrosPerEvent),
    row('watchsieve ÷ receiving only', '×', own.cpuMicrosPerEvent / receiving.cpuMicrosPerEvent),
    row('rate through watchsieve', 'events/s', watch.eventsPerSecond),
    row('rate directly', 'events/s', receiving.eventsPerSecond),
    memory('watchsieve', 'MiB', own.maxRssMib),
  ];
}
