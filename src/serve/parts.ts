/** Makes all parts of `serve` and connects them. Nothing runs or listens yet. */
import { performance } from 'node:perf_hooks';
import { Health } from '../platform/health/health.ts';
import type { Settings } from '../config/settings.ts';
import { ByteBudget } from '../core/limits/byte-budget.ts';
import type { Identity } from '../platform/identity/state-dir.ts';
import { LISTENER_TIMES, type ProxyLimits } from './proxy/listener.ts';
import { Proxy } from './proxy/server.ts';
import { nameOf } from '../core/resource/resource.ts';
import { Forms } from '../core/sieve/forms.ts';
import { Memos } from '../core/sieve/memo.ts';
import { startTimer } from '../platform/timer.ts';
import { StreamRegistry } from './watch/stream-registry.ts';
import type { SwallowRecord } from './watch/swallow-record.ts';
import { WatchMetrics } from './watch/watch-metrics.ts';
import { MetricRegistry } from '../platform/metric-registry.ts';
import { connectionsEnded, SERVE_LISTENERS } from '../platform/listen/connection-metrics.ts';
import { guestsRefused } from './proxy/guests.ts';
import type { UpstreamTarget } from '../platform/upstream/target.ts';
import type { Upstream } from '../platform/upstream/upstream.ts';
import { version } from '../platform/version.ts';
import type { AppContext } from './app-context.ts';
import { CertificateRenewal } from './certificate-renewal.ts';
import type { CertificateSource } from './certificate-source.ts';
import { ServiceAccountUpkeep } from './service-account-upkeep.ts';
import { ConfigReload } from './config-reload.ts';
import { EventHistory } from './report/event-history.ts';
import { Filters } from './watch/filters.ts';
import type { LiveFilter } from './watch/live-filter.ts';
import type { HubFirst } from './hub-first/hub-first.ts';
import { createHubLink } from './hub-link.ts';
import type { Share } from './share/share.ts';
import { createShareLink } from './share-link.ts';
import { lendCredentials } from './lent-credentials.ts';
import { createUpstreamLink } from './upstream-link.ts';
import type { UpstreamState } from './upstream-state.ts';
import type { Verifier } from './verify/verifier.ts';
import { createSnapshots, createWatchHooks } from './watch-hooks.ts';

/** The limit for canonical forms (I6): enough for the thousand Nodes that changed last. */
export const MAX_FORM_BYTES = 1024 * 1024;
/** The limit for memos (I6): enough for about 14,000 Nodes. */
export const MAX_MEMO_BYTES = 4 * 1024 * 1024;

/** The information that is gathered before the parts are made. */
export interface Prepared {
  readonly settings: Settings;
  readonly context: AppContext;
  readonly target: UpstreamTarget;
  readonly identity: Identity;
  readonly certificates: CertificateSource;
  /** The token that clients must send if they are lent credentials. */
  readonly token: string | undefined;
  readonly record: SwallowRecord;
}

type ConnectionEnded = ReturnType<typeof connectionsEnded<(typeof SERVE_LISTENERS)[number]>>;

export interface Parts {
  readonly health: Health;
  readonly streams: StreamRegistry;
  readonly registry: MetricRegistry;
  readonly metrics: WatchMetrics;
  readonly connectionEnded: ConnectionEnded;
  readonly history: EventHistory;
  readonly upstream: Upstream;
  readonly state: UpstreamState;
  /** Undefined if no hub is set. */
  readonly hub: HubFirst | undefined;
  /** Undefined if this is not a hub. */
  readonly share: Share | undefined;
  readonly verifier: Verifier | undefined;
  readonly proxy: Proxy;
  readonly reload: ConfigReload;
  readonly renewal: CertificateRenewal;
  readonly serviceAccount: ServiceAccountUpkeep;
}

