/**
 * The listener for operators on this machine, apart from the clients' own: the API server's /metrics and /readyz must
 * stay reachable through the proxy. Owns these routes, besides those of the metrics listener:
 *
 *   GET /                the status page, for people
 *   GET /explain         ?object=NAME: what was decided over one object, and why, for people
 *   GET /debug/config    settings and who set them
 *   GET /debug/streams   running streams
 *   GET /debug/explain   ?object=NAME: what was decided over one object, and why
 *   GET /debug/status    what the status page shows
 */
import type { FastifyInstance } from 'fastify';
import {
  addMetricsRoutes,
  createRouter,
  listenFor,
  METRICS_ROUTES,
  type MetricsListenerOptions,
  type OperatorAddress,
  type OperatorListener,
  TEXT_TYPE,
} from '../../platform/health/metrics-listener.ts';
import { type Explained } from './explanation.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { Status } from './status.ts';

/** What the loopback listener serves besides. What `debug` returns is shown as JSON: no secrets (R26). */
export interface AdminOptions extends MetricsListenerOptions {
  readonly debug: {
    readonly config: () => unknown;
    readonly streams: () => unknown;
    readonly explain: (object: string) => Explained;
    readonly status: () => Status;
  };
}

/**
 * Listens for operators on this machine, on all routes.
 *
 * @throws the listen error of node:net, such as EADDRINUSE.
 */
export function listenAdmin(at: OperatorAddress, options: AdminOptions): Promise<OperatorListener> {
  const server = createRouter();
  refuseOtherNames(server);
  addMetricsRoutes(server, options);
  addPages(server, options.debug);
  server.get('/debug/config', (_request, reply) => reply.type(JSON_TYPE).send(json(options.debug.config())));
  server.get('/debug/streams', (_request, reply) =>
    reply.type(JSON_TYPE).send(json(options.debug.streams())),
  );
  server.get('/debug/explain', (request, reply) => {
    const object = objectOf(request.url);
    reply.type(JSON_TYPE);
    if (object === '') return reply.code(400).send(json({ error: NO_OBJECT }));
    return reply.send(json(options.debug.explain(object)));
  });
  server.get('/debug/status', (_request, reply) => reply.type(JSON_TYPE).send(json(options.debug.status())));
  return listenFor(server, at, ['/', '/explain', ...METRICS_ROUTES, ...DEBUG_ROUTES], options);
}

const DEBUG_ROUTES = ['/debug/config', '/debug/streams', '/debug/explain', '/debug/status'] as const;
const NO_OBJECT = 'which object? Ask for /debug/explain?object=NAME, NAME being the name of a Node';
const JSON_TYPE = 'application/json; charset=utf-8';

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

/** Pages are loaded when they are first asked for: most sidecars are never looked at. */
function addPages(server: FastifyInstance, { status, explain }: AdminOptions['debug']): void {
  server.get('/', async (_request, reply) => {
    const [{ PAGE_HEADERS }, { renderPage }] = await Promise.all([
      import('./page/shell.ts'),
      import('./page/page.ts'),
    ]);
    return reply.headers(PAGE_HEADERS).send(renderPage(status()));
  });
  server.get('/explain', async (request, reply) => {
    const [{ PAGE_HEADERS }, { renderExplained }] = await Promise.all([
      import('./page/shell.ts'),
      import('./page/explained.ts'),
    ]);
    const object = objectOf(request.url);
    if (object === '') reply.code(400);
    return reply
      .headers(PAGE_HEADERS)
      .send(renderExplained(object === '' ? undefined : explain(object), status().version));
  });
}

function objectOf(url: string): string {
  return new URLSearchParams(url.split('?')[1]).get('object') ?? '';
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
