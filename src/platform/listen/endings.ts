/** The ways in which a connection ends; each gives back all that it had, once. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import type { ConnectionBound } from './connection-limits.ts';
import type { HeadBytes } from './head-bytes.ts';
import type { Places } from './places.ts';
import type { ConnectionRefusal, Refusals } from './refusal.ts';

/**
 * For a last answer to leave, or a last request to come. TLS of Node.js hears nothing of a reset that comes after the
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

  /** Ends it at a bound, at once. */
  now(connection: Connection, bound: ConnectionBound): void {
    this.notLetIn(connection.raw, bound);
    this.left(connection);
  }

  notLetIn(raw: Socket, bound: ConnectionBound): void {
    this.#options.onBound(bound);
    raw.destroy();
  }

  /**
   * Lets what was written leave, for a moment; the socket closes by itself once both sides have ended.
   * @param end - where the socket is not to be ended as it is
   */
  soon(connection: Connection, end = (): unknown => connection.socket?.end()): void {
    if (connection.state === 'leaving' || connection.state === 'gone') return;
    connection.state = 'leaving';
    this.#options.places.leaving(connection);
    connection.setDeadline(LEAVE_MS, () => connection.raw.destroy());
    end();
  }

  /** Says why, where no response is there to say it. */
  refuse(connection: Connection, socket: Duplex, refusal: ConnectionRefusal): void {
    this.#options.refusals.answerOnSocket(socket, refusal);
    this.soon(connection);
  }

  /** The head that has begun did not become whole in time. */
  late(connection: Connection): void {
    this.#options.onBound('head_time');
    if (connection.socket !== undefined) this.refuse(connection, connection.socket, 'timeout');
  }

  /** Gives back all that it had; the socket is closed, or about to be. */
  left(connection: Connection): void {
    if (connection.state === 'gone') return;
    connection.state = 'gone';
    connection.gone();
    connection.waiting.length = 0;
    this.#options.heads.hold(connection, 0);
    this.#options.places.left(connection);
  }
}
