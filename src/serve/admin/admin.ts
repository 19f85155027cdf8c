/**
 * The listener for operators on this machine, apart from the clients' own: the API server's /metrics and /readyz must
 * stay reachable through the proxy. Owns these routes, besides those of the metrics listener:
 *
 *   GET /                the status page, for people
 *   GET /explain         ?object=NAME&resource=RESOURCE: what was decided over one object, and why, for people
 *   GET /debug/config    settings and who set them
 *   GET /debug/streams   running streams
 *   GET /debug/hub       where this is a hub: its feeds; where hubs are asked: who answered, and why not a hub
 *   GET /debug/explain   the same, for programs
 *   GET /debug/status    what the status page shows
 */
import {
  listenFor,
  metricsRoutes,
  type MetricsListenerOptions,
  type OperatorAddress,
  type OperatorListener,
} from '../../platform/health/metrics-listener.ts';
import { type Answer, type Routes, textAnswer } from '../../platform/health/routes.ts';
import type { AskedObject, Explained } from '../watch/explain.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { Status } from './status.ts';

/** The data that the loopback listener serves besides metrics. It is shown as JSON, so it holds no secrets (R26). */
export interface Debug {
  readonly config: () => unknown;
  readonly streams: () => unknown;
  readonly hub: () => unknown;
  readonly explain: (asked: AskedObject) => Explained;
  readonly status: () => Status;
}

/** Serves all routes, for operators on this machine. @throws the listen error of node:net, such as EADDRINUSE */
export function listenAdmin(
  at: OperatorAddress,
  options: MetricsListenerOptions,
  debug: Debug,
): Promise<OperatorListener> {
  const routes = {
    ...forThisMachine(pages(debug)),
    ...metricsRoutes(options),
    ...forThisMachine({
      '/debug/config': () => json(debug.config()),
      '/debug/streams': () => json(debug.streams()),
      '/debug/hub': () => json(debug.hub()),
      '/debug/explain': ({ query }) => {
        const asked = askedIn(query);
        return asked.object === '' ? json({ error: NO_OBJECT }, 400) : json(debug.explain(asked));
      },
      '/debug/status': () => json(debug.status()),
    }),
  };
  return listenFor(routes, at, options);
}

const NO_OBJECT = 'which object? Ask for /debug/explain?object=NAME, NAME being its name, or NAMESPACE/NAME';

/**
 * DNS rebinding: a web page may point a name of its own to 127.0.0.1 and then read the answers from there. The browser
 * sends that name, so requests with other names are refused. Metrics and health hold only numbers and may be requested
 * under any name.
 */
function forThisMachine(routes: Routes): Routes {
  const guarded = Object.entries(routes).map(([path, route]): [string, Routes[string]] => [
    path,
    (asked) => (isLoopbackHost(asked.headers.host) ? route(asked) : ELSEWHERE),
  ]);
  return Object.fromEntries(guarded);
}

const ELSEWHERE = textAnswer(
  'this is for localhost and addresses of loopback only: ask by one of these\n',
  421,
);

/** The code of the pages is loaded at the first request, because most sidecars never show one. */
function pages({ status, explain }: Debug): Routes {
  return {
    '/': async () => {
      const [{ PAGE_HEADERS }, { renderPage }] = await Promise.all([
        import('./page/shell.ts'),
        import('./page/page.ts'),
      ]);
      return { headers: PAGE_HEADERS, body: renderPage(status()) };
    },
    '/explain': async ({ query }) => {
      const [{ PAGE_HEADERS }, { renderExplained }] = await Promise.all([
        import('./page/shell.ts'),
        import('./page/explained.ts'),
      ]);
      const asked = askedIn(query);
      const isNamed = asked.object !== '';
      const body = renderExplained(isNamed ? explain(asked) : undefined, status().version);
      return { status: isNamed ? 200 : 400, headers: PAGE_HEADERS, body };
    },
  };
}

function askedIn(query: URLSearchParams): AskedObject {
  return { object: query.get('object') ?? '', resource: query.get('resource') ?? '' };
}

function json(value: unknown, status = 200): Answer {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers, body: `${JSON.stringify(value, undefined, 2)}\n` };
}
