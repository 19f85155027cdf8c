/** A snapshot of the demo, and the figures that follow from it. Pure. */

/** The counts of one client. */
export interface SideCounts {
  /** Watch events of any type. */
  readonly events: number;
  readonly modified: number;
  /** Bytes of the watch's body. */
  readonly bytes: number;
}

/** Both clients' counts at one time. */
export interface Sample {
  readonly atMs: number;
  readonly direct: SideCounts;
  readonly proxied: SideCounts;
}

/** A change that clients care about, and the time until it arrived; undefined before that. */
export interface ChangeView {
  /** Counted from 1. */
  readonly number: number;
  /** For example `node-0007 label rack=r01`. */
  readonly text: string;
  readonly directMs: number | undefined;
  readonly proxiedMs: number | undefined;
}

/** The path of each side's kubeconfig. */
export interface DemoFiles {
  readonly directKubeconfigPath: string;
  readonly proxiedKubeconfigPath: string;
}

export interface DemoView {
  /** For example `50 Nodes, 50 heartbeats/s`. */
  readonly title: string;
  readonly elapsedMs: number;
  /** The present; its difference to `before` gives the rates. */
  readonly now: Sample;
  /** A few seconds earlier, or the start. */
  readonly before: Sample;
  /** Oldest first. */
  readonly changes: readonly ChangeView[];
  /** The address of the status page. */
  readonly pageUrl?: string | undefined;
  /** The kubeconfigs of both sides, for kubectl and the like. */
  readonly files?: DemoFiles | undefined;
}

/** Rates of one side. */
export interface Rate {
  readonly events: number;
  readonly bytes: number;
}

/** The rates between the two samples of a view. */
export function rateOf(view: DemoView, side: 'direct' | 'proxied'): Rate {
  const seconds = (view.now.atMs - view.before.atMs) / 1000;
  if (seconds <= 0) return { events: 0, bytes: 0 };
  const [now, before] = [view.now[side], view.before[side]];
  return { events: (now.events - before.events) / seconds, bytes: (now.bytes - before.bytes) / seconds };
}

/** The share of MODIFIED events that the proxy swallowed; undefined before the first event. */
export function swallowedPercent({ now }: DemoView): number | undefined {
  if (now.direct.modified === 0) return undefined;
  return Math.max(0, 100 * (1 - now.proxied.modified / now.direct.modified));
}

/** Changes that arrived on both sides. */
export function arrivedOnBoth(changes: readonly ChangeView[]): number {
  return changes.filter(({ directMs, proxiedMs }) => directMs !== undefined && proxiedMs !== undefined)
    .length;
}
