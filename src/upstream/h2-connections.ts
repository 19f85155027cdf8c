/**
 * Spreads requests over as few HTTP/2 connections as possible (R43): the oldest with room takes the
 * next request; when none has room, or the peer said GOAWAY, one more is dialled, one at a time.
 */
import type { Delivery, Exchange } from './exchange.ts';
import type { H2Connection } from './h2-connection.ts';
import { UpstreamError } from './upstream-error.ts';

/** What an {@link H2Connections} is made from. */
export interface H2ConnectionsOptions {
  /**
   * Opens one connection that calls {@link H2Connections.makeRoom} when it has room again. Undefined
   * when the peer does not speak HTTP/2: the waiting requests then go to `onHttp1`.
   */
  open(): Promise<H2Connection | undefined>;
  /** Takes a request over that cannot be sent by HTTP/2. */
  onHttp1(delivery: Delivery): Exchange;
}

interface Waiting {
  readonly delivery: Delivery;
  readonly mayRetry: boolean;
  /** Called with the exchange once it runs. */
  readonly onStarted: (exchange: Exchange) => void;
}

/** All HTTP/2 connections to one API server. */
export class H2Connections {
  readonly #options: H2ConnectionsOptions;
  #connections: H2Connection[] = [];
  #waiting: Waiting[] = [];
  #dialing = false;

  constructor(options: H2ConnectionsOptions) {
    this.#options = options;
  }

  /** Sends a request, on a new connection if need be. */
  send(delivery: Delivery): Exchange {
    return this.#place(delivery, true);
  }

  /** Ends every connection and stream; requests sent later fail when they dial. */
  close(): void {
    for (const connection of this.#connections) connection.destroy(new UpstreamError('body', 'closed'));
    this.#connections = [];
  }

  /** Takes no more requests on the connections there are; what runs on them runs to its end. */
  retire(): void {
    for (const connection of this.#connections) connection.retire();
    this.makeRoom();
  }

  /** Starts what waits, now that there may be room. */
  makeRoom(): void {
    this.#connections = this.#connections.filter((connection) => connection.usable);
    this.#waiting = this.#waiting.filter(({ delivery }) => !delivery.settled);
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const connection = this.#withRoom();
      if (connection === undefined) break;
      this.#waiting.shift();
      next.onStarted(this.#start(connection, next.delivery, next.mayRetry));
    }
    if (this.#waiting.length > 0) void this.#dial();
  }

  #place(delivery: Delivery, mayRetry: boolean): Exchange {
    const connection = this.#withRoom();
    if (connection !== undefined) return this.#start(connection, delivery, mayRetry);
    let running: Exchange | undefined;
    this.#waiting.push({
      delivery,
      mayRetry,
      onStarted: (exchange) => {
        running = exchange;
      },
    });
    void this.#dial();
    return {
      abort() {
        if (running === undefined) delivery.settle();
        else running.abort();
      },
      resume: () => running?.resume(),
    };
  }

  #start(connection: H2Connection, delivery: Delivery, mayRetry: boolean): Exchange {
    let running = connection.start(delivery, () => {
      // Once: RFC 9113 section 8.7. A peer that refuses twice is reported to the client, who waits.
      if (mayRetry) running = this.#place(delivery, false);
      else delivery.fail('headers', new UpstreamError('headers', 'turned-away'));
    });
    return {
      abort: () => running.abort(),
      resume: () => running.resume(),
    };
  }

  #withRoom(): H2Connection | undefined {
    return this.#connections.find((connection) => connection.hasRoom);
  }

  async #dial(): Promise<void> {
    if (this.#dialing) return;
    this.#dialing = true;
    let opened: H2Connection | undefined;
    try {
      opened = await this.#options.open();
    } catch (error) {
      this.#dialing = false;
      this.#takeWaiting((waiting) => waiting.delivery.fail('connect', error));
      return;
    }
    this.#dialing = false;
    if (opened === undefined) {
      this.#takeWaiting((waiting) => waiting.onStarted(this.#options.onHttp1(waiting.delivery)));
    } else if (!opened.hasRoom) {
      // It allows no stream at all, or is already going away; dialling on would never end.
      opened.destroy(new UpstreamError('connect', 'reset'));
      this.#takeWaiting((waiting) => waiting.delivery.fail('connect', new UpstreamError('connect', 'reset')));
    } else {
      this.#connections.push(opened);
      this.makeRoom();
    }
  }

  #takeWaiting(each: (waiting: Waiting) => void): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const waiting of all) if (!waiting.delivery.settled) each(waiting);
  }
}
