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
import { WatchMetrics } from './watch/watch-metrics.ts';
import { MetricRegistry } from '../platform/metric-registry.ts';
import { connectionsEnded, SERVE_LISTENERS } from '../platform/listen/connection-metrics.ts';
import { guestsRefused } from './proxy/guests.ts';
import { type UpstreamTarget } from '../platform/upstream/target.ts';
import { type Upstream } from '../platform/upstream/upstream.ts';
import { type AppContext } from './app-context.ts';
import { CertificateRenewal } from './certificate-renewal.ts';
import { ServiceAccountUpkeep } from './service-account-upkeep.ts';
import { ConfigReload } from './config-reload.ts';
import { EventHistory } from './report/event-history.ts';
import { LiveFilter } from './watch/live-filter.ts';
import { lendCredentials } from './lent-credentials.ts';
import { createUpstreamLink } from './upstream-link.ts';
import { type UpstreamState } from './upstream-state.ts';
import { type Verifier } from './verify/verifier.ts';
import { createSnapshots, createWatchHooks } from './watch-hooks.ts';

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
  readonly verifier: Verifier | undefined;
  readonly proxy: Proxy;
  readonly reload: ConfigReload;
  readonly renewal: CertificateRenewal;
  readonly serviceAccount: ServiceAccountUpkeep;
}

/** @throws SettingsProblem where the kubeconfig has no credentials that can be lent */
export async function createParts(prepared: Prepared): Promise<Parts> {
  const { settings, context, target, identity, token, record } = prepared;
  const { log, wallNow = Date.now, startPolling = startTimer } = context;
  const health = new Health();
  const streams = new StreamRegistry();
  const forms = new Forms(MAX_FORM_BYTES);
  const memos = new Memos(MAX_MEMO_BYTES);
  const budget = new ByteBudget(settings.memoryBudgetBytes);
  const registry = new MetricRegistry();
  const metrics = new WatchMetrics(registry, streams);
  const connectionEnded = connectionsEnded(registry, SERVE_LISTENERS);
  const history = new EventHistory({
    total: () => metrics.events.total(),
    now: () => performance.now(),
    startTimer,
  });
  const filter = new LiveFilter({
    initial: filterOf(settings),
    streams,
    swallowed: () => metrics.events.total().eventsOf('swallowed'),
    record,
  });
  registerState(registry, { health, forms, memos, budget, filter, version: context.version });
  // So that what is known of long watches leaves room for requests.
  const known = new ByteBudget(budget.limit / 2, budget);
  const snapshots = createSnapshots({ streams, log, budget: known });
  const { upstream, state, gate, credentials } = await createUpstreamLink({
    ...{ settings, context, target, health, metrics: registry, budget, startTimer },
    // Its history may be another one, as etcd is restored with all servers down.
    onReturn: () => snapshots.replaced(),
  });
  const { verifier, ...hooks } = createWatchHooks({
    ...{ settings, filter, streams, snapshots, forms, memos, metrics, registry, log, upstream },
    budget: known,
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
    onRefused: guestsRefused(registry),
    onConnectionBound: (bound) => connectionEnded('proxy', bound),
  });
  const reload = new ConfigReload({
    settings,
    sources: context.sources,
    hiddenInFile: context.hiddenInFile ?? [],
    reread: context.reread ?? (() => Promise.resolve(undefined)),
    apply: (changed) => filter.change(filterOf(changed)),
    metrics: registry,
    log,
    startTimer: startPolling,
  });
  const renewal = new CertificateRenewal({
    settings,
    identity,
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
    ...{ health, streams, registry, metrics, connectionEnded, history, upstream, state, verifier, proxy },
    ...{ reload, renewal, serviceAccount },
  };
}

interface State {
  readonly health: Health;
  readonly forms: Forms;
  readonly memos: Memos;
  readonly budget: ByteBudget;
  readonly filter: LiveFilter;
  readonly version: string;
}

/** What the core keeps, which knows no metric, and what this process is. */
function registerState(registry: MetricRegistry, state: State): void {
  const { health, forms, memos, budget, filter, version } = state;
  registry.read(
    'watchsieve_ready',
    '1 while /readyz answers 200: clients can connect, and upstream has answered once.',
    () => (health.state === 'ready' ? 1 : 0),
  );
  registry.readBytes(
    'watchsieve_explain_bytes',
    'Bytes kept to tell in which parts an object changed; the least recently used go first, and no verdict depends on them.',
    { now: () => forms.bytes, limit: forms.maxBytes },
  );
  registry.readBytes(
    'watchsieve_memo_bytes',
    'Bytes kept to recognise events that repeat what is known without scanning them; no verdict depends on them.',
    { now: () => memos.bytes, limit: memos.maxBytes },
  );
  registry.readBytes(
    'watchsieve_budget_bytes',
    'Bytes of the memory budget that are taken: an upper estimate of what is kept on behalf of clients.',
    { now: () => budget.held, limit: budget.limit, setting: '--memory-budget' },
  );
  registry.readGauges(
    'watchsieve_build_info',
    'Always 1; version, and present preset and mode, of this process are its labels.',
    // Not `node`: the label that a scrape puts there is the Node of the cluster.
    ['version', 'preset', 'mode', 'nodejs'],
    () => {
      const { mode, projection } = filter.current;
      return [[{ version, preset: projection.name, mode, nodejs: process.versions.node }, 1]];
    },
  );
}

function limitsOf({ maxConnections, maxStreams, maxUpgrades, maxRequests }: Settings): Partial<ProxyLimits> {
  return { maxConnections, maxStreams, maxUpgrades, maxRequests };
}

function filterOf({ mode, projection }: Settings): Filter {
  return { mode, projection };
}
