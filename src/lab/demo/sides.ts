/** The two clients of the demo: one that watches the cluster directly, one that does so through the proxy. */
import { CHANGE_LABEL } from '../simulator/heartbeats.ts';
import { ChangeTracker } from './changes.ts';
import { watchNodes } from './watcher.ts';
import { within } from '../../platform/within.ts';
import type { Barrier } from './cluster.ts';
import type { Side } from './changes.ts';
import type { NodeWatcher } from './watcher.ts';
import type { Sample, SideCounts } from './view.ts';

/** Where the clients connect. */
export interface DemoSidesOptions {
  readonly directKubeconfigPath: string;
  readonly proxiedKubeconfigPath: string;
  readonly tokenFile: string;
}

/** Both clients, watching. */
export interface DemoSides {
  /** Follows the changes made from now on. */
  readonly changes: ChangeTracker;
  /** Rejects when a client gives up. */
  readonly failed: Promise<never>;
  /** What each has received since both began to watch. */
  sample(): Sample;
  /** Where one can, makes a last change and waits for it: events keep their order, so what was made before has arrived then too. */
  settle(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** How long the first change may take: seconds on a busy machine, milliseconds otherwise. */
const START_MS = 20_000;

/**
 * Connects both clients and waits until a change has arrived on both sides, where one can be made.
 *
 * @throws Error when a client cannot list and watch, or what it should receive does not arrive.
 */
export async function openSides(options: DemoSidesOptions, at: Barrier | undefined): Promise<DemoSides> {
  const failure = Promise.withResolvers<never>();
  // Awaited only while the demo runs; before and after, nobody needs to hear of it.
  failure.promise.catch(() => undefined);
  let barrier = new ChangeTracker();
  const changes = new ChangeTracker();
  const open = (side: Side, kubeconfigPath: string): Promise<NodeWatcher> =>
    watchNodes({
      kubeconfigPath,
      tokenFile: options.tokenFile,
      onNode: (node) => {
        barrier.received(side, node, performance.now());
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
  const passBarrier = async (value: string, ms: number): Promise<boolean> => {
    if (at === undefined) return true;
    const { node } = at;
    barrier.made({ kind: 'label', node, key: CHANGE_LABEL, value }, performance.now());
    at.setLabel(node, CHANGE_LABEL, value);
    return within(ms, barrier.allArrived());
  };
  if (!(await passBarrier('ready', START_MS))) {
    await stop();
    throw new Error(`a change did not arrive on both sides within ${START_MS / 1000} s`);
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
    settle: async (ms) => {
      barrier = new ChangeTracker();
      await passBarrier('end', ms);
    },
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
