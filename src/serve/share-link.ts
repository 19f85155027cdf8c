/** Makes a hub; undefined if nothing is shared. Its own requests and those of callers never share a connection. */
import type { Settings } from '../config/settings.ts';
import { nameOf } from '../core/resource/resource.ts';
import type { Memos } from '../core/sieve/memo.ts';
import { suppression } from '../core/sieve/suppression.ts';
import type { Logger } from '../platform/logger.ts';
import type { MetricRegistry } from '../platform/metric-registry.ts';
import type { StartTimer } from '../platform/timer.ts';
import { inClusterCredentials } from '../platform/upstream/in-cluster-credentials.ts';
import type { UpstreamTarget } from '../platform/upstream/target.ts';
import { Upstream } from '../platform/upstream/upstream.ts';
import type { Env } from '../config/read-env.ts';
import { Grants } from './grants/grants.ts';
import { growHeap } from './heap-growth.ts';
import { credentialsOfKubeconfig } from './lent-credentials.ts';
import { OwnRequests } from './share/own-requests.ts';
import { Share } from './share/share.ts';
import { readFeeds, shareCounts } from './share/share-metrics.ts';
import { FEED_LIMITS, SharedFeeds } from './share/shared-feeds.ts';
import { connectionsBy } from './upstream-link.ts';
import type { Filters } from './watch/filters.ts';

export interface ShareLinkOptions {
  readonly settings: Settings;
  readonly target: UpstreamTarget;
  readonly env: Env;
  /** For requests of callers; has no credentials of its own. */
  readonly upstream: Upstream;
  readonly filters: Filters;
  readonly memos: Memos;
  readonly registry: MetricRegistry;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly startTimer: StartTimer;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** @throws SettingsProblem if the kubeconfig has no usable credentials */
export async function createShareLink(options: ShareLinkOptions): Promise<Share | undefined> {
  const { settings, target, upstream: callers, filters, memos, registry, log, startTimer, now } = options;
  const { share } = settings;
  if (share === undefined) return undefined;
  growHeap();
  const credentials = (await credentialsOfKubeconfig(settings, options)) ?? inClusterCredentials();
  const upstream = new Upstream({ target, credentials, ...connectionsBy(settings) });
  const chance = Math.random;
  const time = { now, chance, startTimer };
  const counts = shareCounts(registry);
  const feeds = new SharedFeeds({
    ...{ upstream, memos, log, ...time },
    requests: new OwnRequests({ upstream, credentials }),
    passAt: suppression(settings.maxSuppressionMs, chance),
    maxFrameBytes: settings.maxFrameBytes,
    maxLagMs: Math.min(settings.bookmarkIntervalMs, settings.heldFrameAgeMs),
    limits: FEED_LIMITS,
    events: counts,
  });
  readFeeds(registry, feeds);
  return new Share({
    ...{ feeds, ...time },
    shared: filters.resources.filter((resource) => share.includes(nameOf(resource))),
    filterOf: (asked) => filters.of(asked),
    grants: new Grants({ upstream: callers, registry, ...time }),
    slowClientMs: settings.slowClientTimeoutMs,
    events: counts,
  });
}
