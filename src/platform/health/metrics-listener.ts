/**
 * The listener of which probes and Prometheus ask, of `serve` and of `webhook` alike. Owns these routes:
 *
 *   GET /metrics         Prometheus text
 *   GET /livez           200 while the process can answer
 *   GET /readyz          200 or 503; ?verbose lists the checks (R29)
 */
import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import type { ConnectionBound } from '../listen/connection-limits.ts';
import { GuardedServer } from '../listen/guarded-server.ts';
import { PLAIN_REFUSALS } from '../listen/refusal.ts';
import { SHORT_ANSWERS } from '../listen/short-answers.ts';
import type { Health } from './health.ts';
import { answerFrom, type Routes, textAnswer } from './routes.ts';

export interface MetricsListenerOptions {
  readonly health: Pick<Health, 'state' | 'checks'>;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Called if a connection was ended at a limit or not accepted. */
  readonly onConnectionBound?: ((bound: ConnectionBound) => void) | undefined;
}

export interface OperatorListener {
  readonly host: string;
  readonly port: number;
  /** Ends idle and busy connections, because a scraper's keep-alive must not delay the exit. */
  close(): Promise<void>;
}

/** The address to listen on; with port 0 the system chooses a port. */
export interface OperatorAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Serves only /metrics, /livez and /readyz, for other machines.
 * @throws the listen error of node:net, such as EADDRINUSE
 */
export function listenMetrics(
  at: OperatorAddress,
  options: MetricsListenerOptions,
): Promise<OperatorListener> {
  return listenFor(metricsRoutes(options), at, options);
}

/** Rendering all metrics takes some milliseconds. */
const METRICS_PAUSE_MS = 50;

export function metricsRoutes({ health, metricsText }: MetricsListenerOptions): Routes {
  const render = paced(metricsText, METRICS_PAUSE_MS, () => performance.now());
  return {
    '/metrics': async () => {
      const { contentType, body } = await render();
      return { headers: { 'content-type': contentType }, body };
    },
    '/livez': () => textAnswer('ok\n'),
    '/readyz': ({ query }) => {
      const isReady = health.state === 'ready';
      return isReady && !query.has('verbose')
        ? textAnswer('ok\n')
        : textAnswer(renderChecks(health), isReady ? 200 : 503);
    },
  };
}

/** Has the form of the API server's own /readyz. */
function renderChecks(health: MetricsListenerOptions['health']): string {
  const lines = health
    .checks()
    .map(({ name, ok, note }) => (ok ? `[+]${name} ok` : `[-]${name} failed: ${note ?? 'no cause given'}`));
  return [
    ...lines,
    `readyz check ${health.state === 'ready' ? 'passed' : `failed: ${health.state}`}`,
    '',
  ].join('\n');
}

export async function listenFor(
  routes: Routes,
  at: OperatorAddress,
  { onConnectionBound }: Pick<MetricsListenerOptions, 'onConnectionBound'>,
): Promise<OperatorListener> {
  const guarded = () =>
    new GuardedServer({
      limits: SHORT_ANSWERS,
      handlers: {
        refusals: PLAIN_REFUSALS,
        onRequest: (req, res) => {
          void answerFrom(routes, req, res);
        },
        onBound: (bound) => onConnectionBound?.(bound),
      },
    });
  const [first = at.host, ...others] = await addressesOf(at.host);
  const main = guarded();
  const servers = [main];
  const { port } = await main.listen(first, at.port);
  for (const host of others) {
    const another = guarded();
    // One of the addresses of localhost is enough.
    const isListening = await another.listen(host, port).then(
      () => true,
      () => false,
    );
    if (isListening) servers.push(another);
  }
  return {
    host: at.host,
    port,
    close: async () => {
      await Promise.all(servers.map((each) => each.close()));
    },
  };
}

/** localhost may resolve to several addresses, and programs choose different ones. */
async function addressesOf(host: string): Promise<string[]> {
  if (host !== 'localhost') return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/**
 * Makes one result for all callers of the same moment, and only once per pause, because frequent calls would keep the
 * process from its work. Each caller gets a result that was made after its call.
 */
function paced<T>(make: () => Promise<T>, pauseMs: number, now: () => number): () => Promise<T> {
  let lastStart = -Infinity;
  let next: Promise<T> | undefined;
  return () => {
    if (next !== undefined) return next;
    const wait = lastStart + pauseMs - now();
    if (wait <= 0) {
      lastStart = now();
      return make();
    }
    next = new Promise<void>((resolve) => setTimeout(resolve, wait)).then(() => {
      next = undefined;
      lastStart = now();
      return make();
    });
    return next;
  };
}
