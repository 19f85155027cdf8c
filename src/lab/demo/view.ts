/** What the demo knows at one moment, and the figures that follow from it. Pure. */

/** What one client has received since counting began. */
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

/** A change that clients care for, and how long it took to arrive; undefined while it has not. */
export interface ChangeView {
  /** Counted from 1. */
  readonly number: number;
  /** Such as `node-0007 label rack=r01`. */
  readonly text: string;
  readonly directMs: number | undefined;
  readonly proxiedMs: number | undefined;
}

/** Where each side's kubeconfig lies. */
export interface DemoFiles {
  readonly directKubeconfigPath: string;
  readonly proxiedKubeconfigPath: string;
}

/** Everything that is shown. */
export interface DemoView {
  /** Such as `50 Nodes, 50 heartbeats/s`. */
  readonly title: string;
  readonly elapsedMs: number;
  /** The present; its difference to `before` gives the rates. */
  readonly now: Sample;
  /** A few seconds earlier, or the start. */
  readonly before: Sample;
  /** In the order they were made. */
  readonly changes: readonly ChangeView[];
  /** Where the same can be looked at in a browser. */
  readonly pageUrl?: string | undefined;
  /** The kubeconfigs of both sides, for kubectl and the like. */
  readonly files?: DemoFiles | undefined;
}

/** What happened per second on one side. */
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

/** Share of the MODIFIED events seen directly that the proxied client was spared, or undefined before the first. */
export function swallowedPercent({ now }: DemoView): number | undefined {
  if (now.direct.modified === 0) return undefined;
  return Math.max(0, 100 * (1 - now.proxied.modified / now.direct.modified));
}

/** Changes that arrived on both sides. */
export function arrivedOnBoth(changes: readonly ChangeView[]): number {
  return changes.filter(({ directMs, proxiedMs }) => directMs !== undefined && proxiedMs !== undefined)
    .length;
}
