/**
 * The composition root of `serve`: settings in, running proxy out. Puts the layers together and owns the order of
 * start and stop; decides nothing else.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenAdmin, listenMetrics, type AdminListener } from '../admin/admin.ts';
import { Health } from '../admin/health.ts';
import { type ListenAddress } from '../config/kinds.ts';
import { type ParsedSettings, type SettingSources } from '../config/parse-settings.ts';
import { type Env } from '../config/read-env.ts';
import { type SettingField, type Settings } from '../config/settings.ts';
import { readPort } from '../identity/kubeconfig.ts';
import { type Identity } from '../identity/state-dir.ts';
import { type StateLock } from '../identity/state-lock.ts';
import { Proxy } from '../proxy/server.ts';
import { type Filter } from '../sieve/filter.ts';
import { Forms } from '../sieve/forms.ts';
import { Snapshots } from '../sieve/snapshots.ts';
import { suppression } from '../sieve/suppression.ts';
import { describeStream } from '../stream/describe.ts';
import { explain } from '../stream/explain.ts';
import { StreamRegistry } from '../stream/stream-registry.ts';
import { type StartTimer } from '../stream/timer.ts';
import { type Logger } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { type UpstreamTarget } from '../upstream/target.ts';
import { Upstream } from '../upstream/upstream.ts';
import { CertificateRenewal } from './certificate-renewal.ts';
import { ConfigReload } from './config-reload.ts';
import { LiveFilter } from './live-filter.ts';
import { createOpenWatch, streamSources } from './open-watch.ts';
import { lendCredentials, upstreamCredentials } from './own-credentials.ts';
import { clientToken, lockState, prepareIdentity, writeClientKubeconfig } from './prepare-state.ts';
import { createTapList } from './tap-list.ts';
import { upstreamTarget } from './upstream-target.ts';
import { UpstreamState } from './upstream-state.ts';
import { Verifier, type VerifierOptions } from './verifier.ts';

/** Bounds of the snapshots (I6): a few of the largest clusters, and longer than any client needs to come back. */
const MAX_SNAPSHOT_OBJECTS = 100_000;
const SNAPSHOT_TTL_MS = 15 * 60_000;
/** Bound of what tells in which parts an object changed (I6): some thousand Nodes with many labels. */
const MAX_FORM_BYTES = 4 * 1024 * 1024;

/** What the app is given besides its settings. */
export interface AppContext {
  readonly log: Logger;
  /** For the in-cluster address of the API server. */
  readonly env: Env;
  /** Who set what, for /debug/config. */
  readonly sources: SettingSources;
  readonly version: string;
  /** Settings that the config file gave in vain, because a flag or the environment is stronger. */
  readonly hiddenInFile?: readonly SettingField[];
  /** The settings again where the config file has changed; without it nobody looks. */
  readonly reread?: () => Promise<ParsedSettings | undefined>;
  /** Timers of streams; default the process's. */
  readonly startTimer?: StartTimer;
  /** Timers of what looks at the config file and at certificates; default the process's. */
  readonly startPolling?: StartTimer;
  /** Milliseconds since 1970; default the process's clock. */
  readonly wallNow?: () => number;
}

