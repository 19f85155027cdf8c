/** Makes the connections to hubs; undefined if no hub is set. */
import { performance } from 'node:perf_hooks';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../platform/logger.ts';
import type { MetricRegistry } from '../platform/metric-registry.ts';
import type { StartTimer } from '../platform/timer.ts';
import { hubTarget } from '../platform/upstream/hub-target.ts';
import { Upstream } from '../platform/upstream/upstream.ts';
import { HubFirst } from './hub-first/hub-first.ts';
import { type FilterNowOf, selectionMetric } from './hub-first/selection.ts';

/** After less than a second a request goes to the API server, so no longer wait for a connection is useful (ms). */
const CONNECT_MS = 800;
/** If a hub hangs, its watches are stuck for at most the sum of these two times (milliseconds). */
const PING_INTERVAL_MS = 5000;
const PING_TIMEOUT_MS = 5000;

export interface HubLinkOptions {
  readonly settings: Settings;
  readonly filterOf: FilterNowOf;
  readonly registry: MetricRegistry;
  readonly log: Logger;
  readonly startTimer: StartTimer;
}

export function createHubLink(options: HubLinkOptions): HubFirst | undefined {
  const { registry } = options;
  const onSelected = selectionMetric(registry);
  const hubs = hubsOf(options.settings);
  const asked =
    hubs.length === 0
      ? undefined
      : new HubFirst({ ...options, onSelected, hubs, now: () => performance.now(), chance: Math.random });
  registry.read(
    'watchsieve_upstream_hub_watches',
    'If hubs are set: open filtered watches that a hub answers.',
    () => asked?.watches ?? 0,
  );
  return asked;
}

function hubsOf({ hub: urls, hubCa: caFile, hubServerName: serverName }: Settings): Upstream[] {
  if (urls === undefined || caFile === undefined) return [];
  return urls.map(
    (url) =>
      new Upstream({
        target: hubTarget({ url, caFile, serverName }),
        // Whatever is set for the API server: over HTTP/1.1 nothing tells that the hub of a running watch hangs.
        http: 'auto',
        connectTimeoutMs: CONNECT_MS,
        pingIntervalMs: PING_INTERVAL_MS,
        pingTimeoutMs: PING_TIMEOUT_MS,
      }),
  );
}
