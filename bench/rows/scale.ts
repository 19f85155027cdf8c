/** P9: whether an event costs more where there are more Nodes, and what a Node costs in memory. */
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import type { WatchPlan } from '../end-to-end/plan.ts';
import { watchThrough, watchTogether } from '../end-to-end/watch-run.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { heldBytes } from '../proxies/heap.ts';
import { CHANGE_EVERY, ENCODINGS, planFor, withWatchsieve, type Rig } from '../rig.ts';

const FEW_NODES = 100;

export async function scaleRows(rig: Rig): Promise<Measure[]> {
  const { largeNodes, flatOutEvents } = rig.size;
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS) {
    const plan = (nodes: number): WatchPlan => planOf(rig, { encoding, nodes, events: flatOutEvents });
    const cpu = (nodes: number): Promise<number> =>
      withWatchsieve(rig, async (it) => {
        const { proxy } = await watchThrough(it, rig.upstream, plan(nodes));
        return proxy.cpuMicrosPerEvent;
      });
    const few = await cpu(FEW_NODES);
    const many = await cpu(largeNodes);
    const row = measuresOf(`more Nodes than ${FEW_NODES}`, encoding);
    measures.push(
      row(`CPU per event at ${FEW_NODES}`, 'µs', few),
      row(`CPU per event at ${largeNodes}`, 'µs', many),
      row(`CPU per event, ${largeNodes} ÷ ${FEW_NODES}`, '×', many / few, 'P9 CPU'),
    );
  }
  return measures;
}

/** What heap and external memory of the proxy grow by, per Node, in one stream. */
export async function heldRows(rig: Rig): Promise<Measure[]> {
  const { load, largeNodes } = rig.size;
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS) {
    const few = await heldWith(rig, encoding, FEW_NODES);
    for (const nodes of new Set([load.nodes, largeNodes])) {
      const perNode = ((await heldWith(rig, encoding, nodes)) - few) / (nodes - FEW_NODES);
      const row = measuresOf(`more Nodes than ${FEW_NODES}`, encoding);
      measures.push(row(`memory per Node and stream at ${nodes}`, 'bytes', perNode, 'P9 memory'));
    }
  }
  return measures;
}

async function heldWith(rig: Rig, encoding: Encoding, nodes: number): Promise<number> {
  const plan = planOf(rig, { encoding, nodes, events: CHANGE_EVERY });
  const inspect = ['--inspect=127.0.0.1:0'];
  return withWatchsieve(
    rig,
    async (proxy) => {
      let held = Number.NaN;
      await watchTogether(rig.upstream, [{ server: proxy, jobs: [{ plan }] }], async () => {
        held = await heldBytes(proxy.child);
      });
      return held;
    },
    inspect,
  );
}

/**
 * As many events before the measured ones, whatever the Nodes, so that as much is compiled; and of each Node one that is
 * not its first, as after some minutes.
 */
function planOf(rig: Rig, plan: Pick<WatchPlan, 'encoding' | 'nodes' | 'events'>): WatchPlan {
  return planFor(rig, { ...plan, warmUp: 2 * rig.size.largeNodes + CHANGE_EVERY - plan.nodes });
}
