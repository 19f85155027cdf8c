/** The connection to the API server, put together: where to, as whom, and who is told how it does. */
import { type Health } from '../admin/health.ts';
import { type Settings } from '../config/settings.ts';
import { type Metrics } from '../telemetry/metrics.ts';
import { type Credentials } from '../upstream/credentials.ts';
import { type UpstreamTarget } from '../upstream/target.ts';
import { Upstream } from '../upstream/upstream.ts';
import { type AppContext } from './app-context.ts';
import { upstreamCredentials } from './own-credentials.ts';
import { UpstreamState } from './upstream-state.ts';

export interface UpstreamLinkOptions {
  readonly settings: Settings;
  readonly context: AppContext;
  readonly target: UpstreamTarget;
  readonly health: Health;
  readonly metrics: Metrics;
}

export interface UpstreamLink {
  readonly upstream: Upstream;
  readonly state: UpstreamState;
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
}: UpstreamLinkOptions): Promise<UpstreamLink> {
  const credentials = await upstreamCredentials(settings, {
    env,
    wallNow,
    onCertificateChange: () => upstream.redial(),
  });
  const state = new UpstreamState({ health, log, probe: () => upstream.probe() });
  const upstream: Upstream = new Upstream({
    target,
    credentials,
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
      },
      connections: (count) => metrics.setUpstreamConnections(count),
    },
  });
  return { upstream, state, credentials };
}
