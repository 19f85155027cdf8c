/**
 * Counts the bytes of heads for their connection before the parser makes requests of them, so that they stay within the
 * room for all connections and are complete in time.
 */
import type { Connection } from './connection.ts';
import type { Endings } from './endings.ts';
import type { HeadBytes } from './head-bytes.ts';
import type { ParsedChunk } from './parsed-chunk.ts';

/** The most bytes of heads behind the request under way: room for some of ordinary size. */
const MAX_WAITING_BYTES = 16 * 1024;

export interface ArrivingHeadsOptions {
  /** The longest time until a head is complete (milliseconds). */
  readonly headTimeoutMs: number;
  readonly heads: HeadBytes<Connection>;
  readonly parsed: ParsedChunk<Connection>;
  readonly endings: Endings;
}

export class ArrivingHeads {
  readonly #options: ArrivingHeadsOptions;

  constructor(options: ArrivingHeadsOptions) {
    this.#options = options;
  }

  /** Must be called before the parser sees the bytes. */
  came(connection: Connection, chunk: Buffer): void {
    const { parsed, endings } = this.#options;
    parsed.begin(connection, chunk);
    if (connection.state !== 'open' && connection.state !== 'serving') return;
    // The reader of a body bounds its bytes.
    if (connection.lastRequest?.complete === false) return;
    connection.unfinishedHead += chunk.length;
    if (connection.state === 'serving') {
      connection.waitingBytes += chunk.length;
      if (connection.waitingBytes > MAX_WAITING_BYTES) {
        parsed.spoil(connection);
        endings.now(connection, 'pipelined');
        return;
      }
    }
    if (connection.state === 'open' && !connection.hasDeadline) this.awaitNext(connection);
    this.held(connection);
  }

  /** Starts the time in which the connection's next head must be complete. */
  awaitNext(connection: Connection): void {
    const { headTimeoutMs, endings } = this.#options;
    connection.setDeadline(headTimeoutMs, () => endings.late(connection));
  }

  /** Counts the connection's bytes of heads; without room, the waiting connection that holds the most is ended. */
  held(connection: Connection): void {
    const { heads, endings } = this.#options;
    // It has given its room back, for good.
    if (connection.state === 'gone') return;
    while (!heads.hold(connection, connection.unfinishedHead + connection.servedHeads)) {
      const greediest = heads.greediest(({ state }) => state === 'open') ?? connection;
      endings.now(greediest, 'head_bytes');
      if (greediest === connection) return;
    }
  }
}
