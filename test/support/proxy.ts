/** A proxy in front of a test server, and clients that send exactly the bytes they are told. */
import { once } from 'node:events';
import { request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import { ByteBudget } from '../../src/core/limits/byte-budget.ts';
import { SIEVED_BY_DEFAULT } from '../../src/core/resource/node.ts';
import { LISTENER_TIMES, type ProxyLimits } from '../../src/serve/proxy/listener.ts';
import { Proxy, type ProxyOptions } from '../../src/serve/proxy/server.ts';
import type { UpstreamTarget } from '../../src/platform/upstream/target.ts';
import type { UpstreamOptions } from '../../src/platform/upstream/upstream.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from './api-server.ts';
import { LOOPBACK } from './certificates.ts';
import { loopbackTarget, watchedUpstream, type WatchedUpstream } from './upstream.ts';

/** A proxy that lets everything pass. */
export const PASSING = {
  isHub: false,
  openWatch: () => undefined,
  tapList: () => undefined,
  passWatch: () => undefined,
  presets: { has: () => false, nearest: () => undefined },
  isDraining: () => false,
} as const;
const NO_LIMITS: ProxyLimits = {
  maxConnections: Infinity,
  maxStreams: Infinity,
  maxUpgrades: Infinity,
  maxRequests: Infinity,
  ...LISTENER_TIMES,
};

/** What {@link startProxy} may be told. */
export interface ProxySetup extends Partial<
  Pick<
    ProxyOptions,
    | 'hubRoute'
    | 'isHub'
    | 'openWatch'
    | 'presets'
    | 'tapList'
    | 'passWatch'
    | 'isDraining'
    | 'budget'
    | 'onRefused'
    | 'onConnectionBound'
  >
> {
  readonly upstream?: Partial<Omit<UpstreamOptions, 'target'>>;
  readonly limits?: Partial<ProxyLimits>;
}

/** A running proxy and its upstream. */
export interface RunningProxy extends AsyncDisposable {
  readonly proxy: Proxy;
  readonly port: number;
  readonly watched: WatchedUpstream;
}

/** Starts a proxy for a target. */
export async function startProxy(
  target: UpstreamTarget,
  { upstream, limits, ...told }: ProxySetup = {},
): Promise<RunningProxy> {
  const watched = watchedUpstream(target, upstream);
  const proxy = new Proxy({
    tls: LOOPBACK.tls,
    upstream: watched.upstream,
    sieved: SIEVED_BY_DEFAULT,
    ...PASSING,
    budget: new ByteBudget(Infinity),
    onRefused: () => undefined,
    onConnectionBound: () => undefined,
    ...told,
    limits: { ...NO_LIMITS, ...limits },
  });
  const { port } = await proxy.listen('127.0.0.1', 0);
  return {
    proxy,
    port,
    watched,
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await watched.upstream.close();
    },
  };
}

/** A test server with a proxy in front of it. */
export async function startBoth(
  api: ApiServerOptions,
  setup: ProxySetup = {},
): Promise<
  AsyncDisposable & { readonly server: ApiServer; readonly running: RunningProxy; readonly port: number }
> {
  const server = await startApiServer(api);
  const running = await startProxy(loopbackTarget(server.port), setup);
  return {
    server,
    running,
    port: running.port,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A response whose body was read to its end. */
export interface Answer {
  readonly res: IncomingMessage;
  readonly body: Buffer;
}

/** Begins a request on a connection of its own; node:https sends the path as it is. */
export function begin(port: number, options: RequestOptions): ReturnType<typeof request> {
  return request({
    host: '127.0.0.1',
    port,
    ca: LOOPBACK.ca,
    agent: false,
    maxHeaderSize: 512 * 1024,
    ...options,
  });
}

/** Sends a request and reads the whole response. */
export async function ask(port: number, options: RequestOptions, body?: Buffer): Promise<Answer> {
  const req = begin(port, options);
  const answered = head(req);
  req.end(body);
  const res = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of res) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return { res, body: Buffer.concat(chunks) };
}

/** The head of a request's response. */
export function head(req: ReturnType<typeof request>): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  req.once('response', resolve);
  req.once('error', reject);
  return promise;
}

/** A verified TLS connection to the proxy, for bytes that no library would send. */
export async function rawConnection(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: LOOPBACK.ca });
  socket.on('error', () => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Sends bytes and reads until the proxy closes the connection. */
export async function rawExchange(port: number, text: string): Promise<string> {
  const socket = await rawConnection(port);
  socket.write(text, 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
