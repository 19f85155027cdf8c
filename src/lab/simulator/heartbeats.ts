/** The life of a simulated cluster: a steady stream of heartbeats, and now and then a change that matters. */
import type { NodeObject } from './node-object.ts';
import type { Timers } from './timers.ts';

/** The part of a cluster that its heart needs. */
interface BeatingCluster {
  nodeNames(): readonly string[];
  node(name: string): NodeObject | undefined;
  heartbeat(name: string): void;
  setLabel(name: string, key: string, value: string): void;
  setCondition(name: string, type: string, status: string): void;
}

/** How busy the cluster is. */
export interface HeartbeatOptions {
  /** Heartbeats per second over all Nodes, which take turns. */
  readonly perSecond: number;
  /** Seconds between two real changes; 0 or absent for none. */
  readonly changesEverySeconds?: number;
  /** Called with each real change right after it was made, before any watcher can have seen it. */
  readonly onChange?: (change: RealChange) => void;
}

/** A change that clients care for. Values are new each time, so that it is recognised when it arrives. */
export type RealChange =
  | { readonly kind: 'label'; readonly node: string; readonly key: string; readonly value: string }
  | { readonly kind: 'condition'; readonly node: string; readonly type: string; readonly status: string };

/** Running heartbeats. */
export interface Heartbeats {
  /** Heartbeats made so far. */
  readonly beats: number;
  /** Real changes made so far. */
  readonly changes: number;
  stop(): void;
}

/** The label that real changes set; its value is the number of the change. */
export const CHANGE_LABEL = 'simulator/change';

const TICK_MS = 20;

/** Starts beating; the pace is kept over time, also where a tick comes late. */
export function startHeartbeats(
  cluster: BeatingCluster,
  options: HeartbeatOptions,
  timers: Timers,
): Heartbeats {
  const startedAt = timers.now();
  let beats = 0;
  let changes = 0;
  const stopBeats = timers.every(TICK_MS, () => {
    const due = Math.floor(((timers.now() - startedAt) * options.perSecond) / 1000);
    const names = cluster.nodeNames();
    for (; beats < due; beats++) {
      const name = names[beats % names.length];
      if (name !== undefined) cluster.heartbeat(name);
    }
  });
  const changesEveryMs = (options.changesEverySeconds ?? 0) * 1000;
  const stopChanges =
    changesEveryMs > 0
      ? timers.every(changesEveryMs, () => {
          const change = makeChange(cluster, changes);
          if (change === undefined) return;
          changes++;
          options.onChange?.(change);
        })
      : undefined;
  return {
    get beats() {
      return beats;
    },
    get changes() {
      return changes;
    },
    stop: () => {
      stopBeats();
      stopChanges?.();
    },
  };
}

/** Labels and conditions in turn, Node after Node. Undefined in a cluster without Nodes. */
function makeChange(cluster: BeatingCluster, index: number): RealChange | undefined {
  const names = cluster.nodeNames();
  const node = names[index % names.length];
  if (node === undefined) return undefined;
  if (index % 2 === 0) {
    const change: RealChange = { kind: 'label', node, key: CHANGE_LABEL, value: String(index + 1) };
    cluster.setLabel(node, change.key, change.value);
    return change;
  }
  const type = 'NetworkUnavailable';
  const isUnavailable = cluster
    .node(node)
    ?.status.conditions?.some((condition) => condition.type === type && condition.status === 'True');
  const change: RealChange = { kind: 'condition', node, type, status: isUnavailable ? 'False' : 'True' };
  cluster.setCondition(node, type, change.status);
  return change;
}
