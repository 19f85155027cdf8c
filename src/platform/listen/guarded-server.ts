/**
 * A server with guarded connections. Every listener of this program is one, so that none can be made
 * without bounds (R27). It speaks HTTP/1.1, and HTTP/2 if a handler for that is given. It uses no framework.
 */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLS_PROFILE } from '../tls-profile.ts';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { ConnectionGuard, type GuardHandlers, speaksH2 } from './connection-guard.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { serveH2 } from './h2-sessions.ts';
import type { ClientRequest, ClientResponse } from './served.ts';

/** Key and certificate chain, PEM. */
export interface ServingTls {
  readonly key: string;
  readonly cert: string;
}

export interface GuardedServerOptions {
  readonly handlers: GuardHandlers;
  /** Called for requests over HTTP/2, which run concurrently. Undefined: HTTP/2 is not offered. */
  readonly onStream?: ((req: ClientRequest, res: ClientResponse) => void) | undefined;
  /** Undefined: plain HTTP. */
  readonly tls?: ServingTls | undefined;
  readonly limits: ServerLimits;
  /** The upgrades for which `onUpgrade` is called; by default all. */
  readonly isUpgrade?: ((req: IncomingMessage) => boolean) | undefined;
  /** A further budget for the bytes of heads, besides the listener's own bound. */
  readonly budget?: ByteBudget | undefined;
}

export interface ServerLimits {
  readonly connections: ConnectionLimits;
  readonly maxHeadBytes: number;
  /** The longest TLS handshake (milliseconds). */
  readonly handshakeTimeoutMs?: number | undefined;
  /** How long a connection is kept for another request (milliseconds). */
  readonly keepAliveMs: number;
}

export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The longest time that Node.js accepts: the guard's own deadlines are always earlier. */
const NEVER_MS = 2 ** 31 - 1;

export class GuardedServer {
  readonly #server: HttpServer | HttpsServer;
  readonly #guard: ConnectionGuard;

  constructor(options: GuardedServerOptions) {
    const { handlers, onStream, tls, limits, isUpgrade, budget } = options;
    const common = {
      maxHeaderSize: limits.maxHeadBytes,
      keepAliveTimeout: limits.keepAliveMs,
      // The guard keeps the deadlines of heads and answers: those of Node.js fire up to a whole interval late.
      headersTimeout: 0,
      requestTimeout: 0,
      connectionsCheckingInterval: NEVER_MS,
      // The guard checks this: an answer of Node.js would not keep the order of requests.
      requireHostHeader: false,
      ...(isUpgrade === undefined ? {} : { shouldUpgradeCallback: isUpgrade }),
    };
    this.#server =
      tls === undefined
        ? createHttpServer(common)
        : createHttpsServer({
            ...common,
            ...tls,
            ...TLS_PROFILE,
            ALPNProtocols: onStream === undefined ? ['http/1.1'] : ['h2', 'http/1.1'],
            handshakeTimeout: limits.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
          });
    if (onStream !== undefined) keepFromHttp1(this.#server);
    this.#guard = new ConnectionGuard(
      this.#server,
      limits.connections,
      onStream === undefined ? handlers : { ...handlers, serveH2: h2Server(options, onStream) },
      budget,
    );
  }

  /** Serves another certificate from the next handshake on; has no effect under plain HTTP. */
  setTls({ key, cert }: ServingTls): void {
    // A new context inherits nothing from the former one.
    if ('setSecureContext' in this.#server) this.#server.setSecureContext({ key, cert, ...TLS_PROFILE });
  }

  /** Open connections, those in their handshake included. */
  get connections(): number {
    return this.#guard.connections;
  }

  /**
   * The address on which it listens.
   *
   * @throws Error before {@link listen}.
   */
  get address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is not listening');
    return address;
  }

  /**
   * Binds; port 0 takes a free one.
   *
   * @throws Error when the address cannot be bound.
   */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await once(this.#server.listen({ host, port }), 'listening');
    return this.address;
  }

  /** Asks all clients to make other connections; the requests under way come to their end. */
  moveOn(): void {
    this.#guard.moveOn();
  }

  /** Resolves when no client is connected any more; those that come meanwhile are waited for too. */
  clientsGone(): Promise<void> {
    return this.#guard.gone();
  }

  /** Stops listening and cuts what is still open. */
  async close(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    this.#guard.cut();
    await closed;
  }

  /** Stops listening. Resolves when every request under way has been answered. */
  async closeGently(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    this.#guard.stop();
    await closed;
  }
}

/** node:https gives every connection to its parser of HTTP/1.1. */
function keepFromHttp1(server: HttpServer | HttpsServer): void {
  const serveHttp1 = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: Socket) => {
    if (!speaksH2(socket)) for (const serve of serveHttp1) serve.call(server, socket);
  });
}

function h2Server(
  { handlers, limits }: GuardedServerOptions,
  onRequest: NonNullable<GuardedServerOptions['onStream']>,
): GuardHandlers['serveH2'] {
  const { keepAliveMs, maxHeadBytes, connections } = limits;
  const options = {
    ...{ refusals: handlers.refusals, onRequest },
    limits: { keepAliveMs, maxHeadBytes, headTimeoutMs: connections.headTimeoutMs },
  };
  return (connection, socket, guarded) => serveH2(connection, socket, { ...options, guarded });
}
