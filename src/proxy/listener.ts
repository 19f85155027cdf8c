/**
 * The TLS listener for clients: HTTP/1.1 by node:https alone. No framework sits on it, because every
 * request must be handled before any router or body parser (R3); it would have nothing to do. Owns the
 * limits of a connection (R4, R27), refusals of malformed requests, and closing.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answer, answerOnSocket } from './answer.ts';
import { refused, type Refusal } from './status-body.ts';
import type { UpgradeWish } from './tunnel.ts';

/** Key and certificate chain, PEM. */
export interface ServingTls {
  readonly key: string;
  readonly cert: string;
}

/** What a {@link Listener} is made from. */
export interface ListenerOptions {
  readonly tls: ServingTls;
  readonly onRequest: (req: IncomingMessage, res: ServerResponse) => void;
  readonly onUpgrade: (wish: UpgradeWish) => void;
  readonly limits: ConnectionLimits;
  /** A connection over the limit was closed before its handshake. */
  readonly onConnectionRefused: () => void;
}

/** What clients may take of the listener (R27). */
export interface ConnectionLimits {
  /** Open connections, upgraded ones included. */
  readonly maxConnections: number;
  /** Longest TLS handshake (milliseconds). */
  readonly handshakeTimeoutMs: number;
  /** A request's head must be complete by then: a client may not hold a connection by dripping bytes (milliseconds). */
  readonly headersTimeoutMs: number;
}

/** R4 asks for 64 KiB at least; Go's own default is 1 MiB. */
const MAX_HEADER_BYTES = 256 * 1024;
/** Longer than the 90 s after which client-go drops an idle connection, so that it is never us (R4). */
const KEEP_ALIVE_MS = 120_000;

const MIN_TLS = 'TLSv1.2';

/** An https server for clients. */
export class Listener {
  readonly #server: Server;
  /** All open connections, upgraded ones too, which the server itself forgets. */
  readonly #sockets = new Set<Socket>();

  constructor({ tls, onRequest, onUpgrade, limits, onConnectionRefused }: ListenerOptions) {
    this.#server = createServer({
      key: tls.key,
      cert: tls.cert,
      minVersion: MIN_TLS,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      // How often Node looks for heads that are late; its default would add 30 s to the limit.
      connectionsCheckingInterval: limits.headersTimeoutMs / 2,
      // No limit on a request's duration: bodies may be large, responses last for hours.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      shouldUpgradeCallback: isTunnel,
    });
    // Node drops the fields over this count without a word; the size limit is enough.
    this.#server.maxHeadersCount = 0;
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on('drop', onConnectionRefused);
    this.#server.on('request', onRequest);
    this.#server.on('upgrade', (req: IncomingMessage, socket: Duplex, early: Buffer) => {
      onUpgrade({ req, socket, early });
    });
    this.#server.on('connect', (_req, socket) => {
      answerOnSocket(socket, refused('method'));
    });
    this.#server.on('checkExpectation', (_req: IncomingMessage, res: ServerResponse) => {
      answer(res, refused('expectation'));
    });
    this.#server.on('clientError', answerClientError);
    // Nobody can read an answer without a handshake, and one that stalls would keep the connection for ever.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Serves another certificate, from the next handshake on. */
  setTls({ key, cert }: ServingTls): void {
    // A context takes nothing over from the one before it.
    this.#server.setSecureContext({ key, cert, minVersion: MIN_TLS });
  }

  /** Open client connections, those in their handshake included. */
  get connections(): number {
    return this.#sockets.size;
  }

  /**
   * Where it listens.
   *
   * @throws Error before {@link listen}.
   */
  get address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is not listening');
    return address;
  }

  /**
   * Binds; port 0 takes a free one.
   *
   * @throws Error when the address cannot be bound.
   */
  async listen(host: string, port: number): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#server.once('error', reject);
    this.#server.listen({ host, port }, () => {
      resolve(undefined);
    });
    await promise;
    this.#server.off('error', reject);
    return this.address;
  }

  /** Resolves when no client is connected any more; those that come meanwhile are waited for too. */
  async clientsGone(): Promise<void> {
    for (const socket of this.#sockets) if (!socket.closed) await once(socket, 'close');
  }

  /** Stops listening and cuts what is still open; drain first to end streams cleanly. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#server.close(() => {
      resolve(undefined);
    });
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }
}

/**
 * Whether an `Upgrade` header means a tunnel. HTTP/2 in clear never does, and an upgrade with a body
 * cannot be told apart from tunnelled bytes: both are served as if they had not asked (RFC 9110 7.8).
 */
function isTunnel({ headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return !hasBody && headers.upgrade?.toLowerCase() !== 'h2c';
}

/** Sockets that carry a response or a tunnel must not get a second head; Node marks them so. */
function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  const isAnswering = '_httpMessage' in socket && socket._httpMessage !== null;
  if (!socket.writable || isAnswering || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  answerOnSocket(socket, refused(refusalOf(error.code)));
}

function refusalOf(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout';
  return 'malformed';
}
