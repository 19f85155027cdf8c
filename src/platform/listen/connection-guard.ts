/**
 * What a client may take of a listener by its connections alone (R27): places, bytes of heads, requests before the one
 * under way is answered, and time. Whoever takes more loses the connection, and nobody else notices. Owns the events of
 * the server it guards.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ByteBudget } from '../../core/limits/byte-budget.ts';
import { Connection } from './connection.ts';
import { HeadBytes } from './head-bytes.ts';
import { ParsedChunk } from './parsed-chunk.ts';
import { Places } from './places.ts';
import type { Refusals } from './refusal.ts';
import type { Upgrade } from './upgrade.ts';

/** What clients may take of one listener. */
export interface ConnectionLimits {
  /** Open connections, upgraded ones and those in their handshake included. */
  readonly maxConnections: number;
  /** A request's head must be whole by then, or the connection is not kept (milliseconds). */
  readonly headTimeoutMs: number;
  /** An answer must be taken by then, from its request's head on; undefined where answers last for hours (milliseconds). */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Whether a request has to be whole to keep its connection: an answer that comes before is the last one, with the rest
   * not read, and until then whoever wants its place may have it.
   */
  readonly endsUnread?: boolean | undefined;
}

/** The limit for which a connection was ended, or not let in. */
export type ConnectionBound =
  'connections' | 'idle' | 'pipelined' | 'head_bytes' | 'head_time' | 'request_time';

export interface GuardHandlers {
  /** Called for one request of a connection at a time, in their order. */
  readonly onRequest: (req: IncomingMessage, res: ServerResponse) => void;
  /** The socket is the handler's until it calls `leave`. Undefined: requests to upgrade are requests as any. */
  readonly onUpgrade?: ((upgrade: Upgrade) => void) | undefined;
  readonly refusals: Refusals;
  readonly onBound: (bound: ConnectionBound) => void;
}

/**
 * Requests of a connection that may wait for the one under way. Go, browsers and curl send none; each costs some KiB, and
 * one chunk of bytes can hold thousands.
 */
const MAX_WAITING = 4;
/** Bytes of heads, whole or not, behind the request under way: those of ordinary size, for which nobody reads larger ones. */
const MAX_WAITING_BYTES = 16 * 1024;
/** Fields of a head: small ones cost ten times their bytes. The parser is told to keep one more, so that excess shows. */
const MAX_FIELDS = 1000;
/** Bytes of heads that all connections of a listener hold beyond what is free for each. */
const MAX_HEAD_BYTES = 8 * 1024 * 1024;
/**
 * For a last answer to leave, or a last request to come. TLS of Node.js hears nothing of a reset that comes after the
 * peer's close_notify.
 */
const LEAVE_MS = 1000;

