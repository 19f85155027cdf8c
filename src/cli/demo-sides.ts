/** The two clients of the demo: one that watches the cluster directly, one that does so through the proxy. */
import { CHANGE_LABEL } from '../simulator/heartbeats.ts';
import { ChangeTracker } from './demo-changes.ts';
import { watchNodes } from './demo-watcher.ts';
import { within } from './within.ts';
import type { Cluster } from '../simulator/cluster.ts';
import type { Side } from './demo-changes.ts';
import type { NodeWatcher } from './demo-watcher.ts';
import type { Sample, SideCounts } from './demo-view.ts';

/** Where the clients connect. */
export interface DemoSidesOptions {
  readonly directKubeconfigPath: string;
  readonly proxiedKubeconfigPath: string;
  readonly tokenFile: string;
}

/** Both clients, watching and warmed up. */
export interface DemoSides {
  /** Follows the changes made from now on. */
  readonly changes: ChangeTracker;
  /** Rejects when a client gives up. */
  readonly failed: Promise<never>;
  /** What each has received since the warm-up. */
  sample(): Sample;
  stop(): Promise<void>;
}

/** How long the warm-up may take: seconds on a busy machine, milliseconds otherwise. */
const WARM_UP_MS = 20_000;

/**
 * Connects both clients and lets each receive every Node once.
 *
 * The first MODIFIED of a Node on a new watch may pass the proxy, which cannot know what the client
 * already holds. That happens once per watch, so it is not counted: the demo shows how things go on.
 *
 * @throws Error when a client cannot list and watch, or what it should receive does not arrive.
 */
export async function openSides(options: DemoSidesOptions, cluster: Cluster): Promise<DemoSides> {
  const failure = Promise.withResolvers<never>();
  // Awaited only while the demo runs; before and after, nobody needs to hear of it.
  failure.promise.catch(() => undefined);
  const warmUp = new ChangeTracker();
  const changes = new ChangeTracker();
  const open = (side: Side, kubeconfigPath: string): Promise<NodeWatcher> =>
    watchNodes({
      kubeconfigPath,
      tokenFile: options.tokenFile,
      onNode: (node) => {
        warmUp.received(side, node, performance.now());
        changes.received(side, node, performance.now());
      },
      onError: (error) => failure.reject(new Error(`the ${side} client gave up: ${error.message}`)),
    });
  const direct = await open('direct', options.directKubeconfigPath);
  const proxied = await open('proxied', options.proxiedKubeconfigPath).catch(async (error: unknown) => {
    await direct.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await direct.stop();
    await proxied.stop();
  };
  const [node] = cluster.nodeNames();
  if (node === undefined) throw new Error('the demo needs a Node');
  for (const name of cluster.nodeNames()) cluster.heartbeat(name);
  warmUp.made({ kind: 'label', node, key: CHANGE_LABEL, value: 'ready' }, performance.now());
  cluster.setLabel(node, CHANGE_LABEL, 'ready');
  // Events keep their order, so whoever has received this one has received all before it.
  if (!(await within(WARM_UP_MS, warmUp.allArrived()))) {
    await stop();
    throw new Error(`a change did not arrive on both sides within ${WARM_UP_MS / 1000} s`);
  }
  const [directStart, proxiedStart] = [direct.counts(), proxied.counts()];
  return {
    changes,
    failed: failure.promise,
    sample: () => ({
      atMs: performance.now(),
      direct: difference(direct.counts(), directStart),
      proxied: difference(proxied.counts(), proxiedStart),
    }),
    stop,
  };
}

function difference(now: SideCounts, start: SideCounts): SideCounts {
  return {
    events: now.events - start.events,
    modified: now.modified - start.modified,
    bytes: now.bytes - start.bytes,
  };
}
