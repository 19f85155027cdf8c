/**
 * The connections of a listener that speak HTTP/2. Each has one place, as any connection, and is busy as long as it has
 * a stream. What one of them may take is bounded here and in the settings below; requests, whichever connection they
 * come by, are for the handler to bound.
 */
import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';
import type { Guarded } from './connection-guard.ts';
import { h2Request } from './h2-request.ts';
import { H2Response } from './h2-response.ts';
import type { Refusals } from './refusal.ts';
import type { ClientRequest, ClientResponse } from './served.ts';
import { Strikes } from './strikes.ts';
import { MAX_FIELDS } from './turns.ts';
import { WriteRoom } from './write-room.ts';

/** Concurrent requests of one connection, as in a Go server. client-go then opens another connection. */
const MAX_STREAMS = 250;
/**
 * The frames that a connection may send without asking for anything: requests aborted before their answer (rapid reset,
 * CVE-2023-44487), PING and SETTINGS. A client can abort all that it may have under way; one that ends an informer
 * factory aborts some dozens. With 500, 50 floods that come again and again delayed others by more than a second.
 */
const MAX_STRIKES = MAX_STREAMS + 50;
/** Resets of any request: a client may end all of its watches, begin them again and end them again. */
const RESET_BURST = 2 * MAX_STREAMS;
const STRIKES_PER_SECOND = 50;
/** HTTP/2 counts 32 bytes for each field in addition to its text (RFC 9113 section 6.5.2). */
const FIELD_BYTES = 32;
/** Megabytes; no limit. Node 24 goes on counting what was queued for a stream that was aborted; see h2-connection.ts. */
const MAX_SESSION_MEMORY_MB = 2 ** 20;

export interface H2Options {
  readonly guarded: Guarded;
  readonly refusals: Refusals;
  readonly onRequest: (req: ClientRequest, res: ClientResponse) => void;
  readonly limits: H2Limits;
}

export interface H2Limits {
  /** The longest time until the first request (milliseconds). */
  readonly headTimeoutMs: number;
  /** How long a connection is kept for another request (milliseconds). */
  readonly keepAliveMs: number;
  readonly maxHeadBytes: number;
}

/** Serves a connection that has just ended its handshake. */
export function serveH2(connection: Connection, socket: Socket, options: H2Options): void {
  const session = performServerHandshake(socket, {
    maxSessionMemory: MAX_SESSION_MEMORY_MB,
    maxHeaderListPairs: MAX_FIELDS,
    // They stop the parser within a chunk, which holds more streams than may be made.
    streamResetBurst: RESET_BURST,
    streamResetRate: STRIKES_PER_SECOND,
    strictSingleValueFields: false,
    settings: {
      enablePush: false,
      maxConcurrentStreams: MAX_STREAMS,
      maxHeaderListSize: maxListBytes(options.limits),
    },
  });
  new H2Session(connection, socket, session, options).begin();
}

function maxListBytes({ maxHeadBytes }: H2Limits): number {
  return maxHeadBytes + FIELD_BYTES * MAX_FIELDS;
}

function listBytesOf({ url = '', rawHeaders }: ClientRequest): number {
  let bytes = url.length + (FIELD_BYTES / 2) * rawHeaders.length;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}

class H2Session {
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #options: H2Options;
  readonly #strikes = new Strikes(MAX_STRIKES, STRIKES_PER_SECOND);
  readonly #room = new WriteRoom();
  /** True from a flood until the connection is ended; it serves no more streams. */
  #isFlooding = false;
  /** Responses of the open streams. */
  readonly #responses = new Set<H2Response>();

  constructor(connection: Connection, socket: Socket, session: ServerHttp2Session, options: H2Options) {
    this.#connection = connection;
    this.#socket = socket;
    this.#session = session;
    this.#options = options;
  }

