/** The functions that the proxy calls for filtered watches and LISTs, and the state that these share. */
import { performance } from 'node:perf_hooks';
import type { Settings } from '../config/settings.ts';
import type { ByteBudget } from '../core/limits/byte-budget.ts';
import type { OpenWatch, TapList } from './proxy/watch-hook.ts';
import type { Forms } from '../core/sieve/forms.ts';
import type { Memos } from '../core/sieve/memo.ts';
import { Snapshots } from '../core/sieve/snapshots.ts';
import { suppression } from '../core/sieve/suppression.ts';
import type { StreamRegistry } from './watch/stream-registry.ts';
import type { StartTimer } from '../platform/timer.ts';
import type { Logger } from '../platform/logger.ts';
import type { MetricRegistry } from '../platform/metric-registry.ts';
import type { WatchMetrics } from './watch/watch-metrics.ts';
import type { Upstream } from '../platform/upstream/upstream.ts';
import type { FilterOf, Filters } from './watch/filters.ts';
import { createOpenWatch } from './watch/open-watch.ts';
import { createTapList } from './watch/tap-list.ts';
import { VerificationMetrics } from './verify/verification-metrics.ts';
import { Verifier } from './verify/verifier.ts';
import { Viewers } from './watch/viewer.ts';

/**
 * The limits of snapshots (I6): enough for a few of the largest clusters, and longer than any client needs to return.
 */
export const MAX_SNAPSHOT_OBJECTS = 100_000;
export const SNAPSHOT_TTL_MS = 15 * 60_000;

export interface WatchHooksOptions {
  /** Baselines, snapshots and lists that pass through draw from this budget. */
  readonly budget: ByteBudget;
  readonly settings: Settings;
  readonly filters: Filters;
  readonly streams: StreamRegistry;
  readonly forms: Forms;
  readonly memos: Memos;
  readonly snapshots: Snapshots;
  readonly metrics: WatchMetrics;
  readonly registry: MetricRegistry;
  readonly log: Logger;
  readonly upstream: Upstream;
  readonly startTimer: StartTimer;
}

export interface WatchHooks {
  readonly openWatch: OpenWatch;
  readonly tapList: TapList;
  /** Undefined if checks are switched off; then they cost nothing. */
  readonly verifier: Verifier | undefined;
}

export function createWatchHooks({ upstream, registry, filters, ...shared }: WatchHooksOptions): WatchHooks {
  const { settings, forms, metrics, log, startTimer, budget, snapshots } = shared;
  const { verifyIntervalMs: intervalMs } = settings;
  const { random } = Math;
  const now = (): number => performance.now();
  const passAt = suppression(settings.maxSuppressionMs, random);
  const verifications = new VerificationMetrics(registry);
  const send: Upstream['send'] = (request, handler) => upstream.send(request, handler);
  const verifier =
    intervalMs === 0
      ? undefined
      : new Verifier({
          intervalMs,
          random,
          startTimer,
          snapshots,
          log,
          send,
          metrics: verifications,
        });
  const viewers = new Viewers(settings.kubeconfig === undefined);
  const filterOf: FilterOf = (asked) => filters.of(asked);
  return {
    openWatch: createOpenWatch({ ...shared, filterOf, viewers, now, passAt, verifier }),
    tapList: createTapList({
      ...{ filterOf, snapshots, viewers, now, passAt, forms, budget },
      onPassed: (result) => metrics.listPassed(result),
    }),
    verifier,
  };
}

/** The snapshots for clients that return. */
export function createSnapshots(
  kept: Pick<WatchHooksOptions, 'streams' | 'log' | 'budget'>,
  now = () => performance.now(),
): Snapshots {
  return new Snapshots({
    maxObjects: MAX_SNAPSHOT_OBJECTS,
    ttlMs: SNAPSHOT_TTL_MS,
    now,
    budget: kept.budget,
    onReplaced: () => forgetHistory(kept),
  });
}

/**
 * Upstream had two states under one resourceVersion, so its history was replaced. Streams may have begun with snapshots
 * of the old history. Memos stay, because equal bytes have equal fingerprints in any history.
 */
export function forgetHistory({ streams, log }: Pick<WatchHooksOptions, 'streams' | 'log'>): void {
  log.warn(
    { streams: streams.size },
    'upstream has two states under one resourceVersion, as after a restore of etcd: all that was known is forgotten',
  );
  for (const { sieve } of streams.open()) sieve.doubt('history');
}
