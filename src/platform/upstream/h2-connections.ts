/**
 * Spreads requests over as few HTTP/2 connections as possible (R43): the oldest with room takes the
 * next request; when none has room, or the peer said GOAWAY, one more is dialled, one at a time, up to a
 * bound; one that has become idle while another has room is given up. What waits, waits in the order it came. A long
 * answer holds up the others of its connection, so that the next request goes by another where that can be had.
 */
import type { Delivery, Exchange } from './exchange.ts';
import type { H2Connection } from './h2-connection.ts';
import { UpstreamError } from './upstream-error.ts';

export interface H2ConnectionsOptions {
  /**
   * Opens one connection that calls {@link H2Connections.makeRoom} when it has room again. Undefined
   * when the peer does not speak HTTP/2: the waiting requests then go to `onHttp1`.
   */
  open(): Promise<H2Connection | undefined>;
  /** Takes a request over that cannot be sent by HTTP/2. */
  onHttp1(delivery: Delivery): Exchange;
  /** Longest wait for a stream where all connections are full (milliseconds). */
  readonly maxWaitMs: number;
  /** So many connections are opened for requests that would only wait behind long answers. */
  readonly spreadOver: number;
}

/**
 * Connections that take requests, at most. With the hundred streams that API servers allow on each they carry several
 * times what clients may have in flight; those that only run to their end are bounded by what runs on them.
 */
const MAX_CONNECTIONS = 16;
/** How long a request waits for a connection without long answers, before it goes by one that has some (milliseconds). */
const SPREAD_WAIT_MS = 1000;

interface Waiting {
  readonly delivery: Delivery;
  readonly mayRetry: boolean;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Called with the exchange once it runs. */
  readonly onStarted: (exchange: Exchange) => void;
}

/** All HTTP/2 connections to one API server. */
export class H2Connections {
  readonly #options: H2ConnectionsOptions;
  #connections: H2Connection[] = [];
  /** The oldest first; those that are aborted leave at once, or a flood of them would lie here for ever. */
  readonly #waiting = new Set<Waiting>();
  #patience: NodeJS.Timeout | undefined;
  #dialing = false;
  /** Another connection could not be had in time for requests that would wait behind long answers, as there still are. */
  #isConfined = false;

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
    clearTimeout(this.#patience);
  }

  /** Takes no more requests on the connections there are; what runs on them runs to its end. */
  retire(): void {
    for (const connection of this.#connections) connection.retire();
    this.makeRoom();
  }

  /** Starts what waits, now that there may be room. */
  makeRoom(): void {
    if (this.#connections.some((connection) => !connection.usable))
      this.#connections = this.#connections.filter((connection) => connection.usable);
    // One that is being dialled has told already that it comes too late.
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

  /** One timer for all: they wait equally long, so the oldest is due first. It was not sent, and is turned away. */
  #startPatience(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#patience = undefined;
      const { maxWaitMs } = this.#options;
      // Dialling has its own time, and tells what came of it.
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
      // Once: RFC 9113 section 8.7. A peer that refuses twice is reported to the client, who waits.
      if (mayRetry) running = this.#place(delivery, false);
      else delivery.fail('headers', new UpstreamError('headers', 'turned-away'));
    });
    return {
      abort: () => running.abort(),
      resume: () => running.resume(),
    };
  }

  /** Undefined where it is worth waiting for one more connection. */
  #best(): H2Connection | undefined {
    const withRoom = this.#connections.filter((connection) => connection.hasRoom);
    const unhindered = withRoom.find((connection) => !connection.isHindered);
    const maySpread = !this.#isConfined && this.#connections.length < this.#options.spreadOver;
    return unhindered ?? (maySpread ? undefined : withRoom[0]);
  }

  async #dial(): Promise<void> {
    if (this.#dialing || this.#connections.length >= MAX_CONNECTIONS) return;
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
      // It allows no stream at all, or is already going away; dialling on would never end.
      opened.destroy(new UpstreamError('connect', 'reset'));
      this.#confine();
      this.#takeWaiting((waiting) => waiting.delivery.fail('connect', new UpstreamError('connect', 'reset')));
    } else {
      this.#connections.push(opened);
      this.#isConfined = false;
      this.makeRoom();
    }
  }

  /** What waits goes by whatever connection has room. */
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
