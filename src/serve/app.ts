/** The composition root of `serve`: settings in, running proxy out. Decides only the order of start and stop. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf } from '../core/resource/resource.ts';
import {
  listenMetrics,
  type MetricsListenerOptions,
  type OperatorListener,
} from '../platform/health/metrics-listener.ts';
import { type Debug, listenAdmin } from './admin/admin.ts';
import type { ListenAddress } from '../config/kinds.ts';
import type { Settings } from '../config/settings.ts';
import { readPort } from '../platform/identity/kubeconfig.ts';
import type { StateLock } from '../platform/identity/state-lock.ts';
import type { Proxy } from './proxy/server.ts';
import { describeStream } from './watch/describe.ts';
import { explain } from './watch/explain.ts';
import type { Logger } from '../platform/logger.ts';
import { within } from '../platform/within.ts';
import { version } from '../platform/version.ts';
import type { AppContext } from './app-context.ts';
import { createParts, type Parts, type Prepared } from './parts.ts';
import {
  clientToken,
  lockState,
  prepareIdentity,
  swallowRecord,
  writeClientKubeconfig,
} from './prepare-state.ts';
import { statusOf } from './gather-status.ts';
import { certificateSource } from './serving-certificate.ts';
import { upstreamTarget } from './upstream-target.ts';

export interface App {
  readonly proxyAddress: ListenAddress;
  readonly adminAddress: ListenAddress;
  readonly kubeconfigPath: string;
  metricsText(): Promise<string>;
  /**
   * First the proxy is not ready and, if clients are given a grace, serves until they have gone. Then no new streams
   * start, and the open ones are ended cleanly, spread over `drainTimeoutMs` (R31).
   */
  drain(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/**
 * Starts the proxy. When the promise resolves, it listens and has written its files; upstream need not answer yet.
 * @throws StateDirError, the errors of listen(), and those of an unusable kubeconfig or certificate
 */
export async function startApp(settings: Settings, context: AppContext): Promise<App> {
  const { log, wallNow = Date.now } = context;
  const target = await upstreamTarget(settings, context.env);
  const lock = await lockState(settings, log);
  try {
    const identity = await prepareIdentity(settings, new Date(wallNow()), log);
    const certificates = await certificateSource(settings, { ...context, identity, target, wallNow });
    const token = await clientToken(settings);
    const record = await swallowRecord(settings, identity, log);
    const prepared = { settings, context, target, identity, certificates, token, record };
    return await serve(prepared, await createParts(prepared), lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function serve(prepared: Prepared, parts: Parts, lock: StateLock): Promise<App> {
  const { settings, context, token } = prepared;
  const { health, registry, history, state, reload, renewal, serviceAccount, proxy } = parts;
  const listeners: OperatorListener[] = [];
  const close = () => closeAll(parts, listeners, lock);
  try {
    const { port } = await listenAgain(proxy, settings, context.log);
    const kubeconfigPath = await writeClientKubeconfig(settings, { port, token });
    await serviceAccount.start();
    health.markListening();
    health.markFilesWritten();
    const admin = await listenForAdmin(prepared, parts, listeners);
    state.start();
    history.start();
    reload.start();
    renewal.start();
    return {
      proxyAddress: { host: settings.listen.host, port },
      adminAddress: { host: admin.host, port: admin.port },
      kubeconfigPath,
      metricsText: async () => (await registry.text()).body,
      drain: () => drain(parts, settings),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Starts the listeners for operators and adds each to `listeners` as soon as it listens.
 * @returns the listener on loopback
 */
async function listenForAdmin(
  { settings, context, target }: Prepared,
  parts: Parts,
  listeners: OperatorListener[],
): Promise<OperatorListener> {
  const { log } = context;
  const { health, registry, connectionEnded, streams, share, hub, reload } = parts;
  const metricsText = () => registry.text();
  const debug: Debug = {
    config: () => ({
      version,
      upstream: target.description,
      ...reload.current,
      settings: shown(reload.current.settings),
    }),
    streams: () => streams.open().map(describeStream),
    hub: () => share?.description ?? hub?.description ?? {},
    explain: (asked) => explain(asked, streams.stories(), { monotonic: performance.now(), wall: Date.now() }),
    status: () => statusOf({ parts, upstream: target.description }),
  };
  const metrics: MetricsListenerOptions = {
    ...{ health, metricsText },
    onConnectionBound: (bound) => connectionEnded('admin', bound),
  };
  const admin = await listenAdmin(settings.adminListen, metrics, debug);
  listeners.push(admin);
  log.info({ address: `${admin.host}:${admin.port}` }, 'admin listening');
  if (settings.metricsListen !== undefined) {
    const outside = await listenMetrics(settings.metricsListen, {
      ...{ health, metricsText },
      onConnectionBound: (bound) => connectionEnded('metrics', bound),
    });
    listeners.push(outside);
    log.info({ address: `${outside.host}:${outside.port}` }, 'metrics listening');
  }
  return admin;
}

/** The settings as they were given, with names instead of schemas. */
function shown({ sieved, ownProjections, ...settings }: Settings): object {
  return {
    ...settings,
    sieved: sieved.map(({ resource, projection: { name, plan } }) => ({
      resource: identityOf(resource),
      projection: name,
      plan,
    })),
    ownProjections: [...ownProjections.keys()],
  };
}

async function drain(
  { health, verifier, streams, share, proxy }: Parts,
  { clientGraceMs, drainTimeoutMs }: Settings,
): Promise<void> {
  if (clientGraceMs > 0) {
    health.markEnding();
    await within(clientGraceMs, proxy.clientsGone());
  }
  health.markDraining();
  verifier?.stop();
  await Promise.all([
    streams.drain(drainTimeoutMs, (ms) => sleep(ms)),
    share?.drain(drainTimeoutMs, (ms) => sleep(ms)),
    within(drainTimeoutMs, proxy.drain()),
  ]);
}

async function closeAll(
  { state, verifier, history, reload, renewal, serviceAccount, proxy, upstream, hub, share }: Parts,
  listeners: readonly OperatorListener[],
  lock: StateLock,
): Promise<void> {
  state.stop();
  verifier?.stop();
  history.stop();
  reload.stop();
  serviceAccount.stop();
  await Promise.all([
    renewal.stop(),
    proxy.close(),
    upstream.close(),
    hub?.close(),
    share?.close(),
    ...listeners.map((listener) => listener.close()),
  ]);
  await lock.release();
}

/** Listens. If any port will do, the port of the last run is tried first, because its clients know it (R24). */
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
      log.warn({ err: error, port: known }, 'the port of the last run is in use, choosing another one');
    }
  }
  return proxy.listen(listen.host, listen.port);
}