export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #handlers: GuardHandlers;
  readonly #places: Places<Connection>;
  readonly #heads: HeadBytes<Connection>;
  readonly #bySocket = new WeakMap<Duplex, Connection>();
  readonly #parsed = new ParsedChunk<Connection>();
  /** Those in their handshake, by the peer's address: Node.js does not say which of them has become which. */
  readonly #handshaking = new Map<string, Connection>();
  #isStopping = false;

  constructor(
    server: HttpServer | HttpsServer,
    limits: ConnectionLimits,
    handlers: GuardHandlers,
    budget?: ByteBudget,
  ) {
    this.#limits = limits;
    this.#handlers = handlers;
    this.#places = new Places(limits.maxConnections, ({ isAsking }) => isAsking);
    const ownBudget = new ByteBudget(MAX_HEAD_BYTES);
    this.#heads = new HeadBytes(ownBudget, ...(budget === undefined ? [] : [budget]));
    server.maxHeadersCount = MAX_FIELDS + 1;
    this.#listen(server);
  }

  /** Open connections, those in their handshake included. */
  get connections(): number {
    return this.#places.all.size;
  }

  /**
   * Ends each connection when its request is answered, and one without a request after a moment: the bytes of a request
   * may have come and not been read, and a reset would take them with it.
   */
  stop(): void {
    this.#isStopping = true;
    for (const connection of this.#places.all)
      if (connection.state === 'open') connection.setDeadline(LEAVE_MS, () => connection.raw.destroy());
  }

  /** Resolves when none is left; those that come meanwhile are waited for too. */
  async gone(): Promise<void> {
    for (const { raw } of this.#places.all) {
      if (raw.closed) continue;
      await new Promise<void>((resolve) => {
        raw.once('close', () => {
          resolve();
        });
      });
    }
  }

  /** Ends all there are. */
  cut(): void {
    for (const connection of this.#places.all) connection.raw.destroy();
  }

  #listen(server: HttpServer | HttpsServer): void {
    const isTls = 'setSecureContext' in server;
    server.on('connection', (raw: Socket) => {
      const connection = this.#enter(raw);
      if (connection === undefined) return;
      if (isTls) this.#awaitHandshake(connection);
      else this.#opened(connection, raw);
    });
    server.on('secureConnection', (socket: Socket) => {
      const connection = this.#handshaking.get(peerOf(socket));
      if (connection === undefined) socket.destroy();
      else this.#opened(connection, socket);
    });
    // Nobody can read an answer without a handshake, and one that stalls would keep the connection for ever.
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
      this.#onClientError(error, socket);
    });
    const { onRequest, onUpgrade, refusals } = this.#handlers;
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      this.#onRequest(req, res, onRequest);
    });
    server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => {
      this.#onRequest(req, res, () => refusals.answer(res, 'expectation'));
    });
    server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
      const connection = this.#detach(socket);
      if (connection !== undefined) this.#refuse(connection, socket, 'method');
    });
    if (onUpgrade === undefined) return;
    server.on('upgrade', (req: IncomingMessage, socket: Duplex, early: Buffer) => {
      const connection = this.#detach(socket);
      if (connection === undefined) return;
      connection.state = 'tunnel';
      this.#places.busy(connection);
      const leave = (): void => {
        // What lies unread would keep its end from being heard, and make a reset of ours.
        socket.resume();
        this.#endSoon(connection);
      };
      onUpgrade({ req, socket, early, leave });
    });
  }

  /** @returns undefined where there is no place, nor any that can be had */
  #enter(raw: Socket): Connection | undefined {
    if (this.#places.isFull) {
      const { dispensable } = this.#places;
      if (dispensable === undefined) {
        this.#handlers.onBound('connections');
        raw.destroy();
        return undefined;
      }
      this.#end(dispensable, 'idle');
    }
    // Reset while it waited to be accepted: it has no peer any more.
    if (raw.remotePort === undefined) {
      raw.destroy();
      return undefined;
    }
    const connection = new Connection(raw);
    this.#places.enter(connection);
    raw.once('close', () => {
      this.#leave(connection);
    });
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
    this.#handshaking.delete(peerOf(connection.raw));
    connection.socket = socket;
    this.#bySocket.set(socket, connection);
    connection.onData = (chunk) => {
      this.#parsed.begin(connection, chunk);
      this.#count(connection, chunk.length);
    };
    // Ahead of the parser's own listener: bytes are counted before they become a request.
    socket.prependListener('data', connection.onData);
    socket.once('end', () => {
      if (connection.state !== 'tunnel') this.#endSoon(connection);
    });
    this.#awaitHead(connection);
  }

  #count(connection: Connection, bytes: number): void {
    if (connection.state !== 'open' && connection.state !== 'serving') return;
    // Bytes of a body are for whoever reads it to bound.
    if (connection.lastRequest?.complete === false) return;
    connection.unfinishedHead += bytes;
    if (connection.state === 'serving') {
      connection.waitingBytes += bytes;
      if (connection.waitingBytes > MAX_WAITING_BYTES) {
        this.#parsed.spoil(connection);
        this.#end(connection, 'pipelined');
        return;
      }
    }
    if (connection.state === 'open' && !connection.hasDeadline) this.#awaitHead(connection);
    this.#holdHeads(connection);
  }

  #holdHeads(connection: Connection): void {
    while (!this.#heads.hold(connection, connection.unfinishedHead + connection.servedHeads)) {
      const greediest = this.#heads.greediest(({ state }) => state === 'open') ?? connection;
      this.#end(greediest, 'head_bytes');
      if (greediest === connection) return;
    }
  }

  #awaitHead(connection: Connection): void {
    connection.setDeadline(this.#limits.headTimeoutMs, () => {
      this.#handlers.onBound('head_time');
      if (connection.socket !== undefined) this.#refuse(connection, connection.socket, 'timeout');
    });
  }

  #onRequest(
    req: IncomingMessage,
    res: ServerResponse,
    handle: (req: IncomingMessage, res: ServerResponse) => void,
  ): void {
    const connection = this.#bySocket.get(req.socket);
    if (connection === undefined) return;
    if (connection.state !== 'open' && connection.state !== 'serving') {
      this.#parsed.spoil(connection);
      return;
    }
    connection.lastRequest = req;
    const bytes = connection.unfinishedHead;
    connection.servedHeads += bytes;
    connection.unfinishedHead = 0;
    const turn = { req, res, bytes, serve: this.#turnOf(req, res, handle) };
    if (connection.state === 'open') this.#serve(connection, turn);
    else if (connection.waiting.length < MAX_WAITING) connection.waiting.push(turn);
    else {
      this.#parsed.spoil(connection);
      this.#end(connection, 'pipelined');
    }
  }

  #turnOf(
    req: IncomingMessage,
    res: ServerResponse,
    handle: (req: IncomingMessage, res: ServerResponse) => void,
  ): () => void {
    const { refusals } = this.#handlers;
    // Fields beyond the limit are not there, and what they said must not be lost without a word.
    if (req.rawHeaders.length / 2 > MAX_FIELDS) return () => refusals.answer(res, 'headers-too-large');
    // Left to Node.js, this answer would pass by the order of requests.
    if (req.httpVersion === '1.1' && req.headers.host === undefined)
      return () => refusals.answer(res, 'malformed');
    return () => {
      handle(req, res);
    };
  }

  #serve(connection: Connection, { req, res, serve }: Connection['waiting'][number]): void {
    const { requestTimeoutMs } = this.#limits;
    connection.state = 'serving';
    connection.served = req;
    if (this.#limits.endsUnread === true) this.#places.idle(connection);
    else this.#places.busy(connection);
    if (requestTimeoutMs === undefined) connection.clearDeadline();
    else
      connection.setDeadline(requestTimeoutMs, () => {
        this.#end(connection, 'request_time');
      });
    res.once('close', () => {
      this.#served(connection, req);
    });
    serve();
  }

  #served(connection: Connection, req: Connection['waiting'][number]['req']): void {
    if (connection.state !== 'serving' || connection.raw.destroyed) return;
    // That of this answer: the next one may be here by now, and its body on the way.
    if (this.#limits.endsUnread === true && !req.complete) {
      // Not closed at once: with bytes unread that would be a reset, and might overtake the answer.
      connection.socket?.pause();
      this.#endSoon(connection);
      return;
    }
    const next = connection.waiting.shift();
    if (next !== undefined) {
      connection.waitingBytes = Math.max(0, connection.waitingBytes - next.bytes);
      this.#serve(connection, next);
      return;
    }
    connection.state = 'open';
    connection.waitingBytes = 0;
    connection.clearDeadline();
    connection.servedHeads = 0;
    this.#holdHeads(connection);
    this.#places.idle(connection);
    if (connection.unfinishedHead > 0) this.#awaitHead(connection);
    if (this.#isStopping) this.#endSoon(connection);
  }

  /** Takes the socket of an upgrade from the parser's hands. @returns undefined where it was cut instead */
  #detach(socket: Duplex): Connection | undefined {
    const connection = this.#bySocket.get(socket);
    socket.on('error', noop);
    // The bytes of a tunnel must not get between those of an answer that is under way.
    if (connection?.state !== 'open') {
      socket.destroy();
      return undefined;
    }
    connection.clearDeadline();
    if (connection.onData !== undefined) socket.off('data', connection.onData);
    connection.unfinishedHead = 0;
    this.#holdHeads(connection);
    return connection;
  }

  #onClientError(error: Error & { code?: string }, socket: Duplex): void {
    const connection = this.#bySocket.get(socket);
    const isGone = error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE';
    // What still comes behind a request that was refused is no news.
    if (connection?.state === 'leaving' && !isGone) return;
    // A connection that carries an answer must not get a second head.
    if (connection?.state !== 'open' || isGone || !socket.writable) socket.destroy();
    else {
      const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
      this.#refuse(connection, socket, isTooLarge ? 'headers-too-large' : 'malformed');
    }
  }

  #refuse(
    connection: Connection,
    socket: Duplex,
    refusal: 'method' | 'malformed' | 'headers-too-large' | 'timeout',
  ): void {
    this.#handlers.refusals.answerOnSocket(socket, refusal);
    this.#endSoon(connection);
  }

  /** Lets what was written leave, for a moment; the socket closes by itself once both sides have ended. */
  #endSoon(connection: Connection): void {
    if (connection.state === 'leaving' || connection.state === 'gone') return;
    connection.state = 'leaving';
    this.#places.leaving(connection);
    connection.setDeadline(LEAVE_MS, () => connection.raw.destroy());
    connection.socket?.end();
  }

  #end(connection: Connection, bound: ConnectionBound): void {
    this.#handlers.onBound(bound);
    connection.raw.destroy();
    this.#leave(connection);
  }

  /** Gives back all that it had; the socket is closed, or about to be. */
  #leave(connection: Connection): void {
    if (connection.state === 'gone') return;
    connection.state = 'gone';
    connection.clearDeadline();
    connection.waiting.length = 0;
    this.#heads.hold(connection, 0);
    this.#places.left(connection);
  }
}

/** Unique among open connections to one address. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}

function noop(): void {
  // A socket that breaks is closed, and that is looked after.
}
