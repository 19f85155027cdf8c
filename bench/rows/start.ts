/** P8, and P7 idle: from the start of the process to ready, and what it holds then (R39). */
import { setTimeout as delay } from 'node:timers/promises';
import { measuresOf, type Measure } from '../measures.ts';
import { rssBytes } from '../proc.ts';
import { startWatchsieve } from '../proxies/watchsieve.ts';
import { folderIn, withProxy, type Rig } from '../rig.ts';

/** Where start-up's garbage has been collected or never will be. */
const IDLE_AFTER_MS = 500;

export async function startRows(rig: Rig): Promise<Measure[]> {
  const { program, upstream } = rig;
  const stateDir = await folderIn(rig);
  const start = measuresOf('start to /readyz (R39)');
  const memory = measuresOf('memory (R39)');
  const anew = await withProxy(startWatchsieve({ program, upstream, stateDir }), (it) =>
    Promise.resolve(it.startMs),
  );
  return withProxy(startWatchsieve({ program, upstream, stateDir }), async ({ child, startMs }) => {
    await delay(IDLE_AFTER_MS);
    return [
      start('certificates made anew', 'ms', anew, 'P8 anew'),
      start('certificates there', 'ms', startMs, 'P8 there'),
      memory('RSS idle', 'MiB', rssBytes(child.pid) / 2 ** 20, 'P7 idle'),
    ];
  });
}
