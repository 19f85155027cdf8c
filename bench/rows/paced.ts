/** P4b: CPU per event at a steady rate (R37), where waking up costs more than the work. */
import { watchThrough } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { startGoFilter } from '../proxies/go-filter.ts';
import { ENCODINGS, eventsOf, planFor, withProxy, withWatchsieve, type Rig } from '../rig.ts';

const GROUP = 'paced, 99 % heartbeats, CPU per event sent by upstream (R37)';

export async function pacedRows(rig: Rig): Promise<Measure[]> {
  const { upstream, size, programs } = rig;
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS)
    for (const pace of size.paced) {
      const plan = planFor(rig, { encoding, events: eventsOf(pace), rate: pace.rate });
      const row = measuresOf(GROUP, encoding);
      const at = `at ${pace.rate} events/s`;
      const { proxy: own } = await withWatchsieve(rig, (it) => watchThrough(it, upstream, plan));
      measures.push(row(`watchsieve ${at}`, 'µs', own.cpuMicrosPerEvent));
      if ('missing' in programs.goFilter) continue;
      const starting = startGoFilter(programs.goFilter.path, upstream);
      const { proxy: other } = await withProxy(starting, (it) => watchThrough(it, upstream, plan));
      const ratio = own.cpuMicrosPerEvent / other.cpuMicrosPerEvent;
      measures.push(
        row(`Go filter ${at}`, 'µs', other.cpuMicrosPerEvent),
        row(`watchsieve ÷ Go filter ${at}`, '×', ratio, 'P4b'),
      );
    }
  return measures;
}