  begin(): void {
    const connection = this.#connection;
    const { guarded, limits } = this.#options;
    connection.served = { isWhole: () => true, isAnswered: () => this.#isAnswered };
    connection.onMove = () => this.#moveOn();
    connection.setDeadline(limits.headTimeoutMs, () => this.#leave());
    const strike = (): void => this.#strike();
    this.#session.on('error', noop).on('ping', strike).on('remoteSettings', strike);
    this.#session.on('stream', (stream, headers, _flags, raw) => this.#came(stream, headers, raw));
    this.#session.once('close', () => {
      // Whatever ended the session, the connection cannot serve requests any more.
      guarded.endings.soon(connection);
    });
  }

  get #isAnswered(): boolean {
    for (const res of this.#responses) if (!res.isAnswered) return false;
    return true;
  }

  #came(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    stream.on('error', noop);
    if (this.#isFlooding || stream.destroyed || stream.closed) {
      this.#strike();
      return;
    }
    const { guarded } = this.#options;
    const connection = this.#connection;
    if (connection.state === 'open') {
      connection.state = 'serving';
      connection.clearDeadline();
      guarded.places.busy(connection);
    }
    const req = h2Request(stream, headers, raw);
    const res = new H2Response(stream, req, this.#socket, this.#room);
    this.#responses.add(res);
    stream.once('close', () => this.#closed(res));
    if (stream.endAfterHeaders) stream.resume();
    // The parser, which is on the stack, has not come to a reset in the same chunk. What is reset there is not served.
    setImmediate(() => {
      if (!this.#isFlooding && !stream.closed && !stream.destroyed) this.#serve(stream, req, res);
    });
  }

  #serve(stream: ServerHttp2Stream, req: ClientRequest, res: H2Response): void {
    const { refusals, onRequest, limits } = this.#options;
    // nghttp2 bounds the bytes of a head as they come, and by HPACK one of them may stand for 4 KiB.
    if (listBytesOf(req) > maxListBytes(limits)) {
      res.destroy();
      return;
    }
    const { headers } = req;
    const { expect } = headers;
    if (expect?.toLowerCase() === '100-continue') stream.additionalHeaders({ ':status': 100 });
    else if (expect !== undefined) {
      refusals.answer(res, 'expectation');
      return;
    }
    if (headers[':authority'] === undefined && headers.host === undefined) refusals.answer(res, 'malformed');
    else onRequest(req, res);
  }

  #closed(res: H2Response): void {
    const { guarded, limits } = this.#options;
    const connection = this.#connection;
    this.#responses.delete(res);
    if (!res.headersSent) this.#strike();
    if (this.#responses.size > 0 || connection.state !== 'serving') return;
    connection.state = 'open';
    guarded.places.idle(connection);
    if (this.#session.closed || guarded.endings.isStopping) this.#leave();
    else connection.setDeadline(limits.keepAliveMs, () => this.#leave());
  }

  /**
   * Asks the client to send further requests elsewhere. Requests under way are completed. A request that is still on
   * its way is ignored, and the last stream that the GOAWAY names tells its client to send it again. A first GOAWAY
   * without a limit, which a Go server sends, is not possible in Node 24: after any GOAWAY nghttp2 ignores new streams.
   */
  #moveOn(): void {
    if (this.#responses.size === 0) this.#leave();
    else this.#session.close();
  }

  /** Ends a session that has no stream. */
  #leave(): void {
    if (this.#connection.state !== 'open') return;
    this.#options.guarded.endings.soon(this.#connection, () => this.#session.close());
  }

  #strike(): void {
    if (this.#isFlooding || this.#strikes.hasRoom(performance.now())) return;
    this.#isFlooding = true;
    // Not from within the parser, which may be on the stack: the process aborts there on Node.js 22.19.
    setImmediate(() => {
      if (this.#session.destroyed) return;
      this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      this.#options.guarded.endings.now(this.#connection, 'flood');
    });
  }
}

function noop(): void {
  // An error of a stream or session is followed by `close`, which is handled.
}
