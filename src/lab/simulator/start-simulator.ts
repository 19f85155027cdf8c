/**
 * A miniature API server with heartbeating Nodes, for the demo, tests and benches (R32). Owns the
 * sockets: TLS, HTTP/2 and HTTP/1.1 on one port, and their end.
 */
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { Cluster } from './cluster.ts';
import { createRequestHandler } from './request-handler.ts';
import { REAL_TIMERS } from './timers.ts';
import type { Route } from './route.ts';
import type { Timers } from './timers.ts';
import type { WatchStream } from './watch-stream.ts';

/** What a simulator is made from. */
export interface SimulatorOptions {
  /** Serving certificate and its key, PEM; the certificate must name {@link SimulatorOptions.host}. */
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  /** Number of Nodes; default 50. */
  readonly nodes?: number;
  /** Images per Node; default 50, which makes a Node about 19 KB of JSON. */
  readonly imagesPerNode?: number;
  /** The same seed gives the same Nodes; default `watchsieve`. */
  readonly seed?: string;
  /** Address to listen on; default `127.0.0.1`. */
  readonly host?: string;
  /** Port to listen on; default 0, any free one. */
  readonly port?: number;
  /** The only bearer token accepted; by default everyone is let in. */
  readonly token?: string;
  /** Whether LISTs are allowed, as RBAC decides it apart from watches; default they are. */
  readonly mayList?: () => boolean;
  /** Events kept for watches that resume, before they get 410; default 1000. */
  readonly historyEvents?: number;
  /** Time between two bookmarks of a watch; default 60,000 ms, as the real server. */
  readonly bookmarkIntervalMs?: number;
  /** HTTP/2 streams per connection; default 100, as the real server. */
  readonly maxConcurrentStreams?: number;
  /** Clock and timers; default the process's. */
  readonly timers?: Timers;
  /** Called with each request, before it is answered. */
  readonly onRequest?: (request: SimulatorRequest) => void;
}

/** A request as it arrived. */
export interface SimulatorRequest {
  readonly method: string;
  /** Raw request target. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** `1.1` or `2.0`. */
  readonly httpVersion: string;
}

/** What has happened on the wire so far. */
export interface SimulatorCounters {
  /** TLS connections accepted, and how many of them are open now. */
  connections: number;
  openConnections: number;
  /** Requests by verb and path, such as `WATCH /api/v1/nodes` or `GET /version`. */
  readonly requests: Map<string, number>;
}

/** A running simulator. */
export interface Simulator {
  /** Such as `https://127.0.0.1:12345`. */
  readonly url: string;
  readonly address: { readonly host: string; readonly port: number };
  readonly cluster: Cluster;
  readonly counters: Readonly<SimulatorCounters>;
  /** The watches running now, oldest first; each can be ended, cut and stalled. */
  watches(): WatchStream[];
  /** Ends watches and connections at once, and frees the port. */
  close(): Promise<void>;
}

/** How long the real server keeps an idle connection (apiserver pkg/server/secure_serving.go). */
const IDLE_TIMEOUT_MS = 90_000;

/** Starts a simulator; it listens when the promise resolves. @throws Error when the address cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const timers = options.timers ?? REAL_TIMERS;
  const cluster = new Cluster({
    nodes: options.nodes ?? 50,
    imagesPerNode: options.imagesPerNode ?? 50,
    seed: options.seed ?? 'watchsieve',
    historyEvents: options.historyEvents ?? 1000,
    timers,
  });
  const counters: SimulatorCounters = { connections: 0, openConnections: 0, requests: new Map() };
  const watches = new Set<WatchStream>();
  const server = createSecureServer({
    allowHTTP1: true,
    http1Options: { keepAliveTimeout: IDLE_TIMEOUT_MS },
    cert: options.tls.certPem,
    key: options.tls.keyPem,
    settings: { maxConcurrentStreams: options.maxConcurrentStreams ?? 100 },
  });
  const handler = createRequestHandler({
    store: cluster,
    timers,
    watches,
    token: options.token,
    mayList: options.mayList ?? (() => true),
    bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000,
    onRequest: (route, { method, url, headers, httpVersion }) => {
      const name = requestName(route, method, url);
      counters.requests.set(name, (counters.requests.get(name) ?? 0) + 1);
      options.onRequest?.({ method, target: url, headers, httpVersion });
    },
  });
  server.on('request', handler);
  const sockets = trackConnections(server, counters);
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulator has no TCP address');
  const { port } = address;
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    address: { host, port },
    cluster,
    counters,
    watches: () => [...watches],
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type SecureServer = ReturnType<typeof createSecureServer>;

function trackConnections(server: SecureServer, counters: SimulatorCounters): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket: Socket) => {
    counters.connections++;
    counters.openConnections++;
    socket.once('close', () => counters.openConnections--);
  });
  // Clients that break off are what tests and benches do on purpose; node:http2 reports them here.
  server.on('sessionError', () => undefined);
  return sockets;
}

function requestName(route: Route, method: string, target: string): string {
  const path = target.split('?', 1)[0] ?? target;
  return `${route.kind === 'list' || route.kind === 'watch' ? route.kind.toUpperCase() : method} ${path}`;
}
