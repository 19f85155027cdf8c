/** The connection to the API server, put together: where to, as whom, and who is told how it does. */
import { performance } from 'node:perf_hooks';
import { type Health } from '../platform/health/health.ts';
import { type Settings } from '../config/settings.ts';
import { ByteBudget } from '../core/limits/byte-budget.ts';
import { type StartTimer } from '../platform/timer.ts';
import { type Metrics } from './telemetry/metrics.ts';
import { type Credentials } from '../platform/upstream/credentials.ts';
import { type UpstreamTarget } from '../platform/upstream/target.ts';
import { Upstream } from '../platform/upstream/upstream.ts';
import { type AppContext } from './app-context.ts';
import { upstreamCredentials } from './own-credentials.ts';
import { UpstreamState } from './upstream-state.ts';
import { WatchGate } from './watch/watch-gate.ts';

/** What all requests together may keep of their bodies until they are answered, in the budget of all that is kept. */
const BODIES_BYTES = 8 * 1024 * 1024;

export interface UpstreamLinkOptions {
  readonly settings: Settings;
  readonly context: AppContext;
  readonly target: UpstreamTarget;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly budget: ByteBudget;
  readonly startTimer: StartTimer;
  /** See {@link UpstreamStateOptions.onReturn}. */
  readonly onReturn: () => void;
}

export interface UpstreamLink {
  readonly upstream: Upstream;
  readonly state: UpstreamState;
  readonly gate: WatchGate;
  /** Undefined where clients bring their own. */
  readonly credentials: Credentials | undefined;
}

/** Nothing is dialled yet. @throws SettingsProblem where the kubeconfig has no credentials that can be lent */
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
  const credentials = await upstreamCredentials(settings, {
    env,
    wallNow,
    onCertificateChange: () => upstream.redial(),
  });
  const state = new UpstreamState({ health, log, probe: () => upstream.probe(), onReturn });
  const gate = new WatchGate({
    askReadiness: () => upstream.probe('/readyz'),
    now: () => performance.now(),
    startTimer,
  });
  const upstream: Upstream = new Upstream({
    target,
    credentials,
    bodies: new ByteBudget(BODIES_BYTES, budget),
    http: settings.upstreamHttp,
    pingIntervalMs: settings.upstreamPingIntervalMs,
    pingTimeoutMs: settings.upstreamPingTimeoutMs,
    connectTimeoutMs: settings.upstreamConnectTimeoutMs,
    observer: {
      answered: (code) => {
        metrics.upstreamAnswered(code);
        state.answered();
      },
      failed: (error) => {
        metrics.upstreamAnswered('error');
        state.failed(error);
        gate.failed(error);
      },
      connections: (count) => metrics.setUpstreamConnections(count),
    },
  });
  return { upstream, state, gate, credentials };
}
