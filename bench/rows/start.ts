/** P8, and P7 idle: from the start of the process to ready, and what it holds then (R39). */
import { setTimeout as delay } from 'node:timers/promises';
import type { BudgetId } from '../budgets.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { rssBytes } from '../proc.ts';
import { startWatchsieve, type Watchsieve } from '../proxies/watchsieve.ts';
import { folderIn, withProxy, type Rig } from '../rig.ts';

/** Where start-up's garbage has been collected or never will be. */
const IDLE_AFTER_MS = 500;

export async function startRows(rig: Rig): Promise<Measure[]> {
  const { program, upstream } = rig;
  const stateDir = await folderIn(rig);
  const anew = await withProxy(startWatchsieve({ program, upstream, stateDir }), (it) =>
    Promise.resolve(startOf('certificates made anew', it, 'P8 anew')),
  );
  return withProxy(startWatchsieve({ program, upstream, stateDir }), async (it) => {
    await delay(IDLE_AFTER_MS);
    const idleMib = rssBytes(it.child.pid) / 2 ** 20;
    return [
      ...anew,
      ...startOf('certificates there', it, 'P8 there'),
      measuresOf('memory (R39)')('RSS idle', 'MiB', idleMib, 'P7 idle'),
    ];
  });
}

/** The budget is for a processor that is free: what others take of it says nothing about this program. */
function startOf(certificates: string, { startMs, waitedMs }: Watchsieve, budget: BudgetId): Measure[] {
  const row = measuresOf('start to /readyz (R39)');
  return [
    row(certificates, 'ms', startMs),
    row(`${certificates}, less waiting for a processor`, 'ms', startMs - waitedMs, budget),
  ];
}
