/** Makes the connection to the API server: its address, the credentials, and the observers of its state. */
import { performance } from 'node:perf_hooks';
import type { Health } from '../platform/health/health.ts';
import type { Settings } from '../config/settings.ts';
import { ByteBudget } from '../core/limits/byte-budget.ts';
import type { StartTimer } from '../platform/timer.ts';
import type { MetricRegistry } from '../platform/metric-registry.ts';
import type { Credentials } from '../platform/upstream/credentials.ts';
import type { UpstreamObserver } from '../platform/upstream/exchange.ts';
import type { UpstreamTarget } from '../platform/upstream/target.ts';
import { Upstream } from '../platform/upstream/upstream.ts';
import type { AppContext } from './app-context.ts';
import { upstreamCredentials } from './lent-credentials.ts';
import { UpstreamState } from './upstream-state.ts';
import { WatchGate } from './watch/watch-gate.ts';

/** The share of the budget for bodies of requests that are kept until they are answered. */
export const BODIES_BYTES = 8 * 1024 * 1024;

export interface UpstreamLinkOptions {
  readonly settings: Settings;
  readonly context: AppContext;
  readonly target: UpstreamTarget;
  readonly health: Health;
  readonly metrics: MetricRegistry;
  readonly budget: ByteBudget;
  readonly startTimer: StartTimer;
  /** See {@link UpstreamStateOptions.onReturn}. */
  readonly onReturn: () => void;
}

export interface UpstreamLink {
  readonly upstream: Upstream;
  readonly state: UpstreamState;
  readonly gate: WatchGate;
  /** Undefined if clients use their own. */
  readonly credentials: Credentials | undefined;
}

/** Does not connect yet. @throws SettingsProblem if the kubeconfig has no credentials that can be lent */
export async function createUpstreamLink({
  settings,
  context: { env, log, wallNow = Date.now },
  target,
  health,
  metrics,
  budget,
  startTimer,
  onReturn,
}: UpstreamLinkOptions): Promise<UpstreamLink> {
  const credentials = await upstreamCredentials(settings, { env, wallNow });
  const upstream = new Upstream({
    target,
    credentials,
    bodies: new ByteBudget(BODIES_BYTES, budget),
    ...connectionsBy(settings),
  });
  const state = new UpstreamState({ health, log, probe: () => upstream.probe(), onReturn });
  const gate = new WatchGate({
    askReadiness: () => upstream.probe('/readyz'),
    now: () => performance.now(),
    startTimer,
  });
  for (const observer of [upstreamMetrics(metrics), state, gate]) upstream.observe(observer);
  return { upstream, state, gate, credentials };
}

function upstreamMetrics(metrics: MetricRegistry): UpstreamObserver {
  const requests = metrics.counterBy(
    'watchsieve_upstream_requests_total',
    'Requests to upstream by the status of the answer; error: no answer.',
    ['code'],
  );
  const connections = metrics.gauge(
    'watchsieve_upstream_connections',
    'Open connections to upstream, including upgraded ones.',
  );
  return {
    answered: (code) => requests({ code: String(code) }),
    failed: () => requests({ code: 'error' }),
    connections,
  };
}

/** The settings for making and keeping connections to the API server. */
export function connectionsBy(settings: Settings) {
  return {
    http: settings.upstreamHttp,
    pingIntervalMs: settings.upstreamPingIntervalMs,
    pingTimeoutMs: settings.upstreamPingTimeoutMs,
    connectTimeoutMs: settings.upstreamConnectTimeoutMs,
    // Watches that are not filtered count as requests. A hub has more of both than a sidecar.
    maxRequests: Math.max(settings.maxRequests, settings.maxStreams),
  };
}
