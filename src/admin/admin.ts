/**
 * The listeners for operators, apart from the clients' own: the API server's /metrics and /readyz must
 * stay reachable through the proxy. Owns these routes:
 *
 *   GET /                the status page, for people (admin listener only)
 *   GET /metrics         Prometheus text
 *   GET /livez           200 while the process can answer
 *   GET /readyz          200 or 503; ?verbose lists the checks (R29)
 *   GET /debug/config    settings and who set them (admin listener only)
 *   GET /debug/streams   running streams (admin listener only)
 *   GET /debug/explain   ?object=NAME: what was decided over one object, and why (admin listener only)
 *   GET /debug/status    what the status page shows (admin listener only)
 */
import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import { fastify, type FastifyInstance } from 'fastify';
import type { ConnectionBound } from '../listen/connection-guard.ts';
import { GuardedServer } from '../listen/guarded-server.ts';
import { PLAIN_REFUSALS } from '../listen/refusal.ts';
import { SHORT_ANSWERS } from '../listen/short-answers.ts';
import type { Health } from './health.ts';
import { isLoopbackHost } from './loopback-host.ts';
import { paced } from './paced.ts';
import type { Status } from './status.ts';

/** What both listeners serve. */
export interface MetricsListenerOptions {
  readonly health: Pick<Health, 'state' | 'checks'>;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** A connection was ended at a bound, or not let in. */
  readonly onConnectionBound?: ((bound: ConnectionBound) => void) | undefined;
}

/** What the loopback listener serves besides. What `debug` returns is shown as JSON: no secrets (R26). */
export interface AdminOptions extends MetricsListenerOptions {
  readonly debug: {
    readonly config: () => unknown;
    readonly streams: () => unknown;
    readonly explain: (object: string) => unknown;
    readonly status: () => Status;
  };
}

/** A listener that is up. */
export interface AdminListener {
  readonly host: string;
  /** The port really bound. */
  readonly port: number;
  /** Ends connections too, idle or not: a scraper's keep-alive must not hold up the exit. */
  close(): Promise<void>;
}

/** Where to listen; port 0 lets the system choose. */
export interface AdminAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens for operators on this machine, on all routes.
 *
 * @throws the listen error of node:net, such as EADDRINUSE.
 */
export function listenAdmin(at: AdminAddress, options: AdminOptions): Promise<AdminListener> {
  const server = createServer();
  refuseOtherNames(server);
  addMetricsRoutes(server, options);
  addPage(server, options.debug.status);
  server.get('/debug/config', (_request, reply) => reply.type(JSON_TYPE).send(json(options.debug.config())));
  server.get('/debug/streams', (_request, reply) =>
    reply.type(JSON_TYPE).send(json(options.debug.streams())),
  );
  server.get('/debug/explain', (request, reply) => {
    const object = new URLSearchParams(request.url.split('?')[1]).get('object') ?? '';
    reply.type(JSON_TYPE);
    if (object === '') return reply.code(400).send(json({ error: NO_OBJECT }));
    return reply.send(json(options.debug.explain(object)));
  });
  server.get('/debug/status', (_request, reply) => reply.type(JSON_TYPE).send(json(options.debug.status())));
  return listen(server, at, ['/', ...METRICS_ROUTES, ...DEBUG_ROUTES], options);
}

/**
 * Listens for the outside: /metrics, /livez and /readyz, nothing else.
 *
 * @throws the listen error of node:net, such as EADDRINUSE.
 */
export function listenMetrics(at: AdminAddress, options: MetricsListenerOptions): Promise<AdminListener> {
  const server = createServer();
  addMetricsRoutes(server, options);
  return listen(server, at, METRICS_ROUTES, options);
}

const METRICS_ROUTES = ['/metrics', '/livez', '/readyz'] as const;
const DEBUG_ROUTES = ['/debug/config', '/debug/streams', '/debug/explain', '/debug/status'] as const;
const NO_OBJECT = 'which object? Ask for /debug/explain?object=NAME, NAME being the name of a Node';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/** A rendering of all metrics takes some milliseconds. */
const METRICS_PAUSE_MS = 50;

function createServer(): FastifyInstance {
  return fastify({ logger: false });
}

/**
 * A web page may let a name of its own lead to 127.0.0.1, and then read what answers there (DNS rebinding); its browser
 * tells that name. Metrics and health are numbers, and are asked for by other names.
 */
function refuseOtherNames(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const isPrivate = !METRICS_ROUTES.some((route) => route === path);
    if (isPrivate && !isLoopbackHost(request.headers.host)) {
      reply.code(421).type(TEXT_TYPE);
      return reply.send('this is for localhost and addresses of loopback only: ask by one of these\n');
    }
  });
}

/** The page is loaded when it is first asked for: most sidecars are never looked at. */
function addPage(server: FastifyInstance, status: () => Status): void {
  server.get('/', async (_request, reply) => {
    const { PAGE_HEADERS, renderPage } = await import('./page/page.ts');
    return reply.headers(PAGE_HEADERS).send(renderPage(status()));
  });
}

function addMetricsRoutes(server: FastifyInstance, { health, metricsText }: MetricsListenerOptions): void {
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

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Fastify is the router alone: connections are the guarded server's. */
async function listen(
  server: FastifyInstance,
  at: AdminAddress,
  routes: readonly string[],
  { onConnectionBound }: MetricsListenerOptions,
): Promise<AdminListener> {
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
