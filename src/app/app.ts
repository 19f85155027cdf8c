/**
 * The composition root of `serve`: settings in, running proxy out. Puts the layers together and owns the order of
 * start and stop; decides nothing else.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenAdmin, listenMetrics, type AdminListener } from '../admin/admin.ts';
import { Health } from '../admin/health.ts';
import { type ListenAddress } from '../config/kinds.ts';
import { type SettingSources } from '../config/parse-settings.ts';
import { type Env } from '../config/read-env.ts';
import { type Settings } from '../config/settings.ts';
import { servingHosts } from '../identity/hosts.ts';
import { readPort, writeKubeconfig } from '../identity/kubeconfig.ts';
import { ensureIdentity } from '../identity/state-dir.ts';
import { Proxy } from '../proxy/server.ts';
import { Snapshots } from '../sieve/snapshots.ts';
import { suppression } from '../sieve/suppression.ts';
import { describeStream } from '../stream/describe.ts';
import { StreamRegistry } from '../stream/stream-registry.ts';
import { type StartTimer } from '../stream/timer.ts';
import { type Logger } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { kubeconfigTarget } from '../upstream/kubeconfig-target.ts';
import { SettingsProblem } from '../config/settings-problem.ts';
import { inClusterTarget, type UpstreamTarget } from '../upstream/target.ts';
import { Upstream } from '../upstream/upstream.ts';
import { createOpenWatch, streamSources } from './open-watch.ts';
import { createTapList } from './tap-list.ts';
import { UpstreamState } from './upstream-state.ts';
import { WatchGate } from './watch-gate.ts';

/** Bounds of the snapshots (I6): a few of the largest clusters, and longer than any client needs to come back. */
const MAX_SNAPSHOT_OBJECTS = 100_000;
const SNAPSHOT_TTL_MS = 15 * 60_000;

/** What the app is given besides its settings. */
export interface AppContext {
  readonly log: Logger;
  /** For the in-cluster address of the API server. */
  readonly env: Env;
  /** Who set what, for /debug/config. */
  readonly sources: SettingSources;
  readonly version: string;
  /** Timers of streams; default the process's. */
  readonly startTimer?: StartTimer;
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
  const { log, version } = context;
  const target = await upstreamTarget(settings, context.env);
  const identity = await ensureIdentity({
    stateDir: settings.stateDir,
    hosts: servingHosts(settings.listen.host),
    now: new Date(),
  });
  if (identity.created !== 'reused')
    log.info({ created: identity.created, reason: identity.reason }, 'certificates');

  const health = new Health();
  const streams = new StreamRegistry();
  const { mode, preset } = settings;
  const metrics = new Metrics({ ...streamSources(streams), build: { version, preset, mode } });
  const state = new UpstreamState({ health, log, probe: () => upstream.probe() });
  const now = (): number => performance.now();
  const gate = new WatchGate({ askReadiness: () => upstream.probe('/readyz'), now, startTimer });
  const upstream = new Upstream({
    target,
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
  const passAt = suppression(settings.maxSuppressionMs, Math.random);
  const snapshots = new Snapshots({ maxObjects: MAX_SNAPSHOT_OBJECTS, ttlMs: SNAPSHOT_TTL_MS, now });
  const openWatch = createOpenWatch({
    settings,
    streams,
    snapshots,
    metrics,
    log,
    now,
    startTimer: context.startTimer ?? startTimer,
    passAt,
  });
  const proxy = new Proxy({
    tls: { key: identity.keyPem, cert: identity.certPem },
    upstream,
    openWatch,
    tapList: createTapList({ settings, snapshots, now, passAt }),
    passWatch: () => gate.pass(),
    isDraining: () => health.state === 'draining',
    limits: { maxConnections: settings.maxConnections, maxStreams: settings.maxStreams },
    onRefused: (limit) => metrics.refused(limit),
  });

  const listeners: AdminListener[] = [];
  const close = async (): Promise<void> => {
    state.stop();
    await Promise.all([proxy.close(), upstream.close(), ...listeners.map((listener) => listener.close())]);
  };
  try {
    const { port } = await listenAgain(proxy, settings, log);
    const kubeconfigPath = await writeKubeconfig({
      stateDir: settings.stateDir,
      host: settings.listen.host,
      port,
      tokenFile: settings.tokenFile,
    });
    health.markListening();
    health.markFilesWritten();
    const metricsText = () => metrics.text();
    const debug = {
      config: () => ({
        version,
        upstream: target.description,
        settings,
        sources: Object.fromEntries(context.sources),
      }),
      streams: () => streams.open().map(describeStream),
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
    return {
      proxyAddress: { host: settings.listen.host, port },
      adminAddress: { host: admin.host, port: admin.port },
      kubeconfigPath,
      metricsText: async () => (await metricsText()).body,
      drain: async () => {
        health.markDraining();
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

function startTimer(ms: number, fire: () => void): () => void {
  // Node fires at once where the delay does not fit 32 bits.
  const timer = setTimeout(fire, Math.min(ms, 2 ** 31 - 1));
  return () => clearTimeout(timer);
}

/** @throws SettingsProblem for a kubeconfig, or a Pod's environment, that names no upstream we can use */
async function upstreamTarget({ kubeconfig, context }: Settings, env: Env): Promise<UpstreamTarget> {
  try {
    return kubeconfig === undefined ? inClusterTarget(env) : await kubeconfigTarget(kubeconfig, context);
  } catch (cause) {
    throw new SettingsProblem(cause instanceof Error ? cause.message : String(cause), { cause });
  }
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
