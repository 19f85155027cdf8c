/** P10: what it costs to look at a LIST while it passes. */
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { listBody } from '../end-to-end/cluster-frames.ts';
import { listThrough, type ListUse } from '../end-to-end/list-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { scrape } from '../proxies/watchsieve.ts';
import { ENCODINGS, withWatchsieve, type Rig } from '../rig.ts';

const CODINGS = ['identity', 'gzip'] as const;

export async function listRows(rig: Rig): Promise<Measure[]> {
  const { listNodes } = rig.size;
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS)
    for (const coding of CODINGS) {
      const passed = await use(rig, encoding, coding, false);
      const tapped = await use(rig, encoding, coding, true);
      const row = measuresOf(`LIST of ${listNodes} Nodes, ${coding}, CPU per list`, encoding);
      const isGzip = coding === 'gzip';
      const addedPerMb = (tapped.cpuMs - passed.cpuMs) / (decodedBytes(encoding, listNodes) / 1e6);
      const ratio = tapped.cpuMs / passed.cpuMs;
      const addedMib = tapped.peakRssMib - passed.peakRssMib;
      measures.push(
        row('not tapped', 'ms', passed.cpuMs),
        row('tapped', 'ms', tapped.cpuMs),
        row('tapped ÷ not tapped', '×', ratio, isGzip ? undefined : 'P10 CPU'),
        row('tapped − not tapped, per MB decoded', 'ms/MB', addedPerMb, isGzip ? 'P10 gzip' : undefined),
        row('not tapped, most RSS', 'MiB', passed.peakRssMib),
        row('most RSS, tapped − not tapped', 'MiB', addedMib, isGzip ? undefined : 'P10 RSS'),
      );
    }
  return measures;
}

function use(rig: Rig, encoding: Encoding, coding: 'identity' | 'gzip', isTapped: boolean): Promise<ListUse> {
  const { listNodes: nodes, lists } = rig.size;
  return withWatchsieve(rig, async (proxy) => {
    const listed = await listThrough(proxy, rig.upstream, { encoding, nodes, coding, isTapped, lists });
    const kept = (await scrape(proxy)).sum('watchsieve_lists_total', { result: 'snapshot' });
    // One before those that are measured.
    if (kept !== (isTapped ? lists + 1 : 0)) throw new Error(`${kept} lists left a snapshot`);
    return listed;
  });
}

/** By a few of its Nodes: those of the bench are all alike. */
function decodedBytes(encoding: Encoding, nodes: number): number {
  const few = 20;
  return (listBody(encoding, few, false).length / few) * nodes;
}
