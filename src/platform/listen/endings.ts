/** The ways in which a connection ends. Each releases the connection's room once. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import type { ConnectionBound } from './connection-limits.ts';
import type { HeadBytes } from './head-bytes.ts';
import type { Places } from './places.ts';
import type { ConnectionRefusal, Refusals } from './refusal.ts';

/**
 * The time for a last answer to be sent, or a last request to come. TLS of Node.js does not notice a reset after the
 * peer's close_notify.
 */
export const LEAVE_MS = 1000;

export interface EndingsOptions {
  readonly places: Places<Connection>;
  readonly heads: HeadBytes<Connection>;
  readonly refusals: Refusals;
  readonly onBound: (bound: ConnectionBound) => void;
}

export class Endings {
  readonly #options: EndingsOptions;
  #isStopping = false;

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /** Whether each connection is to end when its request is answered. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * Ends each connection when its request is answered, and one without a request after a moment: the bytes of a request
   * may have come and not been read, and a reset would take them with it.
   */
  stop(): void {
    this.#isStopping = true;
    for (const connection of this.#options.places.all)
      if (connection.state === 'open') connection.setDeadline(LEAVE_MS, () => connection.raw.destroy());
  }

  /** Ends the connection at once because of a limit. */
  now(connection: Connection, bound: ConnectionBound): void {
    this.notLetIn(connection.raw, bound);
    this.left(connection);
  }

  notLetIn(raw: Socket, bound: ConnectionBound): void {
    this.#options.onBound(bound);
    raw.destroy();
  }

  /**
   * Gives written bytes a moment to be sent; the socket closes by itself once both sides have ended.
   * @param end - replaces the plain end of the socket
   */
  soon(connection: Connection, end = (): unknown => connection.socket?.end()): void {
    if (connection.state === 'leaving' || connection.state === 'gone') return;
    connection.state = 'leaving';
    this.#options.places.leaving(connection);
    connection.setDeadline(LEAVE_MS, () => connection.raw.destroy());
    end();
  }

  /** Sends the reason on the bare socket, because there is no response. */
  refuse(connection: Connection, socket: Duplex, refusal: ConnectionRefusal): void {
    this.#options.refusals.answerOnSocket(socket, refusal);
    this.soon(connection);
  }

  /** Ends a connection whose head was not complete in time. */
  late(connection: Connection): void {
    this.#options.onBound('head_time');
    if (connection.socket !== undefined) this.refuse(connection, connection.socket, 'timeout');
  }

  /** Releases all of the connection's room; the socket is closed, or about to be. */
  left(connection: Connection): void {
    if (connection.state === 'gone') return;
    connection.state = 'gone';
    connection.gone();
    connection.waiting.length = 0;
    this.#options.heads.hold(connection, 0);
    this.#options.places.left(connection);
  }
}
