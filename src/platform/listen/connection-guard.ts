/**
 * Bounds what a client can take of a listener by connections alone (R27): places, bytes of heads, requests before the
 * one under way is answered, and time. A connection that takes more is ended, without effect on others. Owns the events
 * of the server it guards.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ByteBudget } from '../../core/limits/byte-budget.ts';
import { ArrivingHeads } from './arriving-heads.ts';
import { Connection } from './connection.ts';
import type { ConnectionBound, ConnectionLimits } from './connection-limits.ts';
import { Endings } from './endings.ts';
import { HeadBytes } from './head-bytes.ts';
import { ParsedChunk } from './parsed-chunk.ts';
import { Places } from './places.ts';
import type { Refusals } from './refusal.ts';
import { MAX_FIELDS, type Serve, Turns } from './turns.ts';
import type { Upgrade } from './upgrade.ts';
import { writeInParts } from './write-in-parts.ts';

export interface GuardHandlers {
  /** Called for one request of a connection at a time, in their order. */
  readonly onRequest: Serve;
  /** Serves a connection that speaks HTTP/2. Undefined: none does. */
  readonly serveH2?: ((connection: Connection, socket: Socket, guarded: Guarded) => void) | undefined;
  /** The socket is the handler's until it calls `leave`. Undefined: requests to upgrade are served as ordinary ones. */
  readonly onUpgrade?: ((upgrade: Upgrade) => void) | undefined;
  readonly refusals: Refusals;
  readonly onBound: (bound: ConnectionBound) => void;
}

/** The most bytes of heads that all connections of a listener hold beyond what is free for each. */
const MAX_HEAD_BYTES = 8 * 1024 * 1024;

/** What all connections of a guard share. */
export interface Guarded {
  readonly places: Places<Connection>;
  readonly endings: Endings;
}

