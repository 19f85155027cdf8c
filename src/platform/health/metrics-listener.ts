/**
 * The listener of which probes and Prometheus ask, of `serve` and of `webhook` alike. Owns these routes:
 *
 *   GET /metrics         Prometheus text
 *   GET /livez           200 while the process can answer
 *   GET /readyz          200 or 503; ?verbose lists the checks (R29)
 */
import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import { fastify, type FastifyInstance } from 'fastify';
import type { ConnectionBound } from '../listen/connection-limits.ts';
import { GuardedServer } from '../listen/guarded-server.ts';
import { PLAIN_REFUSALS } from '../listen/refusal.ts';
import { SHORT_ANSWERS } from '../listen/short-answers.ts';
import type { Health } from './health.ts';
import { paced } from './paced.ts';

/** What both listeners serve. */
export interface MetricsListenerOptions {
  readonly health: Pick<Health, 'state' | 'checks'>;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** A connection was ended at a bound, or not let in. */
  readonly onConnectionBound?: ((bound: ConnectionBound) => void) | undefined;
}

/** A listener that is up. */
export interface OperatorListener {
  readonly host: string;
  /** The port really bound. */
  readonly port: number;
  /** Ends connections too, idle or not: a scraper's keep-alive must not hold up the exit. */
  close(): Promise<void>;
}

/** Where to listen; port 0 lets the system choose. */
export interface OperatorAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens for the outside: /metrics, /livez and /readyz, nothing else.
 *
 * @throws the listen error of node:net, such as EADDRINUSE.
 */
export function listenMetrics(
  at: OperatorAddress,
  options: MetricsListenerOptions,
): Promise<OperatorListener> {
  const server = createRouter();
  addMetricsRoutes(server, options);
  return listenFor(server, at, METRICS_ROUTES, options);
}

export const METRICS_ROUTES = ['/metrics', '/livez', '/readyz'] as const;
export const TEXT_TYPE = 'text/plain; charset=utf-8';

/** A rendering of all metrics takes some milliseconds. */
const METRICS_PAUSE_MS = 50;

export function createRouter(): FastifyInstance {
  return fastify({ logger: false });
}

export function addMetricsRoutes(
  server: FastifyInstance,
  { health, metricsText }: MetricsListenerOptions,
): void {
  const render = paced(metricsText, METRICS_PAUSE_MS, () => performance.now());
  server.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await render();
    return reply.type(contentType).send(body);
  });
  server.get('/livez', (_request, reply) => reply.type(TEXT_TYPE).send('ok\n'));
  server.get('/readyz', (request, reply) => {
    const isReady = health.state === 'ready';
    const isVerbose = new URLSearchParams(request.url.split('?')[1]).has('verbose');
    return reply
      .code(isReady ? 200 : 503)
      .type(TEXT_TYPE)
      .send(isReady && !isVerbose ? 'ok\n' : renderChecks(health));
  });
}

/** In the form of the API server's own /readyz. */
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

/** Fastify is the router alone: connections are the guarded server's. */
export async function listenFor(
  server: FastifyInstance,
  at: OperatorAddress,
  routes: readonly string[],
  { onConnectionBound }: MetricsListenerOptions,
): Promise<OperatorListener> {
  server.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type(TEXT_TYPE)
      .send(`not found; there are:\n${routes.join('\n')}\n`),
  );
  server.setErrorHandler((error: unknown, _request, reply) => {
    const cause = error instanceof Error ? error.message : String(error);
    return reply.code(500).type(TEXT_TYPE).send(`failed: ${cause}\n`);
  });
  await server.ready();
  const guarded = () =>
    new GuardedServer({
      limits: SHORT_ANSWERS,
      refusals: PLAIN_REFUSALS,
      onRequest: (req, res) => {
        server.routing(req, res);
      },
      onBound: (bound) => onConnectionBound?.(bound),
    });
  const [first = at.host, ...others] = await addressesOf(at.host);
  const main = guarded();
  const servers = [main];
  const { port } = await main.listen(first, at.port);
  for (const host of others) {
    const another = guarded();
    // Of the addresses of localhost one is enough.
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

/** localhost is one address for some and another for others. */
async function addressesOf(host: string): Promise<string[]> {
  if (host !== 'localhost') return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