/** A proxy that serves. */
export interface App {
  readonly proxyAddress: ListenAddress;
  readonly adminAddress: ListenAddress;
  readonly kubeconfigPath: string;
  /** The text of a scrape. */
  metricsText(): Promise<string>;
  /** Not ready, no new streams, clean ends for the running ones, spread over `drainTimeoutMs` (R31). */
  drain(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/**
 * Starts the proxy: listens, and has its files written, when this resolves; upstream need not answer yet.
 * @throws StateDirError, the errors of listen(), and those of a kubeconfig that cannot be used
 */
export async function startApp(settings: Settings, context: AppContext): Promise<App> {
  const { log, wallNow = Date.now } = context;
  const target = await upstreamTarget(settings, context.env);
  const lock = await lockState(settings, log);
  try {
    const identity = await prepareIdentity(settings, new Date(wallNow()), log);
    return await serveWith({ settings, context, target, identity, lock });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Prepared {
  readonly settings: Settings;
  readonly context: AppContext;
  readonly target: UpstreamTarget;
  readonly identity: Identity;
  readonly lock: StateLock;
}

async function serveWith({ settings, context, target, identity, lock }: Prepared): Promise<App> {
  const { log, version, wallNow = Date.now } = context;
  const token = await clientToken(settings);
  const credentials = await upstreamCredentials(settings, {
    env: context.env,
    wallNow,
    onCertificateChange: () => upstream.redial(),
  });
  const health = new Health();
  const streams = new StreamRegistry();
  const metrics: Metrics = new Metrics({
    ...streamSources(streams),
    isReady: () => health.state === 'ready',
    certificateExpiry: () => renewal.expirySeconds,
    build: () => ({ version, preset: filter.current.projection.name, mode: filter.current.mode }),
  });
  const filter: LiveFilter = new LiveFilter({
    initial: filterOf(settings),
    streams,
    swallowed: () => metrics.events.eventsOf('swallowed'),
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
  const now = (): number => performance.now();
  const startPolling = context.startPolling ?? startTimer;
  const passAt = suppression(settings.maxSuppressionMs, Math.random);
  const snapshots = new Snapshots({ maxObjects: MAX_SNAPSHOT_OBJECTS, ttlMs: SNAPSHOT_TTL_MS, now });
  const timing = { random: Math.random, startTimer: context.startTimer ?? startTimer };
  const verifier = createVerifier(settings, { ...timing, snapshots, metrics, log, upstream });
  const forms = new Forms(MAX_FORM_BYTES);
  const openWatch = createOpenWatch({
    settings,
    filter,
    streams,
    snapshots,
    metrics,
    log,
    now,
    startTimer: timing.startTimer,
    passAt,
    verifier,
    forms,
  });
  const proxy = new Proxy({
    tls: { key: identity.keyPem, cert: identity.certPem },
    upstream,
    ownCredentials:
      credentials === undefined || token === undefined ? undefined : lendCredentials(credentials, token, log),
    openWatch,
    tapList: createTapList({ filter, snapshots, now, passAt, forms }),
    isDraining: () => health.state === 'draining',
    limits: { maxConnections: settings.maxConnections, maxStreams: settings.maxStreams },
    onRefused: (limit) => metrics.refused(limit),
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

  const listeners: AdminListener[] = [];
  const close = async (): Promise<void> => {
    state.stop();
    verifier?.stop();
    reload.stop();
    renewal.stop();
    await Promise.all([proxy.close(), upstream.close(), ...listeners.map((listener) => listener.close())]);
    await lock.release();
  };
  try {
    const { port } = await listenAgain(proxy, settings, log);
    const kubeconfigPath = await writeClientKubeconfig(settings, { port, token });
    health.markListening();
    health.markFilesWritten();
    const metricsText = () => metrics.text();
    const debug = {
      config: () => ({
        version,
        upstream: target.description,
        ...reload.current,
      }),
      streams: () => streams.open().map(describeStream),
      explain: (object: string) => explain(object, streams.stories(), { monotonic: now(), wall: Date.now() }),
    };
    const admin = await listenAdmin(settings.adminListen, { health, metricsText, debug });
    listeners.push(admin);
    log.info({ address: `${admin.host}:${admin.port}` }, 'admin listening');
    if (settings.metricsListen !== undefined) {
      const outside = await listenMetrics(settings.metricsListen, { health, metricsText });
      listeners.push(outside);
      log.info({ address: `${outside.host}:${outside.port}` }, 'metrics listening');
    }
    state.start();
    reload.start();
    renewal.start();
    return {
      proxyAddress: { host: settings.listen.host, port },
      adminAddress: { host: admin.host, port: admin.port },
      kubeconfigPath,
      metricsText: async () => (await metricsText()).body,
      drain: async () => {
        health.markDraining();
        verifier?.stop();
        const inTime = sleep(settings.drainTimeoutMs, undefined, { ref: false });
        await Promise.all([
          streams.drain(settings.drainTimeoutMs, (ms) => sleep(ms)),
          Promise.race([proxy.drain(), inTime]),
        ]);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Undefined where nobody asked for it: then it costs nothing. */
function createVerifier(
  { verifyIntervalMs: intervalMs }: Settings,
  {
    metrics,
    upstream,
    ...given
  }: Omit<VerifierOptions, 'intervalMs' | 'send' | 'metrics'> & {
    readonly metrics: Metrics;
    readonly upstream: Upstream;
  },
): Verifier | undefined {
  if (intervalMs === 0) return undefined;
  const send: Upstream['send'] = (request, handler) => upstream.send(request, handler);
  return new Verifier({ ...given, intervalMs, send, metrics: metrics.verifications });
}

function startTimer(ms: number, fire: () => void): () => void {
  // Node fires at once where the delay does not fit 32 bits.
  const timer = setTimeout(fire, Math.min(ms, 2 ** 31 - 1));
  return () => clearTimeout(timer);
}

function filterOf({ mode, projection }: Settings): Filter {
  return { mode, projection };
}

/** Listens; where any port will do, on the one that clients of the last run know (R24). */
async function listenAgain(
  proxy: Proxy,
  { listen, stateDir }: Settings,
  log: Logger,
): Promise<{ port: number }> {
  const known = listen.port === 0 ? await readPort(stateDir, listen.host) : undefined;
  if (known !== undefined) {
    try {
      return await proxy.listen(listen.host, known);
    } catch (error) {
      log.warn({ err: error, port: known }, 'the port of the last run is taken, choosing another one');
    }
  }
  return proxy.listen(listen.host, listen.port);
}
