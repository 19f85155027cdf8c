/** P3, P4: CPU per event where upstream sends as fast as it is read (R37). */
import { watchDirectly, watchThrough } from '../end-to-end/watch-run.ts';
import type { Encoding } from '../../src/simulator/encoding.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { startGoFilter } from '../proxies/go-filter.ts';
import { startHaproxy } from '../proxies/haproxy.ts';
import { startNginx } from '../proxies/nginx.ts';
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
  const row = measuresOf(GROUP, encoding);
  const cpuOf = (starting: Promise<ProxyServer>, ofPlan = plan): Promise<number> =>
    withProxy(
      starting,
      async (proxy) => (await watchThrough(proxy, upstream, ofPlan)).proxy.cpuMicrosPerEvent,
    );

  const { proxy, watch } = await withWatchsieve(rig, (it) => watchThrough(it, upstream, plan));
  const own = proxy.cpuMicrosPerEvent;
  const measures = [row('watchsieve', 'µs', own)];
  if ('path' in programs.nginx) {
    const cpu = await cpuOf(startNginx(upstream, await folderIn(rig)));
    measures.push(row('nginx', 'µs', cpu), row('watchsieve ÷ nginx', '×', own / cpu, 'P3'));
  }
  if ('path' in programs.haproxy) {
    const cpu = await cpuOf(startHaproxy(upstream, await folderIn(rig)));
    measures.push(row('HAProxy', 'µs', cpu), row('watchsieve ÷ HAProxy', '×', own / cpu));
  }
  if ('path' in programs.goFilter) {
    const cpu = await cpuOf(startGoFilter(programs.goFilter.path, upstream), {
      ...plan,
      events: size.goFilterEvents,
    });
    measures.push(row('Go filter', 'µs', cpu), row('watchsieve ÷ Go filter', '×', own / cpu, 'P4'));
  }
  const receiving = await watchDirectly(upstream, plan);
  return [
    ...measures,
    row('receiving only, in Node.js', 'µs', receiving.cpuMicrosPerEvent),
    row('watchsieve ÷ receiving only', '×', own / receiving.cpuMicrosPerEvent),
    row('rate through watchsieve', 'events/s', watch.eventsPerSecond),
    row('rate directly', 'events/s', receiving.eventsPerSecond),
    row('most memory of watchsieve', 'MiB', proxy.maxRssMib),
  ];
}
