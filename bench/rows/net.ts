/** P5: what a node saves (R38): the proxy with a client-go informer behind it, against the informer alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { Informer } from '../../test/e2e/informer.ts';
import { changesOf, type WatchPlan } from '../end-to-end/plan.ts';
import { writeKubeconfig, type Server, type UpstreamServer } from '../end-to-end/server.ts';
import { cpuNanos } from '../proc.ts';
import { measuresOf, type Measure } from '../measures.ts';
import { ENCODINGS, eventsOf, folderIn, planFor, withWatchsieve, type Rig } from '../rig.ts';

const POLL_MS = 20;
/** Beyond the time that the events take by their rate. */
const GRACE_MS = 30_000;

export async function netRows(rig: Rig): Promise<Measure[]> {
  const { upstream, size, programs } = rig;
  if ('missing' in programs.informer) return [];
  const program = programs.informer.path;
  const group = `client-go informer of ${size.informerNodes} Nodes, CPU per event sent by upstream (R38)`;
  const measures: Measure[] = [];
  for (const encoding of ENCODINGS)
    for (const pace of size.paced) {
      const { rate } = pace;
      const nodes = size.informerNodes;
      const plan = planFor(rig, { encoding, nodes, added: 0, events: eventsOf(pace), rate });
      const alone = await inform({ program, upstream, server: upstream, plan, folder: await folderIn(rig) });
      const both = await withWatchsieve(rig, async (proxy) =>
        inform({
          program,
          upstream,
          server: proxy,
          proxy: proxy.child.pid,
          plan,
          folder: await folderIn(rig),
        }),
      );
      const row = measuresOf(group, encoding);
      measures.push(
        row(`informer alone at ${rate} events/s`, 'µs', alone.informer),
        row(`informer behind watchsieve at ${rate} events/s`, 'µs', both.informer),
        row(`watchsieve before it at ${rate} events/s`, 'µs', both.proxy),
        row(`both ÷ alone at ${rate} events/s`, '×', (both.informer + both.proxy) / alone.informer, 'P5'),
      );
    }
  return measures;
}

interface InformOptions {
  readonly program: string;
  readonly upstream: UpstreamServer;
  /** What the informer asks. */
  readonly server: Server;
  /** Its process id, where that is a proxy, which filters. */
  readonly proxy?: number;
  readonly plan: WatchPlan;
  readonly folder: string;
}

/** @returns microseconds of CPU time per event sent by upstream */
async function inform(
  options: InformOptions,
): Promise<{ readonly informer: number; readonly proxy: number }> {
  const { program, upstream, server, proxy, plan, folder } = options;
  const kubeconfig = join(folder, 'kubeconfig-of-informer');
  await writeKubeconfig(kubeconfig, server);
  upstream.child.writeLine(JSON.stringify(plan));
  const way = proxy === undefined ? 'direct' : 'through the proxy';
  const { encoding } = plan;
  const informer = new Informer({ program, kubeconfig, mode: 'list-watch', encoding, way, isQuiet: true });
  /** Updates after a number of events, where every heartbeat arrives or none. */
  const updatesAfter = (events: number): number => (proxy === undefined ? events : events / plan.changeEvery);
  const proxyNanos = (): number => (proxy === undefined ? 0 : cpuNanos(proxy));
  try {
    await informer.synced();
    const before = await reached(informer, updatesAfter(plan.warmUp), GRACE_MS);
    const proxyBefore = proxyNanos();
    upstream.child.writeLine('go');
    await delay((plan.events / plan.rate) * 1000);
    const after = await reached(informer, updatesAfter(plan.warmUp + plan.events), GRACE_MS);
    const proxyAfter = proxyNanos();
    if (after.changes - before.changes !== changesOf(plan) || after.lists !== 1)
      throw new Error(`an informer saw ${after.changes - before.changes} changes in ${after.lists} lists`);
    return {
      informer: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / plan.events,
      proxy: (proxyAfter - proxyBefore) / 1000 / plan.events,
    };
  } finally {
    await informer.stop();
  }
}

/** Waits until so many updates have come; more are an error: of a filtered watch, each is one too many. */
async function reached(
  informer: Informer,
  updates: number,
  timeoutMs: number,
): Promise<Awaited<ReturnType<Informer['state']>>> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const state = await informer.state();
    if (state.updates === updates) return state;
    if (state.updates > updates || performance.now() > until)
      throw new Error(`${informer.title} saw ${state.updates} updates in place of ${updates}`);
    await delay(POLL_MS);
  }
}
