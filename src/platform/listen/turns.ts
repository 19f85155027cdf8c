/** The requests of a connection, served one at a time in the order in which they came. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ArrivingHeads } from './arriving-heads.ts';
import type { Connection, Turn } from './connection.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { Endings } from './endings.ts';
import type { ParsedChunk } from './parsed-chunk.ts';
import type { Places } from './places.ts';
import type { Refusals } from './refusal.ts';

/** Fields of a head: small ones cost ten times their bytes. The parser is to keep one more, so that excess shows. */
export const MAX_FIELDS = 1000;
/**
 * Requests of a connection that may wait for the one under way. Go, browsers and curl send none; each costs some KiB,
 * and one chunk of bytes can hold thousands.
 */
const MAX_WAITING = 4;

/** Answers a request, now or later. */
export type Serve = (req: IncomingMessage, res: ServerResponse) => void;

export interface TurnsOptions {
  readonly limits: ConnectionLimits;
  readonly places: Places<Connection>;
  readonly arriving: ArrivingHeads;
  readonly parsed: ParsedChunk<Connection>;
  readonly endings: Endings;
  readonly refusals: Refusals;
}

export class Turns {
  readonly #options: TurnsOptions;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Takes a request; `serve` is called for it when its turn comes, unless it is refused. */
  came(connection: Connection, [req, res]: [IncomingMessage, ServerResponse], serve: Serve): void {
    const { parsed, endings } = this.#options;
    if (connection.state !== 'open' && connection.state !== 'serving') {
      parsed.spoil(connection);
      return;
    }
    connection.lastRequest = req;
    const bytes = connection.unfinishedHead;
    connection.servedHeads += bytes;
    connection.unfinishedHead = 0;
    const turn = { req, res, bytes, serve: this.#turnOf(req, res, serve) };
    if (connection.state === 'open') this.#serve(connection, turn);
    else if (connection.waiting.length < MAX_WAITING) connection.waiting.push(turn);
    else {
      parsed.spoil(connection);
      endings.now(connection, 'pipelined');
    }
  }

  #turnOf(req: IncomingMessage, res: ServerResponse, serve: Serve): () => void {
    const { refusals } = this.#options;
    // The parser drops fields beyond the limit, so the request is refused: what they said must not be lost silently.
    if (req.rawHeaders.length / 2 > MAX_FIELDS) return () => refusals.answer(res, 'headers-too-large');
    // An answer of Node.js would not keep the order of requests.
    if (req.httpVersion === '1.1' && req.headers.host === undefined)
      return () => refusals.answer(res, 'malformed');
    return () => serve(req, res);
  }

  #serve(connection: Connection, { req, res, serve }: Turn): void {
    const { limits, places, endings } = this.#options;
    const { requestTimeoutMs } = limits;
    connection.state = 'serving';
    connection.served = { isWhole: () => req.complete, isAnswered: () => res.writableEnded };
    if (connection.isDue) res.shouldKeepAlive = false;
    if (limits.endsUnread === true) places.idle(connection);
    else places.busy(connection);
    if (requestTimeoutMs === undefined) connection.clearDeadline();
    else connection.setDeadline(requestTimeoutMs, () => endings.now(connection, 'request_time'));
    res.once('close', () => this.#served(connection, { req, res }));
    // Node.js keeps the timer of a response in its socket, where it would end the request that came right behind it.
    connection.socket?.setTimeout(0);
    serve();
  }

  #served(connection: Connection, { req, res }: Pick<Turn, 'req' | 'res'>): void {
    const { limits, places, arriving, endings } = this.#options;
    if (connection.state !== 'serving' || connection.raw.destroyed) return;
    // That of this answer: the next one may be here by now, and its body on the way.
    if (limits.endsUnread === true && !req.complete) {
      // It is not closed at once: with unread bytes that would be a reset, which might overtake the answer.
      connection.socket?.pause();
      endings.soon(connection);
      return;
    }
    // The response has said so, and its client sends again what it has sent behind it (RFC 9112 section 9.6).
    if (!res.shouldKeepAlive) {
      endings.soon(connection);
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
    arriving.held(connection);
    places.idle(connection);
    if (connection.unfinishedHead > 0) arriving.awaitNext(connection);
    if (endings.isStopping) endings.soon(connection);
  }
}
