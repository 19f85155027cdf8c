/**
 * An HTTP/1.1 server whose connections are guarded: what every listener of this program stands on, so that none can be
 * made without bounds (R27). No framework sits below it.
 */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLS_PROFILE } from '../tls-profile.ts';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { ConnectionGuard, type GuardHandlers } from './connection-guard.ts';
import type { ConnectionLimits } from './connection-limits.ts';

/** Key and certificate chain, PEM. */
export interface ServingTls {
  readonly key: string;
  readonly cert: string;
}

export interface GuardedServerOptions {
  readonly handlers: GuardHandlers;
  /** Undefined: plain HTTP. */
  readonly tls?: ServingTls | undefined;
  readonly limits: ServerLimits;
  /** Of which `onUpgrade` is called; every request that asks for one, where nothing is said. */
  readonly isUpgrade?: ((req: IncomingMessage) => boolean) | undefined;
  /** Where bytes of heads are drawn from, besides the bound of their own. */
  readonly budget?: ByteBudget | undefined;
}

export interface ServerLimits {
  readonly connections: ConnectionLimits;
  /** Bytes of one head. */
  readonly maxHeadBytes: number;
  /** Longest TLS handshake (milliseconds). */
  readonly handshakeTimeoutMs?: number | undefined;
  /** How long a connection is kept for another request (milliseconds). */
  readonly keepAliveMs: number;
}

export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The longest that Node.js takes: it looks after no deadline of ours. */
const NEVER_MS = 2 ** 31 - 1;

export class GuardedServer {
  readonly #server: HttpServer | HttpsServer;
  readonly #guard: ConnectionGuard;

  constructor(options: GuardedServerOptions) {
    const { handlers, tls, limits, isUpgrade, budget } = options;
    const common = {
      maxHeaderSize: limits.maxHeadBytes,
      keepAliveTimeout: limits.keepAliveMs,
      // Heads and answers have the guard's deadlines: those of Node.js come up to a whole interval late.
      headersTimeout: 0,
      requestTimeout: 0,
      connectionsCheckingInterval: NEVER_MS,
      // The guard looks for it: the answer of Node.js would pass by the order of requests.
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
            ALPNProtocols: ['http/1.1'],
            handshakeTimeout: limits.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
          });
    this.#guard = new ConnectionGuard(this.#server, limits.connections, handlers, budget);
  }

  /** Serves another certificate, from the next handshake on. Nothing under plain HTTP. */
  setTls({ key, cert }: ServingTls): void {
    // A context takes nothing over from the one before it.
    if ('setSecureContext' in this.#server) this.#server.setSecureContext({ key, cert, ...TLS_PROFILE });
  }

  /** Open connections, those in their handshake included. */
  get connections(): number {
    return this.#guard.connections;
  }

  /**
   * Where it listens.
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