/** @throws SettingsProblem if the kubeconfig has no credentials that can be lent */
export async function createParts(prepared: Prepared): Promise<Parts> {
  const { settings, context, target, identity, certificates, token, record } = prepared;
  const { log, wallNow = Date.now, startPolling = startTimer } = context;
  const health = new Health();
  const streams = new StreamRegistry();
  const forms = new Forms(MAX_FORM_BYTES);
  const memos = new Memos(MAX_MEMO_BYTES);
  const budget = new ByteBudget(settings.memoryBudgetBytes);
  const registry = new MetricRegistry();
  const metrics = new WatchMetrics(
    registry,
    streams,
    settings.sieved.map(({ resource }) => resource),
  );
  const connectionEnded = connectionsEnded(registry, SERVE_LISTENERS);
  const history = new EventHistory({
    total: () => metrics.events.total(),
    now: () => performance.now(),
    startTimer,
  });
  const hub = createHubLink({
    ...{
      settings,
      registry,
      log,
      filterOf: (asked) => ('resource' in asked ? filters.of(asked) : undefined),
    },
    startTimer: context.startTimer ?? startTimer,
  });
  let share: Share | undefined = undefined;
  const filters: Filters = new Filters({
    initial: settings,
    // In each watch that a hub answers, the hub may have swallowed events.
    swallowed: (resource) =>
      metrics.events.of(nameOf(resource)).eventsOf('swallowed') +
      (hub?.watchesEver ?? 0) +
      (share?.watchesEver ?? 0),
    record,
    isHub: settings.share !== undefined,
  });
  registerState(registry, { health, forms, memos, budget, filter: filters.nodes });
  // So the memory for long watches leaves room for requests.
  const known = new ByteBudget(budget.limit / 2, budget);
  const snapshots = createSnapshots({ streams, log, budget: known });
  const { upstream, state, gate, credentials } = await createUpstreamLink({
    ...{ settings, context, target, health, metrics: registry, budget, startTimer },
    // Its history may have been replaced, because etcd is restored while all API servers are down.
    onReturn: () => snapshots.replaced(),
  });
  share = await createShareLink({
    ...{ settings, target, upstream, filters, memos, registry, log, wallNow },
    env: context.env,
    startTimer: context.startTimer ?? startTimer,
    now: context.now ?? (() => performance.now()),
  });
  const { verifier, ...hooks } = createWatchHooks({
    ...{ settings, filters, streams, snapshots, forms, memos, metrics, registry, log, upstream },
    budget: known,
    startTimer: context.startTimer ?? startTimer,
  });
  const proxy = new Proxy({
    ...hooks,
    sieved: filters.resources,
    presets: filters,
    tls: { key: certificates.first.keyPem, cert: certificates.first.certPem },
    upstream,
    hubRoute: hub?.route ?? share?.route,
    isHub: share !== undefined,
    passWatch: () => gate.pass(),
    ownCredentials:
      credentials === undefined || token === undefined ? undefined : lendCredentials(credentials, token, log),
    isDraining: () => health.isDraining,
    budget,
    limits: limitsOf(settings),
    onRefused: guestsRefused(registry),
    onConnectionBound: (bound) => connectionEnded('proxy', bound),
  });
  const reload = new ConfigReload({
    settings,
    sources: context.sources,
    hiddenInFile: context.hiddenInFile ?? [],
    reread: context.reread ?? (() => Promise.resolve(undefined)),
    apply: (changed) => {
      if (!filters.change(changed)) return;
      hub?.filterChanged();
      share?.filterChanged();
    },
    metrics: registry,
    log,
    startTimer: startPolling,
  });
  const renewal = new CertificateRenewal({
    source: certificates,
    serve: ({ keyPem, certPem }) => proxy.setTls({ key: keyPem, cert: certPem }),
    wallNow,
    startTimer: startPolling,
    log,
    metrics: registry,
  });
  const serviceAccount = new ServiceAccountUpkeep({
    ...{ settings, identity, target, log },
    startTimer: startPolling,
  });
  registry.addProcess();
  return {
    ...{
      health,
      streams,
      registry,
      metrics,
      connectionEnded,
      history,
      upstream,
      state,
      hub,
      share,
      verifier,
      proxy,
    },
    ...{ reload, renewal, serviceAccount },
  };
}

interface State {
  readonly health: Health;
  readonly forms: Forms;
  readonly memos: Memos;
  readonly budget: ByteBudget;
  readonly filter: LiveFilter;
}

/** Metrics of parts in the core, which knows no metrics, and of this process. */
function registerState(registry: MetricRegistry, state: State): void {
  const { health, forms, memos, budget, filter } = state;
  registry.read(
    'watchsieve_ready',
    '1 while /readyz answers 200: clients can connect, and upstream has answered at least once.',
    () => (health.state === 'ready' ? 1 : 0),
  );
  registry.readBytes(
    'watchsieve_explain_bytes',
    'Bytes kept to report which parts of an object changed; no verdict depends on them.',
    { now: () => forms.bytes, limit: forms.maxBytes },
  );
  registry.readBytes(
    'watchsieve_memo_bytes',
    'Bytes kept to recognise, without scanning, events that repeat a known state; no verdict depends on them.',
    { now: () => memos.bytes, limit: memos.maxBytes },
  );
  registry.readBytes(
    'watchsieve_budget_bytes',
    'Bytes of the memory budget in use: an upper estimate of the memory kept for clients.',
    { now: () => budget.held, limit: budget.limit, setting: '--memory-budget' },
  );
  registry.readGauges(
    'watchsieve_build_info',
    'Always 1; the labels are the version, preset and mode of this process.',
    // Not `node`: in a scrape, that label is the Node of the cluster.
    ['version', 'preset', 'mode', 'nodejs'],
    () => {
      const { mode, projection } = filter.current;
      return [[{ version, preset: projection.name, mode, nodejs: process.versions.node }, 1]];
    },
  );
}

function limitsOf({ maxConnections, maxStreams, maxUpgrades, maxRequests }: Settings): ProxyLimits {
  return { maxConnections, maxStreams, maxUpgrades, maxRequests, ...LISTENER_TIMES };
}
