/** Makes everything that `serve` consists of and connects it. Nothing of it runs yet, and nothing is listened on. */
import { performance } from 'node:perf_hooks';
import { Health } from '../platform/health/health.ts';
import { type Settings } from '../config/settings.ts';
import { ByteBudget } from '../core/limits/byte-budget.ts';
import { type Identity } from '../platform/identity/state-dir.ts';
import { Proxy, type ProxyLimits } from './proxy/server.ts';
import { type Filter } from '../core/projection/filter.ts';
import { Forms } from '../core/sieve/forms.ts';
import { Memos } from '../core/sieve/memo.ts';
import { startTimer } from '../platform/timer.ts';
import { StreamRegistry } from './watch/stream-registry.ts';
import { type SwallowRecord } from './watch/swallow-record.ts';
import { Metrics } from './telemetry/metrics.ts';
import { type UpstreamTarget } from '../platform/upstream/target.ts';
import { type Upstream } from '../platform/upstream/upstream.ts';
import { type AppContext } from './app-context.ts';
import { CertificateRenewal } from './certificate-renewal.ts';
import { ConfigReload } from './config-reload.ts';
import { EventHistory } from './report/event-history.ts';
import { LiveFilter } from './watch/live-filter.ts';
import { streamSources } from './watch/open-watch.ts';
import { lendCredentials } from './own-credentials.ts';
import { createUpstreamLink } from './upstream-link.ts';
import { type UpstreamState } from './upstream-state.ts';
import { type Verifier } from './verify/verifier.ts';
import { createWatchHooks } from './watch-hooks.ts';

/** Bound of what tells in which parts an object changed (I6): some thousand Nodes with many labels. */
const MAX_FORM_BYTES = 4 * 1024 * 1024;
/** Bound of what recognises events that repeat what is known (I6): about 5,000 Nodes with some twenty labels. */
const MAX_MEMO_BYTES = 8 * 1024 * 1024;

/** What is found out before anything is made. */
export interface Prepared {
  readonly settings: Settings;
  readonly context: AppContext;
  readonly target: UpstreamTarget;
  readonly identity: Identity;
  /** What clients have to show where they are lent credentials. */
  readonly token: string | undefined;
  readonly record: SwallowRecord;
}

export interface Parts {
  readonly health: Health;
  readonly streams: StreamRegistry;
  readonly metrics: Metrics;
  readonly history: EventHistory;
  readonly upstream: Upstream;
  readonly state: UpstreamState;
  readonly verifier: Verifier | undefined;
  readonly proxy: Proxy;
  readonly reload: ConfigReload;
  readonly renewal: CertificateRenewal;
}

/** @throws SettingsProblem where the kubeconfig has no credentials that can be lent */
export async function createParts(prepared: Prepared): Promise<Parts> {
  const { settings, context, target, identity, token, record } = prepared;
  const { log, version, wallNow = Date.now, startPolling = startTimer } = context;
  const health = new Health();
  const streams = new StreamRegistry();
  const forms = new Forms(MAX_FORM_BYTES);
  const memos = new Memos(MAX_MEMO_BYTES);
  const budget = new ByteBudget(settings.memoryBudgetBytes);
  const metrics: Metrics = new Metrics({
    ...streamSources(streams),
    forms,
    memos,
    budget,
    isReady: () => health.state === 'ready',
    certificateExpiry: () => renewal.expirySeconds,
    build: () => ({ version, preset: filter.current.projection.name, mode: filter.current.mode }),
  });
  const history = new EventHistory({ tally: metrics.events, now: () => performance.now(), startTimer });
  const filter = new LiveFilter({
    initial: filterOf(settings),
    streams,
    swallowed: () => metrics.events.eventsOf('swallowed'),
    record,
  });
  const link = await createUpstreamLink({
    ...{ settings, context, target, health, metrics, budget, startTimer },
    onReturn: () => upstreamReturned(),
  });
  const { upstream, state, gate, credentials } = link;
  const { verifier, upstreamReturned, ...hooks } = createWatchHooks({
    ...{ settings, filter, streams, forms, memos, metrics, log, upstream },
    // So that what is known of long watches leaves room for requests.
    budget: new ByteBudget(budget.limit / 2, budget),
    startTimer: context.startTimer ?? startTimer,
  });
  const proxy = new Proxy({
    ...hooks,
    tls: { key: identity.keyPem, cert: identity.certPem },
    upstream,
    passWatch: () => gate.pass(),
    ownCredentials:
      credentials === undefined || token === undefined ? undefined : lendCredentials(credentials, token, log),
    isDraining: () => health.isDraining,
    budget,
    limits: limitsOf(settings),
    onRefused: (limit) => metrics.refused(limit),
    onConnectionBound: (bound) => metrics.connections.ended('proxy', bound),
  });
  const reload = new ConfigReload({
    settings,
    sources: context.sources,
    hiddenInFile: context.hiddenInFile ?? [],
    reread: context.reread ?? (() => Promise.resolve(undefined)),
    apply: (changed) => filter.change(filterOf(changed)),
    onResult: (result) => metrics.configReloaded(result),
    log,
    startTimer: startPolling,
  });
  const renewal: CertificateRenewal = new CertificateRenewal({
    settings,
    identity,
    serve: ({ keyPem, certPem }) => proxy.setTls({ key: keyPem, cert: certPem }),
    wallNow,
    startTimer: startPolling,
    log,
  });
  return { health, streams, metrics, history, upstream, state, verifier, proxy, reload, renewal };
}

function limitsOf({ maxConnections, maxStreams, maxUpgrades, maxRequests }: Settings): Partial<ProxyLimits> {
  return { maxConnections, maxStreams, maxUpgrades, maxRequests };
}

function filterOf({ mode, projection }: Settings): Filter {
  return { mode, projection };
}