export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #handlers: GuardHandlers;
  readonly #places: Places<Connection>;
  readonly #arriving: ArrivingHeads;
  readonly #turns: Turns;
  readonly #endings: Endings;
  readonly #bySocket = new WeakMap<Duplex, Connection>();
  /** Connections in their handshake, by the peer's address, because Node.js does not link a socket to its TLS socket. */
  readonly #handshaking = new Map<string, Connection>();

  constructor(
    server: HttpServer | HttpsServer,
    limits: ConnectionLimits,
    handlers: GuardHandlers,
    budget?: ByteBudget,
  ) {
    this.#limits = limits;
    this.#handlers = handlers;
    const { refusals, onBound } = handlers;
    const { headTimeoutMs } = limits;
    const parsed = new ParsedChunk<Connection>();
    const ownBudget = new ByteBudget(MAX_HEAD_BYTES);
    const heads = new HeadBytes<Connection>(ownBudget, ...(budget === undefined ? [] : [budget]));
    const places = new Places<Connection>(limits.maxConnections);
    const endings = new Endings({ places, heads, refusals, onBound });
    const arriving = new ArrivingHeads({ headTimeoutMs, heads, parsed, endings });
    this.#places = places;
    this.#endings = endings;
    this.#arriving = arriving;
    this.#turns = new Turns({ limits, places, arriving, parsed, endings, refusals });
    server.maxHeadersCount = MAX_FIELDS + 1;
    this.#guardSockets(server);
    this.#guardRequests(server, handlers);
  }

  /** Open connections, those in their handshake included. */
  get connections(): number {
    return this.#places.all.size;
  }

  /** See {@link Endings.stop}. */
  stop(): void {
    this.#endings.stop();
  }

  /** Asks all clients to make other connections. */
  moveOn(): void {
    for (const connection of this.#places.all) connection.moveOn();
  }

  /** Resolves when none is left; those that come meanwhile are waited for too. */
  async gone(): Promise<void> {
    for (const { raw } of this.#places.all) {
      if (raw.closed) continue;
      await new Promise<void>((resolve) => {
        raw.once('close', () => resolve());
      });
    }
  }

  cut(): void {
    for (const connection of this.#places.all) connection.raw.destroy();
  }

  #guardSockets(server: HttpServer | HttpsServer): void {
    const isTls = 'setSecureContext' in server;
    server.on('connection', (raw: Socket) => {
      const connection = this.#enter(raw);
      if (connection === undefined) return;
      if (isTls) this.#awaitHandshake(connection);
      else this.#opened(connection, raw);
    });
    server.on('secureConnection', (socket: Socket) => {
      const connection = this.#handshaking.get(peerOf(socket));
      if (connection === undefined) {
        socket.destroy();
        return;
      }
      if (speaksH2(socket)) {
        this.#openedH2(connection, socket);
        return;
      }
      writeInParts(socket);
      this.#opened(connection, socket);
    });
    // No client can read an answer before the handshake, and a handshake that stalls would keep the connection forever.
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    server.on('clientError', (error: Error & { code?: string }, socket: Duplex) =>
      this.#onClientError(error, socket),
    );
  }

  #guardRequests(server: HttpServer | HttpsServer, { onRequest, onUpgrade, refusals }: GuardHandlers): void {
    const onTurn = (serve: Serve) => (req: IncomingMessage, res: ServerResponse) => {
      const connection = this.#bySocket.get(req.socket);
      if (connection !== undefined) this.#turns.came(connection, [req, res], serve);
    };
    server.on('request', onTurn(onRequest));
    server.on(
      'checkExpectation',
      onTurn((_req, res) => refusals.answer(res, 'expectation')),
    );
    server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
      const connection = this.#detach(socket);
      if (connection !== undefined) this.#endings.refuse(connection, socket, 'method');
    });
    if (onUpgrade === undefined) return;
    server.on('upgrade', (req: IncomingMessage, socket: Duplex, early: Buffer) => {
      const connection = this.#detach(socket);
      if (connection === undefined) return;
      connection.state = 'tunnel';
      this.#places.busy(connection);
      const leave = (): void => {
        // Unread bytes would hide the peer's end, and would turn the end from here into a reset.
        socket.resume();
        this.#endings.soon(connection);
      };
      onUpgrade({ req, socket, early, leave });
    });
  }

  /** @returns undefined if there is no place and none can be freed */
  #enter(raw: Socket): Connection | undefined {
    if (this.#places.isFull) {
      const { dispensable } = this.#places;
      if (dispensable === undefined) {
        this.#endings.notLetIn(raw, 'connections');
        return undefined;
      }
      this.#endings.now(dispensable, 'idle');
    }
    // The connection was reset before it was accepted, and has no peer any more.
    if (raw.remotePort === undefined) {
      raw.destroy();
      return undefined;
    }
    const connection = new Connection(raw);
    this.#places.enter(connection);
    raw.once('close', () => this.#endings.left(connection));
    return connection;
  }

  #awaitHandshake(connection: Connection): void {
    const peer = peerOf(connection.raw);
    this.#handshaking.set(peer, connection);
    connection.raw.once('close', () => {
      if (this.#handshaking.get(peer) === connection) this.#handshaking.delete(peer);
    });
  }

  #opened(connection: Connection, socket: Socket): void {
    this.#entered(connection, socket);
    this.#bySocket.set(socket, connection);
    connection.onData = (chunk) => this.#arriving.came(connection, chunk);
    // This listener precedes the parser's, so that bytes are counted before they become a request.
    socket.prependListener('data', connection.onData);
    socket.once('end', () => {
      if (connection.state !== 'tunnel') this.#endings.soon(connection);
    });
    this.#arriving.awaitNext(connection);
  }

  #openedH2(connection: Connection, socket: Socket): void {
    this.#entered(connection, socket);
    this.#handlers.serveH2?.(connection, socket, { places: this.#places, endings: this.#endings });
  }

  #entered(connection: Connection, socket: Socket): void {
    this.#handshaking.delete(peerOf(connection.raw));
    connection.socket = socket;
    const { moveAfterMs } = this.#limits;
    // The time varies, so that clients that came at the same time do not come back at the same time.
    if (moveAfterMs !== undefined) connection.moveAfter(moveAfterMs * (0.75 + Math.random() / 2));
  }

  /** Takes the socket of an upgrade over from the parser. @returns undefined if the connection was cut instead */
  #detach(socket: Duplex): Connection | undefined {
    const connection = this.#bySocket.get(socket);
    // It is followed by `close`, which is handled.
    socket.on('error', () => undefined);
    // The bytes of a tunnel must not get between those of an answer that is under way.
    if (connection?.state !== 'open') {
      socket.destroy();
      return undefined;
    }
    connection.clearDeadline();
    if (connection.onData !== undefined) socket.off('data', connection.onData);
    connection.unfinishedHead = 0;
    this.#arriving.held(connection);
    return connection;
  }

  #onClientError(error: Error & { code?: string }, socket: Duplex): void {
    const connection = this.#bySocket.get(socket);
    // An end within a head may be a reset that TLS of Node.js did not notice, after which an answer is never written.
    const isGone = error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE';
    // Bytes after a refused request are ignored.
    if (connection?.state === 'leaving' && !isGone) return;
    // A connection that carries an answer must not get a second head.
    if (connection?.state !== 'open' || isGone || !socket.writable) socket.destroy();
    else {
      const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
      this.#endings.refuse(connection, socket, isTooLarge ? 'headers-too-large' : 'malformed');
    }
  }
}

/** Whether the client chose HTTP/2. */
export function speaksH2(socket: Socket): boolean {
  return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2';
}

/** Unique among open connections to one address. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}
