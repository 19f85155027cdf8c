/**
 * Spreads requests over as few HTTP/2 connections as possible (R43). The oldest connection with room takes the next
 * request. If none has room, or the peer sent GOAWAY, one more is opened, one at a time and up to a bound. A connection
 * that becomes idle while another has room is closed. Requests wait in the order in which they came. A long answer
 * delays the others of its connection, so the next request uses another connection if possible.
 */
import type { Delivery, Exchange } from './exchange.ts';
import type { H2Connection } from './h2-connection.ts';
import { UpstreamError } from './upstream-error.ts';

export interface H2ConnectionsOptions {
  /**
   * Opens a connection that calls {@link H2Connections.makeRoom} when it has room again. Undefined if the peer does not
   * support HTTP/2: the waiting requests then go to `onHttp1`.
   */
  open(): Promise<H2Connection | undefined>;
  /** Takes over a request that cannot be sent over HTTP/2. */
  onHttp1(delivery: Delivery): Exchange;
  /** The longest wait for a stream while all connections are full (milliseconds). */
  readonly maxWaitMs: number;
  /**
   * The number of connections up to which new ones are opened for requests that would otherwise wait behind long
   * answers.
   */
  readonly spreadOver: number;
  /** The most connections that take requests. Retired connections are bounded by their remaining streams. */
  readonly maxConnections: number;
}

/** How long a request waits for a connection without long answers before it uses one that has some (milliseconds). */
const SPREAD_WAIT_MS = 1000;

interface Waiting {
  readonly delivery: Delivery;
  readonly mayRetry: boolean;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Called with the exchange once it runs. */
  readonly onStarted: (exchange: Exchange) => void;
}

export class H2Connections {
  readonly #options: H2ConnectionsOptions;
  #connections: H2Connection[] = [];
  /** Oldest first. Aborted requests are removed at once; otherwise a flood of them would accumulate. */
  readonly #waiting = new Set<Waiting>();
  #patience: NodeJS.Timeout | undefined;
  #dialing = false;
  /** True if no further connection could be opened in time, while requests would wait behind long answers. */
  #isConfined = false;

  constructor(options: H2ConnectionsOptions) {
    this.#options = options;
  }

  /** Sends a request, on a new connection if necessary. */
  send(delivery: Delivery): Exchange {
    return this.#place(delivery, true);
  }

  /** Ends all connections and streams. Requests that are sent later fail. */
  close(): void {
    for (const connection of this.#connections) connection.destroy(new UpstreamError('body', 'closed'));
    this.#connections = [];
    clearTimeout(this.#patience);
  }

  /** Sends no more requests on the present connections; open streams continue to their end. */
  retire(): void {
    for (const connection of this.#connections) connection.retire();
    this.makeRoom();
  }

  /** Starts waiting requests now that there may be room. */
  makeRoom(): void {
    if (this.#connections.some((connection) => !connection.usable))
      this.#connections = this.#connections.filter((connection) => connection.usable);
    // The connection that is being opened was already counted as too late.
    if (!this.#dialing && !this.#connections.some((connection) => connection.isHindered))
      this.#isConfined = false;
    this.#startWaiting();
    if (this.#waiting.size > 0) void this.#dial();
    else this.#giveUpIdle();
  }

  #startWaiting(): void {
    for (const next of this.#waiting) {
      const connection = this.#best();
      if (connection === undefined) break;
      this.#waiting.delete(next);
      next.onStarted(this.#start(connection, next.delivery, next.mayRetry));
    }
  }

  #place(delivery: Delivery, mayRetry: boolean): Exchange {
    const connection = this.#best();
    if (connection !== undefined) return this.#start(connection, delivery, mayRetry);
    let running: Exchange | undefined;
    const waiting: Waiting = {
      delivery,
      mayRetry,
      since: performance.now(),
      onStarted: (exchange) => {
        running = exchange;
      },
    };
    this.#waiting.add(waiting);
    this.#patience ??= this.#startPatience(this.#options.maxWaitMs);
    void this.#dial();
    return {
      abort: () => {
        if (running !== undefined) running.abort();
        else if (this.#waiting.delete(waiting)) delivery.settle();
      },
      resume: () => running?.resume(),
    };
  }

  /**
   * One timer is enough, because all requests wait equally long and the oldest is due first. A due request was not
   * sent, and is refused.
   */
  #startPatience(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#patience = undefined;
      const { maxWaitMs } = this.#options;
      // Opening a connection has its own time limit and reports its result.
      if (this.#dialing) {
        this.#patience = this.#startPatience(maxWaitMs);
        return;
      }
      for (const waiting of this.#waiting) {
        const left = waiting.since + maxWaitMs - performance.now();
        if (left > 0) {
          this.#patience = this.#startPatience(left);
          return;
        }
        this.#waiting.delete(waiting);
        waiting.delivery.fail('connect', new UpstreamError('connect', 'turned-away'));
      }
    }, ms).unref();
  }

  #giveUpIdle(): void {
    const kept = this.#connections.find((connection) => connection.hasRoom && !connection.isHindered);
    if (kept === undefined) return;
    for (const connection of this.#connections)
      if (connection !== kept && connection.isIdle) connection.retire();
    this.#connections = this.#connections.filter((connection) => connection.usable);
  }

  #start(connection: H2Connection, delivery: Delivery, mayRetry: boolean): Exchange {
    let running = connection.start(delivery, () => {
      // Only once (RFC 9113 section 8.7). If a peer refuses twice, the client gets an error.
      if (mayRetry) running = this.#place(delivery, false);
      else delivery.fail('headers', new UpstreamError('headers', 'turned-away'));
    });
    return {
      abort: () => running.abort(),
      resume: () => running.resume(),
    };
  }

  /** Undefined if it is better to wait for one more connection. */
  #best(): H2Connection | undefined {
    const withRoom = this.#connections.filter((connection) => connection.hasRoom);
    const unhindered = withRoom.find((connection) => !connection.isHindered);
    const maySpread = !this.#isConfined && this.#connections.length < this.#options.spreadOver;
    return unhindered ?? (maySpread ? undefined : withRoom[0]);
  }

  async #dial(): Promise<void> {
    if (this.#dialing || this.#connections.length >= this.#options.maxConnections) return;
    this.#dialing = true;
    let opened: H2Connection | undefined;
    const spread = setTimeout(() => this.#confine(), SPREAD_WAIT_MS).unref();
    try {
      opened = await this.#options.open();
    } catch (error) {
      this.#dialing = false;
      this.#confine();
      this.#takeWaiting((waiting) => waiting.delivery.fail('connect', error));
      return;
    } finally {
      clearTimeout(spread);
    }
    this.#dialing = false;
    if (opened === undefined) {
      this.#takeWaiting((waiting) => waiting.onStarted(this.#options.onHttp1(waiting.delivery)));
    } else if (!opened.hasRoom) {
      // The peer allows no stream at all or is already closing, so further attempts would never end.
      opened.destroy(new UpstreamError('connect', 'reset'));
      this.#confine();
      this.#takeWaiting((waiting) => waiting.delivery.fail('connect', new UpstreamError('connect', 'reset')));
    } else {
      this.#connections.push(opened);
      this.#isConfined = false;
      this.makeRoom();
    }
  }

  /** From now on, waiting requests use any connection with room. */
  #confine(): void {
    this.#isConfined = true;
    this.#startWaiting();
  }

  #takeWaiting(each: (waiting: Waiting) => void): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const waiting of all) each(waiting);
  }
}
