/** The two clients of the demo: one watches the cluster directly, the other through the proxy. */
import { CHANGE_LABEL } from '../simulator/heartbeats.ts';
import { ChangeTracker } from './changes.ts';
import { watchNodes } from './watcher.ts';
import { within } from '../../platform/within.ts';
import type { Barrier } from './cluster.ts';
import type { Side } from './changes.ts';
import type { NodeWatcher } from './watcher.ts';
import type { Sample, SideCounts } from './view.ts';

export interface DemoSidesOptions {
  readonly directKubeconfigPath: string;
  readonly proxiedKubeconfigPath: string;
  readonly tokenFile: string;
}

/** Both clients, watching. */
export interface DemoSides {
  /** Follows the changes made from now on. */
  readonly changes: ChangeTracker;
  /** Rejects if a client gives up. */
  readonly failed: Promise<never>;
  /** The counts of each client since both began to watch. */
  sample(): Sample;
  /** Makes a last change, if the cluster allows it, and waits for it: events keep their order, so all earlier changes have arrived then. */
  settle(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** The longest wait for the first change, which takes seconds on a busy machine and milliseconds otherwise. */
const START_MS = 20_000;

/**
 * Connects both clients and, if the cluster can be changed, waits until a change has arrived on both sides.
 *
 * @throws Error if a client cannot list and watch, or if the change does not arrive.
 */
export async function openSides(options: DemoSidesOptions, at: Barrier | undefined): Promise<DemoSides> {
  const failure = Promise.withResolvers<never>();
  // This promise is awaited only while the demo runs; without a handler, a rejection at other times would end the process.
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
